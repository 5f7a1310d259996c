"""Scheduled tasks, which may run twice and in any order."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shop.accounts.models import Customer
from shop.celery import app
from shop.fulfilment.tasks import deliver_test_webhooks, sweep_orders
from shop.orders.models import Order
from shop.payments.models import Payment, Refund, TestCharge
from tests.purchases import LATE, NOW, OTHER_AMOUNT, article, books_balance, buy, cart_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]


def test_every_task_is_scheduled() -> None:
    assert {sweep_orders.name, deliver_test_webhooks.name} <= {
        entry["task"] for entry in app.conf.beat_schedule.values()
    }


def test_the_test_bank_sends_its_webhook_late_and_once() -> None:
    order = buy(cart_of(article()), card=LATE)
    assert order.state == "pending"
    TestCharge.objects.update(webhooks_due_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        deliver_test_webhooks()
    order.refresh_from_db()
    assert order.state == "paid"
    assert order.events.filter(kind="paid").count() == 1
    books_balance()


def test_the_sweeper_expires_and_reconciles() -> None:
    past = timezone.now() - timedelta(hours=1)
    paid, unpaid = buy(cart_of(article()), card=LATE), buy(cart_of(article()), card=OTHER_AMOUNT)
    Order.objects.update(expires_at=past)
    Payment.objects.update(created_at=past, updated_at=past)
    for _ in range(2):
        sweep_orders()
    assert {each.pk: each.state for each in Order.objects.all()} == {paid.pk: "paid", unpaid.pk: "cancelled"}


def test_the_admin_lists_tasks_for_staff(client: Client) -> None:
    client.force_login(Customer.objects.create_superuser("root@example.com", "correct horse"))
    assert "Orders that need attention" not in client.get("/admin/").content.decode()
    payment = buy(cart_of(article())).payments.get()
    buy(cart_of(article()), card=OTHER_AMOUNT)
    Refund.objects.create(
        payment=payment, amount=1, status=Refund.Status.FAILED, who="staff", created_at=NOW, updated_at=NOW
    )
    page = client.get("/admin/").content.decode()
    for concern in ("Orders to ship", "Flagged payments", "Failed refunds"):
        assert concern in page

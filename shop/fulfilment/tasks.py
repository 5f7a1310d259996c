"""Scheduled Celery tasks for orders and payments."""

from celery import shared_task
from django.utils import timezone

from shop.fulfilment import sweepers
from shop.fulfilment.payment import receive_webhook
from shop.http.idempotency import delete_old_calls
from shop.payments.gateways import testbank


@shared_task(ignore_result=True)
def sweep_orders() -> None:
    """Repeat unanswered calls to providers, then expire unpaid orders."""
    now = timezone.now()
    sweepers.reconcile_payments(now)
    sweepers.reconcile_refunds(now)
    sweepers.reconcile_releases(now)
    sweepers.expire_orders(now)
    delete_old_calls(now)


@shared_task(ignore_result=True)
def deliver_test_webhooks() -> None:
    """Deliver the test bank's webhooks, which a real provider would send over the network."""
    now = timezone.now()
    for body, headers in testbank.due_webhooks(now):
        receive_webhook("test", body, headers, now)

"""The waitlist notifies each address once when a variant is back in stock."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import Group
from django.core import mail as outbox
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.throttling import ScopedRateThrottle

from catalog import stock
from catalog.models import Product, Variant
from shop import mail
from shop.accounts.models import Customer
from shop.accounts.personal_data import erase_customer, export_data
from shop.celery import app
from shop.checkout.services import place_order
from shop.fulfilment.sweepers import expire_orders
from shop.management.commands.make_roles import make_roles
from shop.models import Mail
from shop.waitlist.models import Waiting
from shop.waitlist.services import (
    BATCH_SIZE,
    MAX_PER_ADDRESS,
    WaitRefused,
    delete_old_entries,
    notify_waiting,
    stop_waiting,
    wait_for,
)
from shop.waitlist.tasks import sweep_waiting
from tests.factories import ProductFactory, VariantFactory
from tests.purchases import NOW, article, cart_of, deliver_to, purchase
from tests.races import race

pytestmark = pytest.mark.django_db
EMAIL = "alice@example.com"
REASON = stock.Reason("staff", "delivery", NOW)


def sold_out() -> Variant:
    return article(stock=0)


def recipients() -> list[str]:
    return sorted(each.recipient for each in Mail.objects.filter(kind="waitlist/back_in_stock"))


def ask(client: Client, variant: object, email: str = EMAIL) -> str:
    return client.post("/back-in-stock/", {"variant": variant, "email": email}, follow=True).content.decode()


# --- Asking


def test_a_guest_joins_the_waitlist(client: Client) -> None:
    mug = sold_out()
    page = client.get(mug.product.get_absolute_url()).content.decode()
    assert "Get notified when it is back" in page
    assert f'<input type="hidden" name="variant" value="{mug.pk}">' in page
    assert "We will email alice@example.com once" in ask(client, mug.pk, "Alice@Example.com")
    assert Waiting.objects.get().email == EMAIL
    ask(client, mug.pk)
    assert Waiting.objects.count() == 1


def test_the_form_offers_sold_out_variants_and_fills_in_the_address(client: Client, alice: Customer) -> None:
    mug = article(stock=3, options={"size": "small"})
    assert "Get notified" not in client.get(mug.product.get_absolute_url()).content.decode()
    none_left = [VariantFactory(product=mug.product, on_hand=0, options={"size": size}) for size in ("large", "huge")]
    client.force_login(alice)
    page = client.get(mug.product.get_absolute_url()).content.decode()
    offered = [each.pk for each in (mug, *none_left) if f'<option value="{each.pk}"' in page]
    assert offered == [each.pk for each in none_left]
    assert f'value="{alice.email}"' in page


@pytest.mark.parametrize("email", ["", "nobody", "a@b\x00.com", f"{'a' * 300}@example.com"])
def test_an_invalid_email_address_is_refused(client: Client, email: str) -> None:
    assert "We will email" not in ask(client, sold_out().pk, email)
    assert not Waiting.objects.exists()


@pytest.mark.parametrize("variant", ["", "x", 0, 10**30, 999_999])
def test_an_unknown_variant_is_refused(client: Client, variant: object) -> None:
    sold_out()
    assert client.post("/back-in-stock/", {"variant": variant, "email": EMAIL}).status_code == 302
    assert not Waiting.objects.exists()


def test_variants_in_stock_or_hidden_have_no_waitlist(client: Client) -> None:
    draft = sold_out()
    Product.objects.filter(pk=draft.product_id).update(status=Product.Status.DRAFT)
    assert "This item is in stock" in ask(client, article(stock=1).pk)
    with pytest.raises(WaitRefused):
        wait_for(draft.pk, EMAIL, NOW)
    assert not Waiting.objects.exists()


def test_entries_per_address_are_limited() -> None:
    product = ProductFactory(price=None)
    for _ in range(MAX_PER_ADDRESS):
        wait_for(VariantFactory(product=product, on_hand=0).pk, EMAIL, NOW)
    with pytest.raises(WaitRefused, match="too many items"):
        wait_for(sold_out().pk, EMAIL, NOW)
    wait_for(sold_out().pk, "bob@example.com", NOW)


def test_requests_are_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "waitlist", "2/hour")
    pages = [ask(client, sold_out().pk) for _ in range(3)]
    assert ["Too many attempts" in page for page in pages] == [False, False, True]
    assert Waiting.objects.count() == 2
    cache.clear()


def test_the_database_allows_one_entry_per_variant() -> None:
    waiting = wait_for(sold_out().pk, EMAIL, NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiting.objects.create(variant=waiting.variant, email=EMAIL, language="en", asked_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiting.objects.create(variant=waiting.variant, email="BOB@example.com", language="en", asked_at=NOW)


# --- Notifying


def receive_stock(mug: Variant) -> None:
    stock.receive({mug.pk: 1}, REASON)


def return_stock(mug: Variant) -> None:
    stock.restock({mug.pk: 1}, REASON)


def correct_stock(mug: Variant) -> None:
    stock.correct({mug.pk: 2}, REASON)


@pytest.mark.parametrize("add_stock", [receive_stock, return_stock, correct_stock])
def test_each_entry_is_notified_once_however_stock_returns(add_stock: Callable[[Variant], None]) -> None:
    mug, other = sold_out(), sold_out()
    for email in (EMAIL, "bob@example.com"):
        wait_for(mug.pk, email, NOW)
    wait_for(other.pk, EMAIL, NOW)
    assert notify_waiting(NOW) == 0
    add_stock(mug)
    assert (notify_waiting(NOW), notify_waiting(NOW)) == (2, 0)
    assert recipients() == [EMAIL, "bob@example.com"]


def test_an_expired_order_notifies_the_waitlist() -> None:
    deliver_to("DE")
    mug = article(stock=1)
    place_order((cart := cart_of(mug)).pk, purchase(cart), NOW)
    wait_for(mug.pk, EMAIL, NOW)
    assert notify_waiting(NOW) == 0
    expire_orders(NOW + timedelta(hours=2))
    assert notify_waiting(NOW) == 1


def test_hidden_products_do_not_notify() -> None:
    mug = sold_out()
    wait_for(mug.pk, EMAIL, NOW)
    receive_stock(mug)
    Product.objects.update(status=Product.Status.DRAFT)
    assert notify_waiting(NOW) == 0
    Product.objects.update(status=Product.Status.PUBLISHED)
    assert notify_waiting(NOW) == 1


def test_a_notified_customer_can_join_again() -> None:
    mug = sold_out()
    for _ in range(2):
        Variant.objects.update(on_hand=0)
        wait_for(mug.pk, EMAIL, NOW)
        receive_stock(mug)
        notify_waiting(NOW)
    assert recipients() == [EMAIL, EMAIL]


def test_the_mail_names_the_product_and_an_unsubscribe_link(client: Client, tasks_at_once: None) -> None:
    mug = article(stock=0, options={"size": "large"})
    wait_for(mug.pk, EMAIL, NOW)
    receive_stock(mug)
    notify_waiting(NOW)
    mail.deliver_mail(Mail.objects.get().pk, timezone.now())
    (sent,) = outbox.outbox
    assert mug.product.title in sent.subject
    assert "large" in sent.body
    way_out = f"/back-in-stock/{Waiting.objects.get().token}/"
    assert way_out in sent.body
    assert sent.extra_headers["List-Unsubscribe"].endswith(f"{way_out}>")


def test_the_task_is_scheduled_and_idempotent() -> None:
    assert sweep_waiting.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
    mug = sold_out()
    wait_for(mug.pk, EMAIL, timezone.now())
    receive_stock(mug)
    for _ in range(2):
        sweep_waiting()
    assert recipients() == [EMAIL]


@pytest.mark.django_db(transaction=True)
def test_concurrent_tasks_notify_each_entry_once() -> None:
    mug, number = sold_out(), 30
    for each in range(number):
        wait_for(mug.pk, f"{each}@example.com", NOW)
    receive_stock(mug)
    answers = race(8, lambda _number: notify_waiting(NOW))
    assert not [each for each in answers if isinstance(each, Exception)]
    assert sum(each for each in answers if isinstance(each, int)) == number <= BATCH_SIZE
    assert Mail.objects.count() == number


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_tasks_notify_twice() -> None:
    mug, have_read = sold_out(), Barrier(2)
    wait_for(mug.pk, EMAIL, NOW)
    receive_stock(mug)

    def naive(number: int) -> None:
        found = list(Waiting.objects.due(NOW))
        have_read.wait(60)
        for each in found:
            mail.queue_mail("waitlist/back_in_stock", each.email, f"sweep {number}", {}, NOW)
            Waiting.objects.filter(pk=each.pk).update(told_at=NOW)

    race(2, naive)
    assert recipients() == [EMAIL, EMAIL]


# --- Unsubscribing


def test_the_unsubscribe_page_cancels_all_entries(client: Client) -> None:
    waiting = wait_for(sold_out().pk, EMAIL, NOW)
    wait_for(sold_out().pk, EMAIL, NOW)
    wait_for(sold_out().pk, "bob@example.com", NOW)
    address = f"/back-in-stock/{waiting.token}/"
    assert "Unsubscribe" in client.get(address).content.decode()
    assert Waiting.objects.count() == 3
    strict = Client(enforce_csrf_checks=True)  # mail programs have no cookies
    assert "unsubscribed" in strict.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert [each.email for each in Waiting.objects.all()] == ["bob@example.com"]
    assert client.post(address).status_code == 200


def test_the_link_in_an_old_mail_cancels_open_entries() -> None:
    mug, jug = sold_out(), sold_out()
    token = wait_for(mug.pk, EMAIL, NOW).token
    wait_for(jug.pk, EMAIL, NOW)
    receive_stock(mug)
    notify_waiting(NOW)
    assert (stop_waiting(token), stop_waiting(token)) == (1, 0)
    assert stop_waiting("a guess") == 0
    receive_stock(jug)
    assert notify_waiting(NOW) == 0


def test_staff_see_the_waitlist(client: Client) -> None:
    mug = sold_out()
    wait_for(mug.pk, EMAIL, NOW)
    make_roles()
    for role, status in (("orders", 200), ("support", 403)):
        person = Customer.objects.create_user(f"{role}@example.com", is_staff=True)
        person.groups.set(Group.objects.filter(name=role))
        client.force_login(person)
        assert client.get("/admin/waitlist/waiting/").status_code == status
        found = client.get(f"/admin/waitlist/waiting/?q={mug.sku}").content.decode()
        assert (EMAIL in found) == (status == 200)


def test_old_entries_are_deleted() -> None:
    mug = sold_out()
    wait_for(mug.pk, EMAIL, NOW)
    receive_stock(mug)
    notify_waiting(NOW)
    wait_for(sold_out().pk, EMAIL, NOW)
    days = [delete_old_entries(NOW + timedelta(days=day)) for day in (89, 91, 364, 366)]
    assert days == [0, 1, 0, 1]


def test_the_waitlist_is_exported_and_erased(alice: Customer, bob: Customer) -> None:
    mug = sold_out()
    for person in (alice, bob):
        wait_for(mug.pk, person.email, NOW)
    assert [each["sku"] for each in export_data(alice)["waitlist"]] == [mug.sku]
    erase_customer(alice, NOW)
    assert [each.email for each in Waiting.objects.all()] == [bob.email]

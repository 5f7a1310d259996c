"""A customer's orders: listed, adopted from guests, exported and erased."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.apps import apps
from django.test import Client

from shop.accounts.models import Customer
from shop.accounts.personal_data import erase_customer, export_data
from shop.checkout.services import place_order
from shop.fulfilment.sweepers import expire_orders
from shop.orders.models import Order, OrderAddress, OrderLine
from shop.orders.services import has_bought
from shop.orders.starter import make_starting_charges
from shop.orders.states import NEXT, State
from tests.purchases import NOW, article, buy, cart_of, deliver_to, purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db: None) -> Customer:
    deliver_to("DE")
    return Customer.objects.create_user("alice@example.com", "correct horse")


def test_a_guest_order_joins_the_account_when_the_address_is_verified(alice: Customer) -> None:
    mug = article()
    order = buy(cart_of(mug), email="Alice@Example.com")
    other = buy(cart_of(mug), email="bob@example.com")
    assert not has_bought(alice, mug.product_id)
    address = EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True)
    email_confirmed.send(sender=EmailAddress, request=None, email_address=address)
    assert list(Order.objects.filter(customer=alice)) == [order]
    assert Order.objects.get(pk=other.pk).customer is None
    assert has_bought(alice, mug.product_id)


def test_customers_find_their_own_orders_in_few_queries(alice: Customer, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        buy(cart_of(article()), customer=alice)
    hers, bobs = Client(), Client()
    hers.force_login(alice)
    bobs.force_login(Customer.objects.create_user("bob@example.com"))
    with django_assert_max_num_queries(10):
        page = hers.get("/account/orders/").content.decode()
    assert page.count("/orders/") >= 5
    assert Order.objects.all()[0].secret in page
    assert "You have no orders yet" in bobs.get("/account/orders/").content.decode()
    assert Client().get("/account/orders/").status_code == 302


def test_erasing_detaches_the_customer_and_keeps_invoices(alice: Customer) -> None:
    paid = buy(cart_of(article()), customer=alice)
    cart = cart_of(article())
    dropped = place_order(cart.pk, purchase(cart, customer=alice), NOW)
    expire_orders(NOW + timedelta(hours=2))
    exported = export_data(alice)["orders"]
    assert {each["number"] for each in exported} == {paid.number, dropped.number}
    erase_customer(alice, NOW)
    assert not Order.objects.filter(customer__isnull=False).exists()
    assert Order.objects.get(pk=paid.pk).email == "alice@example.com"
    assert Order.objects.get(pk=dropped.pk).email == "erased@example.invalid"
    assert not OrderAddress.objects.filter(order=dropped).exists()


def test_every_state_can_be_reached_and_completed_is_final() -> None:
    reachable = {state for following in NEXT.values() for state in following} | {State.PENDING}
    assert reachable == set(State) == set(NEXT)
    assert NEXT[State.COMPLETED] == frozenset()


def test_lines_of_older_orders_get_the_rate_of_their_order(alice: Customer) -> None:
    line = buy(cart_of(article())).lines.get()
    OrderLine.objects.update(tax_percent=0)  # its value after the migration added it
    import_module("shop.orders.migrations.0004_rates_of_old_lines").copy_rates(apps, None)
    line.refresh_from_db()
    assert line.tax_percent == 19


def test_a_new_shop_gets_rates_and_an_old_one_keeps_its_own() -> None:
    assert make_starting_charges()
    assert not make_starting_charges()
    assert buy(cart_of(article("10.00"))).total_amount > 10

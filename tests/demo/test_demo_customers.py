"""The demo's customers and reviews: made up, once, and the same again."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from catalog.models import Product
from shop.accounts.forms import AddressForm
from shop.accounts.models import Address, Customer
from shop.reviews.models import Review
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def products() -> None:
    for number in range(12):
        ProductFactory(title=f"Thing {number}")


def fill(**options: int) -> str:
    said = StringIO()
    call_command("demo_customers", customers=8, reviews=40, stdout=said, **options)
    return said.getvalue()


def what_was_said() -> list[tuple[str, str, int, str]]:
    return sorted(Review.objects.values_list("customer__email", "product__slug", "rating", "text"))


def test_the_demo_has_customers_who_say_something(products: None) -> None:
    assert "customer@example.com" in fill()
    assert Customer.objects.count() == 8
    assert Review.objects.filter(is_verified_purchase=True).count() == 40
    assert authenticate(username="customer@example.com", password="semblance-demo")
    assert all(email.endswith("@example.com") for email in Customer.objects.values_list("email", flat=True))
    product = Product.objects.filter(rating_count__gt=0).first()
    assert product is not None
    assert product.rating_count == Review.objects.approved().filter(product=product).count()


def test_a_second_start_adds_nothing(products: None) -> None:
    fill()
    before = what_was_said()
    assert "already" in fill()
    assert what_was_said() == before


def test_what_is_missing_is_added_and_nothing_twice(products: None) -> None:
    fill()
    before = what_was_said()
    Customer.objects.filter(email="customer@example.com").delete()
    gone = Customer.objects.exclude(reviews=None).order_by("pk").last()
    Review.objects.filter(customer=gone).delete()
    assert len(what_was_said()) < len(before)
    fill()
    assert [each[:2] for each in what_was_said()] == [each[:2] for each in before]
    assert Customer.objects.count() == Address.objects.count() == 8


def test_the_same_seed_makes_the_same_world(products: None) -> None:
    fill(seed=3)
    before = what_was_said()
    Customer.objects.all().delete()
    fill(seed=3)
    assert what_was_said() == before


def test_the_demos_addresses_are_such_as_the_shop_takes(products: None) -> None:
    fill()
    for address in Address.objects.all():
        form = AddressForm({field: getattr(address, field) for field in AddressForm.base_fields}, instance=address)
        assert form.is_valid(), form.errors


def test_a_shop_without_products_gets_customers_only() -> None:
    fill()
    assert (Customer.objects.count(), Review.objects.count()) == (8, 0)

"""The invented customers and reviews of the demo."""

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
    output = StringIO()
    call_command("demo_customers", customers=8, reviews=40, stdout=output, **options)
    return output.getvalue()


def reviews() -> list[tuple[str, str, int, str]]:
    return sorted(Review.objects.values_list("customer__email", "product__slug", "rating", "text"))


def test_demo_customers_adds_customers_and_reviews(products: None) -> None:
    assert "customer@example.com" in fill()
    assert Customer.objects.count() == 8
    assert Review.objects.filter(is_verified_purchase=True).count() == 40
    assert authenticate(username="customer@example.com", password="semblance-demo")
    assert all(email.endswith("@example.com") for email in Customer.objects.values_list("email", flat=True))
    product = Product.objects.filter(rating_count__gt=0).first()
    assert product is not None
    assert product.rating_count == Review.objects.approved().filter(product=product).count()


def test_a_second_run_of_a_complete_demo_adds_nothing(products: None) -> None:
    fill()
    before = reviews()
    assert "already" in fill()
    assert reviews() == before


def test_a_second_run_adds_only_what_is_missing(products: None) -> None:
    fill()
    before = reviews()
    Customer.objects.filter(email="customer@example.com").delete()
    deleted = Customer.objects.exclude(reviews=None).order_by("pk").last()
    Review.objects.filter(customer=deleted).delete()
    assert len(reviews()) < len(before)
    fill()
    assert [each[:2] for each in reviews()] == [each[:2] for each in before]
    assert Customer.objects.count() == Address.objects.count() == 8


def test_the_same_seed_adds_the_same_reviews(products: None) -> None:
    fill(seed=3)
    before = reviews()
    Customer.objects.all().delete()
    fill(seed=3)
    assert reviews() == before


def test_addresses_pass_the_form_of_the_shop(products: None) -> None:
    fill()
    for address in Address.objects.all():
        form = AddressForm({field: getattr(address, field) for field in AddressForm.base_fields}, instance=address)
        assert form.is_valid(), form.errors


def test_a_shop_without_products_gets_customers_only() -> None:
    fill()
    assert (Customer.objects.count(), Review.objects.count()) == (8, 0)

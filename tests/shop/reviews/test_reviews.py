"""Writing, moderating and showing reviews."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.models import Product
from shop.accounts import personal_data
from shop.accounts.models import Customer
from shop.checkout.services import place_order
from shop.fulfilment.actions import cancel_order, ship_order
from shop.fulfilment.payment import capture_payment
from shop.orders.models import Order
from shop.reviews.models import Decision, Review
from shop.reviews.services import MayNotReviewError, decide, may_review, write_review
from tests.catalog.test_structured_data import blocks
from tests.factories import ImageFactory, ProductFactory
from tests.purchases import article, buy, cart_of, deliver_to, purchase
from visualsearch.tasks import embed_images

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WORDS = {"author": "Alice", "rating": 4, "title": "Good mug", "text": "Holds tea."}


@pytest.fixture
def mug() -> Product:
    return ProductFactory(title="Halden mug")


@pytest.fixture
def staff() -> Customer:
    return Customer.objects.create_superuser("staff@example.com")


def review(who: Customer, product: Product, has_bought: bool = True, **words: Any) -> Review:
    return write_review(who, product, WORDS | words, NOW, has_bought=has_bought)


def reviewed(product: Product, number: int) -> None:
    """Create approved reviews by different customers, oldest first."""
    people = Customer.objects.bulk_create(Customer(email=f"person{index}@example.com") for index in range(number))
    Review.objects.bulk_create(
        Review(
            customer=who, product=product, rating=5, text=f"Word {index}.", author="A", state=Review.State.APPROVED,
            created_at=NOW + timedelta(hours=index), changed_at=NOW,
        )
        for index, who in enumerate(people)
    )  # fmt: skip


def approve(staff: Customer, *reviews: Review) -> int:
    return decide(Review.objects.filter(pk__in=[each.pk for each in reviews]), Review.State.APPROVED, staff, NOW)


def rating(product: Product) -> tuple[int, Decimal | None]:
    product.refresh_from_db()
    return product.rating_count, product.rating_average


def test_a_review_is_published_once_approved(client: Client, alice: Customer, mug: Product, staff: Customer) -> None:
    written = review(alice, mug)
    for address in (mug.get_absolute_url(), "/products/halden-mug/reviews/"):
        assert "Holds tea." not in client.get(address).content.decode()
    approve(staff, written)
    for address in (mug.get_absolute_url(), "/products/halden-mug/reviews/"):
        page = client.get(address).content.decode()
        assert "Holds tea." in page
        assert "Verified purchase" in page
        assert "alice@example.com" not in page


def test_rejected_reviews_are_hidden_and_changed_ones_need_approval(
    client: Client, alice: Customer, mug: Product, staff: Customer
) -> None:
    approve(staff, review(alice, mug))
    assert rating(mug) == (1, Decimal("4.00"))
    review(alice, mug, text="Buy at mallory.example", rating=1)
    assert rating(mug) == (0, None)
    decide(Review.objects.all(), Review.State.REJECTED, staff, NOW)
    assert "mallory" not in client.get(mug.get_absolute_url()).content.decode()
    assert Review.objects.count() == 1


def test_the_rating_counts_only_approved_reviews(
    alice: Customer, bob: Customer, mallory: Customer, mug: Product, staff: Customer
) -> None:
    reviews = [review(who, mug, rating=stars) for who, stars in ((alice, 5), (bob, 4), (mallory, 1))]
    assert rating(mug) == (0, None)
    approve(staff, *reviews)
    assert rating(mug) == (3, Decimal("3.33"))
    decide(Review.objects.filter(customer=mallory), Review.State.REJECTED, staff, NOW)
    assert rating(mug) == (2, Decimal("4.50"))
    Review.objects.filter(customer=alice).update(rating=3)  # without the service: the database keeps the rating
    assert rating(mug) == (2, Decimal("3.50"))
    bob.delete()
    assert rating(mug) == (1, Decimal("3.00"))


def test_structured_data_contains_only_approved_ratings(
    client: Client, alice: Customer, bob: Customer, mug: Product, staff: Customer
) -> None:
    written = review(alice, mug)
    assert "aggregateRating" not in blocks(client, mug.get_absolute_url())["Product"]
    approve(staff, written)
    review(bob, mug, rating=1)
    data = blocks(client, mug.get_absolute_url())["Product"]["aggregateRating"]
    assert (data["ratingValue"], data["reviewCount"]) == ("4.00", 1)
    assert "4.00 of 5 stars in 1 review" in client.get("/products/").content.decode()


def test_html_in_a_review_is_escaped(client: Client, mallory: Customer, mug: Product, staff: Customer) -> None:
    attack = '<img src=x onerror="alert(1)"><script>alert(1)</script>'
    approve(staff, review(mallory, mug, title=attack, text=attack, author="<b>Mallory</b>"))
    for address in (mug.get_absolute_url(), "/products/halden-mug/reviews/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Mallory" not in page


def test_a_customer_has_one_review_per_product(alice: Customer, mug: Product) -> None:
    assert review(alice, mug) == review(alice, mug, rating=2)
    assert Review.objects.get().rating == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(customer=alice, product=mug, rating=1, created_at=NOW, changed_at=NOW)


def test_the_database_rejects_a_sixth_star(alice: Customer, mug: Product) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        review(alice, mug, rating=6)


def test_only_buyers_may_review_by_default(client: Client, settings: Any, mallory: Customer, mug: Product) -> None:
    assert may_review(mallory, mug, has_bought=True)
    with pytest.raises(MayNotReviewError):
        review(mallory, mug, has_bought=False)
    client.force_login(mallory)
    page = client.get("/products/halden-mug/review/").content.decode()
    assert '<form class="form"' not in page
    assert "customers who bought this product here" in page
    assert client.post("/products/halden-mug/review/", {**WORDS}).status_code == 403
    assert not Review.objects.exists()
    settings.REVIEWS_BUYERS_ONLY = False
    assert may_review(mallory, mug, has_bought=False)
    assert client.post("/products/halden-mug/review/", {**WORDS}).status_code == 302
    assert not Review.objects.get().is_verified_purchase


def reviews_section(client: Client) -> str:
    """Return the review section of the product's page."""
    page = client.get("/products/halden-mug/").content.decode()
    return page[page.index('id="reviews"') :]


def test_the_product_page_explains_who_may_review(
    client: Client, settings: Any, alice: Customer, mug: Product, staff: Customer
) -> None:
    assert "If you bought this product here, you can write the first one." in reviews_section(client)
    approve(staff, review(alice, mug))
    assert "All reviews are by customers who bought this product here." in reviews_section(client)
    settings.REVIEWS_BUYERS_ONLY = False
    assert "bought this product here" not in reviews_section(client)
    Review.objects.all().delete()
    assert "No reviews yet. Write the first one." in reviews_section(client)


def test_a_product_counts_as_bought_once_paid(client: Client, alice: Customer, mug: Product) -> None:
    deliver_to("DE")
    address, variant = "/products/halden-mug/review/", mug.variants.get()
    client.force_login(alice)
    cart = cart_of(variant)
    waiting = place_order(cart.pk, purchase(cart, customer=alice), NOW)
    on_invoice = buy(cart_of(variant), gateway="invoice", customer=alice)
    ship_order(on_invoice.pk, {on_invoice.lines.get().pk: 1}, "staff", NOW)
    buy(cart_of(article()), customer=alice)  # of another product
    assert client.post(address, {**WORDS}).status_code == 403
    capture_payment(on_invoice.payments.get().pk, "staff", NOW)
    assert client.post(address, {**WORDS}).status_code == 302
    assert Review.objects.get().is_verified_purchase
    cancelled = buy(cart_of(article()), customer=alice)
    cancel_order(cancelled.pk, "staff", NOW)
    assert set(Order.objects.paid()) == set(Order.objects.exclude(pk__in=[waiting.pk, cancelled.pk]))


def test_authors_can_delete_their_review_without_a_purchase(client: Client, alice: Customer, mug: Product) -> None:
    review(alice, mug)
    client.force_login(alice)
    assert "Delete review" in client.get("/products/halden-mug/review/").content.decode()
    assert "Delete review" in client.post("/products/halden-mug/review/", {**WORDS}).content.decode()


def test_a_customer_writes_changes_and_deletes_a_review(client: Client, alice: Customer, mug: Product) -> None:
    deliver_to("DE")
    buy(cart_of(mug.variants.get()), customer=alice)
    assert (
        client.get("/products/halden-mug/review/").headers["Location"]
        == "/account/login/?next=/products/halden-mug/review/"
    )
    client.force_login(alice)
    assert 'value="Alice"' in client.get("/products/halden-mug/review/").content.decode()
    assert client.post("/products/halden-mug/review/", {**WORDS}).headers["Location"] == "/products/halden-mug/"
    assert "Waiting for approval" in client.get("/account/reviews/").content.decode()
    assert "Holds tea." in client.get("/products/halden-mug/review/").content.decode()
    client.post("/products/halden-mug/review/", {**WORDS, "rating": 1})
    assert Review.objects.get().rating == 1
    client.post("/products/halden-mug/review/withdraw/")
    assert not Review.objects.exists()


def test_mallory_cannot_set_the_state_of_a_review(
    client: Client, settings: Any, alice: Customer, mallory: Customer, mug: Product
) -> None:
    settings.REVIEWS_BUYERS_ONLY = False
    hers = review(alice, mug)
    client.force_login(mallory)
    more = {"state": "approved", "is_verified_purchase": "on", "customer": alice.pk, "id": hers.pk, "pk": hers.pk}
    client.post("/products/halden-mug/review/", {**WORDS, **more, "text": "Mine"})
    written = Review.objects.get(customer=mallory)
    assert (written.state, written.is_verified_purchase) == (Review.State.WAITING, False)
    hers.refresh_from_db()
    assert hers.text == "Holds tea."
    client.post("/products/halden-mug/review/withdraw/")
    assert Review.objects.get() == hers


@pytest.mark.parametrize(
    "change", [{"rating": "6"}, {"rating": "0"}, {"rating": "five"}, {"rating": ""}, {"author": ""},
               {"title": "x" * 121}, {"text": "x" * 4001}],
)  # fmt: skip
def test_an_invalid_review_is_refused(client: Client, alice: Customer, mug: Product, change: dict[str, str]) -> None:
    client.force_login(alice)
    page = client.post("/products/halden-mug/review/", WORDS | change)
    assert page.status_code == 400
    assert list(page.context["form"].errors) == list(change)
    assert not Review.objects.exists()


def test_staff_decide_in_bulk_and_decisions_are_logged(
    client: Client, alice: Customer, bob: Customer, mug: Product, staff: Customer
) -> None:
    reviews = [review(alice, mug), review(bob, mug, rating=5), review(alice, ProductFactory())]
    client.force_login(staff)
    chosen = {"action": "approve", "_selected_action": [each.pk for each in reviews]}
    for _ in range(2):
        client.post("/admin/reviews/review/", chosen)
    assert Review.objects.approved().count() == 3
    assert rating(mug) == (2, Decimal("4.50"))
    assert list(Decision.objects.values_list("state", "decided_by")) == [("approved", staff.pk)] * 3
    page = client.get(f"/admin/reviews/review/{reviews[0].pk}/change/").content.decode()
    assert "staff@example.com" in page
    assert 'name="text"' not in page


@pytest.mark.parametrize("number", [1, 30])
@pytest.mark.parametrize(
    ("address", "most"), [("/products/halden-mug/", 11), ("/products/halden-mug/reviews/", 4), ("/products/", 10)]
)
def test_pages_need_few_queries_for_any_number_of_reviews(
    client: Client, mug: Product, number: int, address: str, most: int,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:  # fmt: skip
    embed_images([ImageFactory(product=mug).pk])  # the page shows similar products
    reviewed(mug, number)
    with django_assert_max_num_queries(most):
        page = client.get(address)
    assert f"{number}" in page.content.decode()


def test_reviews_are_paginated(client: Client, mug: Product) -> None:
    reviewed(mug, 21)
    assert "Word 0." in client.get("/products/halden-mug/reviews/?page=2").content.decode()
    assert "Word 0." not in client.get("/products/halden-mug/reviews/").content.decode()
    assert client.get("/products/halden-mug/reviews/?page=junk").status_code == 200


def test_reviews_are_exported_and_erased(alice: Customer, bob: Customer, mug: Product, staff: Customer) -> None:
    approve(staff, review(alice, mug, rating=1), review(bob, mug, rating=5))
    assert personal_data.export_data(alice)["reviews"][0]["text"] == "Holds tea."
    personal_data.erase_customer(alice, NOW)
    assert Review.objects.get().customer == bob
    assert rating(mug) == (1, Decimal("5.00"))

"""Product cards: their core is kept in memory and must never be older than the product."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from catalog import cards
from catalog.facets import FacetValue
from catalog.fragments import fragment
from catalog.models import Product, ProductImage, Variant
from shop.accounts.models import Customer
from shop.reviews.models import Review
from tests.factories import ImageFactory, ProductFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def mug() -> Product:
    product = ProductFactory(title="Halden mug", slug="halden-mug", brand="Halden", price="24.00", stock=3)
    ImageFactory(product=product, alt="A grey mug")
    return product


def page(client: Client) -> str:
    return client.get("/products/").content.decode()


@pytest.mark.parametrize(
    ("rows", "values", "shown"),
    [
        (Variant.objects, {"price_amount": Decimal("19.50")}, "€19.50"),
        (Variant.objects, {"compare_at_amount": Decimal("31.00")}, "€31.00"),
        (Variant.objects, {"on_hand": 0}, "Sold out"),
        (Product.objects, {"title": "Halden cup"}, "Halden cup"),
        (Product.objects, {"brand": "Norra"}, "Norra"),
        (Product.objects, {"slug": "halden-cup"}, "/products/halden-cup/"),
        (ProductImage.objects, {"alt": "A blue mug"}, 'alt="A blue mug"'),
        (ProductImage.objects, {"rendition_widths": [160, 640]}, "-640.avif 640w"),
        (ProductImage.objects, {"is_public": False}, "no-picture"),
    ],
)
def test_a_list_shows_a_change_of_any_writer_at_once(
    client: Client, mug: Product, rows: Any, values: dict[str, Any], shown: str
) -> None:
    assert shown not in page(client)
    rows.update(**values)  # as SQL does: no signal, no `updated_at`
    assert shown in page(client)


def test_a_list_shows_an_approved_review_at_once(client: Client, mug: Product, alice: Customer) -> None:
    assert "of 5 stars" not in page(client)
    review = Review.objects.create(
        product=mug, customer=alice, rating=4, state=Review.State.APPROVED, created_at=NOW, changed_at=NOW
    )
    assert "4.00 of 5 stars in 1 review" in page(client)
    review.delete()
    assert "of 5 stars" not in page(client)


def test_a_list_shows_another_first_picture_at_once(client: Client, mug: Product) -> None:
    page(client)
    mug.images.update(position=1)
    ImageFactory(product=mug, alt="The same mug from above", position=0)
    assert "The same mug from above" in page(client)
    mug.images.all().delete()
    assert "no-picture" in page(client)


def test_a_card_is_rendered_once_a_language_and_currency(mug: Product, settings: Any) -> None:
    english = cards.card_core(mug, mug.cover)
    assert "€24.00" in english
    with translation.override("de"):
        assert "24,00\xa0€" in cards.card_core(mug, mug.cover)
    settings.CURRENCY = "CHF"
    assert "CHF" in cards.card_core(mug, mug.cover)
    settings.CURRENCY = "EUR"
    assert cards.card_core(mug, mug.cover) is english


def test_a_card_shows_the_given_picture(mug: Product) -> None:
    other = ImageFactory(product=mug, alt="Its handle", position=1)
    assert "A grey mug" in cards.card_core(mug, mug.cover)
    assert "Its handle" in cards.card_core(mug, other)


def test_only_the_first_cards_load_their_pictures_at_once(mug: Product) -> None:
    assert 'loading="lazy"' in cards.card_core(mug, mug.cover)
    assert 'fetchpriority="high"' in cards.card_core(mug, mug.cover, is_priority=True)


def test_the_core_of_a_card_needs_no_query(mug: Product, django_assert_num_queries: Callable[[int], Any]) -> None:
    """Its template sees only what the cache key holds; anything else of the product would be a query or empty."""
    cover = mug.cover
    mug.title = "A title that no test has rendered"
    with django_assert_num_queries(0):
        assert mug.title in cards.card_core(mug, cover)


def test_one_visitors_wishlist_is_not_another_visitors(client: Client, mug: Product) -> None:
    client.post("/wishlist/change/", {"add": mug.slug})
    assert 'name="remove" value="halden-mug"' in page(client)
    assert 'name="add" value="halden-mug"' in page(Client())


def test_a_fragment_is_rendered_once_for_what_it_shows() -> None:
    blue = FacetValue("blue", "blue", 12_000, chosen=False)
    first = fragment("components/_choice.html", slug="colour", value=blue)
    assert "12,000" in first
    assert fragment("components/_choice.html", slug="colour", value=replace(blue)) is first
    assert "12,001" in fragment("components/_choice.html", slug="colour", value=replace(blue, count=12_001))
    assert "checked" in fragment("components/_choice.html", slug="colour", value=replace(blue, chosen=True))


def test_a_fragment_escapes_its_facts() -> None:
    value = FacetValue("<script>", "script", 1, chosen=False)
    assert "&lt;script&gt;" in fragment("components/_choice.html", slug="colour", value=value)

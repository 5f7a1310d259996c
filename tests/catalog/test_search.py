"""Keyword search: prefixes, SKUs, typos, ranking and hostile text."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.models import Attribute, AttributeValue, Category, Product
from catalog.search import count_words, find, refresh_keywords, suggest
from tests.factories import CategoryFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [product.title for product in find(Product.objects.all(), text).products]


def mug(**kwargs: Any) -> Product:
    return ProductFactory(
        **{
            "title": "Enamelled decoration mug",
            "brand": "Björk",
            "description": "For coffee in the mountains.",
            "category": CategoryFactory(name="Drinkware", parent=CategoryFactory(name="Kitchen")),
            "attributes": {"colour": "Sea green"},
            "sku": "MUG-0042-B",
            **kwargs,
        }
    )


@pytest.mark.parametrize(
    "text",
    ["mug", "Mugs", "MUG", "enam", "enamelled", "decorati", "decorations", "björk", "bjö", "drinkware", "kitch",
     "sea green", "mug-0042-b", "MUG 0042 B", "mug0042b", "0042", "mug0042", "mug-00", "the mug of the mountains",
     "green mug", "  mug  ", "mug!", "mug & kitchen", "mug and teapot", "coffee in the mountains"],
)  # fmt: skip
def test_search_finds_words_prefixes_and_skus(text: str) -> None:
    mug()
    assert found(text) == ["Enamelled decoration mug"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "!!!",
        "teapot",
        "ug",
        "\0",
        "'",
        "the teapot",
        "colour",
        "mountain",
        "mount",
        "mug teapot",
        "tea mountain",
    ],
)
def test_search_finds_nothing_without_a_good_share_of_the_words(text: str) -> None:
    mug()
    assert found(text) == []


def test_search_keeps_apart_what_only_mentions_a_word() -> None:
    product = mug()
    answer = find(Product.objects.all(), "mountain")
    assert (list(answer.products), list(answer.mentions or []), answer.is_answered) == ([], [product], False)


def test_search_page_shows_what_only_mentions_a_word_apart(client: Any) -> None:
    product = mug()
    page = client.get("/search/?q=mountain")
    assert page.context["result_count"] == 0
    assert "“mountain” in the description" in page.content.decode()
    assert product.get_absolute_url() in page.content.decode()
    assert "in the description" not in client.get("/search/?q=zebra").content.decode()


def test_search_treats_a_single_letter_as_a_prefix_only_on_its_own() -> None:
    mug()
    ProductFactory(title="Board for bread", sku="B-7")
    assert found("b") == ["Board for bread", "Enamelled decoration mug"]
    assert found("b 7")[0] == "Board for bread"
    assert found("b mug")[0] == "Enamelled decoration mug"  # B is part of its SKU


def test_search_finds_a_single_stop_word() -> None:
    ProductFactory(title="The Who")
    assert found("the") == ["The Who"]


def test_search_ranks_titles_before_categories_before_descriptions() -> None:
    ProductFactory(title="Tray", description="Carries a lantern.")
    ProductFactory(title="Candle", category=CategoryFactory(name="Lantern oil"))
    ProductFactory(title="Lantern")
    ProductFactory(title="Lanternfish poster")
    assert found("lantern") == ["Lantern", "Candle", "Lanternfish poster", "Tray"]


def test_search_filters_the_given_products() -> None:
    mug(status=Product.Status.DRAFT)
    assert not find(Product.objects.filter(status=Product.Status.PUBLISHED), "mug").products.exists()


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE catalog_product; --", "a:*b", "!(mug", "mug <-> ", "\\", "%_%", "mug:A", "((((", "&|!", "12e5-1.5",
     "x" * 100_000, "a " * 50_000, "\ud800", "١٢٣", "²½", "🫖", "1/0", "http://x.y/z?q=1", "a@b.c"],
)  # fmt: skip
def test_search_survives_hostile_text(text: str) -> None:
    mug()
    assert len(found(text)) <= 1
    suggest(Product.objects.all(), text)
    find(Product.objects.all(), text)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_search_survives_any_text(text: str) -> None:
    assert list(find(Product.objects.all(), text).products) == []


def test_search_finds_renamed_rows() -> None:
    product = mug()
    top = Category.objects.get(name="Kitchen")
    top.name = "Scullery"
    top.save()
    assert found("kitchen") == []
    assert found("scullery") == [product.title]
    colour = Attribute.objects.get()
    colour.name = "Shade"
    colour.save()
    value = AttributeValue.objects.get()
    value.value = "Teal"
    value.save()
    assert found("teal") == [product.title]
    assert found("sea green") == []
    product.category = CategoryFactory(name="Camping")
    product.save()
    assert found("camping") == [product.title]
    product.attribute_values.clear()
    assert found("teal") == []


@pytest.mark.django_db(transaction=True)
def test_search_does_not_find_a_deleted_value() -> None:
    mug()
    AttributeValue.objects.all().delete()
    assert found("green") == []
    assert found("mug") != []


def test_search_finds_all_variants_but_deleted_ones() -> None:
    product = mug()
    other = VariantFactory(product=product, sku="CUP.77/X")
    assert found("cup77x") == [product.title]
    other.delete()
    assert found("cup77x") == []


def test_refresh_writes_only_changed_rows() -> None:
    product = mug()
    assert refresh_keywords([product.pk]) == 0
    Product.objects.update(keywords="stale")
    assert refresh_keywords([product.pk]) == 1
    assert Product.objects.get().keywords.splitlines()[0] == "Kitchen Drinkware Sea green"


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("enamellde mgu", "enamelled mug"),
        ("enamelde", "enamelled"),
        ("kitchne", "kitchen"),
        ("drinkwear", "drinkware"),
        ("bjökr", "björk"),
        ("bjork", None),
        ("enamelled kithcen", "enamelled kitchen"),
        ("enamelled", None),
        ("zzzzzz", None),
        ("", None),
    ],
)
def test_find_corrects_typos(typed: str, corrected: str | None) -> None:
    mug()
    count_words(timezone.now())
    assert find(Product.objects.all(), typed).corrected_query == corrected


def test_corrected_query_reveals_no_unpublished_products() -> None:
    mug(status=Product.Status.DRAFT)
    count_words(timezone.now())
    assert find(Product.objects.visible(Product.objects.get().created_at), "enamelde").corrected_query is None


def test_find_returns_products_for_the_corrected_query() -> None:
    mug()
    count_words(timezone.now())
    answer = find(Product.objects.all(), "kitchne")
    assert (answer.query, answer.corrected_query) == ("kitchne", "kitchen")
    assert [product.title for product in answer.products] == ["Enamelled decoration mug"]


def test_suggest_offers_titles_and_categories() -> None:
    mug()
    ProductFactory(title="Poster", description="Of a kitchen.", category=CategoryFactory(name="Kites"))
    offered = suggest(Product.objects.all(), "kit")
    assert [category.name for category in offered.categories] == ["Kitchen", "Kites"]
    assert offered.products == []
    assert [product.title for product in suggest(Product.objects.all(), "enam").products] == [
        "Enamelled decoration mug"
    ]
    assert suggest(Product.objects.all(), "k").categories == []


def test_search_page_shows_the_corrected_query(client: Any, django_assert_max_num_queries: Callable[..., Any]) -> None:
    mug()
    count_words(timezone.now())
    client.get("/search/?q=kitchne&page=1")  # names, synonyms, vocabulary and network stay in memory
    with django_assert_max_num_queries(11):  # the correction takes one more
        response = client.get("/search/?q=kitchne")
    assert response.context["corrected_query"] == "kitchen"
    assert [product.title for product in response.context["page"]] == ["Enamelled decoration mug"]


def test_search_page_without_words_shows_nothing(client: Any) -> None:
    mug()
    assert client.get("/search/").context["result_count"] == 0


def test_search_page_sorts_by_relevance_by_default(client: Any) -> None:
    ProductFactory(title="Lantern", price="5.00")
    ProductFactory(title="Tray", description="Carries a lantern.", price="1.00")
    pages = [
        client.get(f"/search/?q=lantern{order}").context["page"] for order in ("", "&sort=relevance", "&sort=price")
    ]
    assert [[product.title for product in page] for page in pages] == [
        ["Lantern", "Tray"],
        ["Lantern", "Tray"],
        ["Tray", "Lantern"],
    ]

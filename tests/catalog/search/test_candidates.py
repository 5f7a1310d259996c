"""Candidates of a search: few are scored in a large shop, and the best are among them."""

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from catalog.models import Category, Product, ProductQuerySet, VocabularyCount, VocabularyWord
from catalog.search import find, refresh_keywords
from catalog.search.candidates import BEST_FIRST, MOST_RANKED, Part, broadest, candidates, selective
from catalog.search.changes import notice
from catalog.search.queries import lexemes
from catalog.search.terms import terms
from tests.factories import CategoryFactory, ProductFactory

NUMBER = MOST_RANKED + 500


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        (["'=twood'", "'=wwood'", "'=twood':*", "'=wwood':*"], ["'=wwood':*"]),
        (["'=twood'", "'=wwood'", "'wood'"], ["'wood'"]),
        (["'=wwood':*", "'wood'"], ["'=wwood':*", "'wood'"]),
        (["'=toak'", "'=tpine'"], ["'=toak'", "'=tpine'"]),
        (["('=thand' & '=tmade')", "('hand' & 'made')"], ["('hand' & 'made')"]),
        (["'mark'"], ["'mark'"]),
        ([], []),
    ],
)
def test_queries_that_others_include_are_left_out(queries: list[str], expected: list[str]) -> None:
    assert broadest(queries) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("(('=wbrand':* & '=w12':*) | ('brand' & '12'))", "('=w12':* | '12')"),
        ("('=wbrand' & '=wseldom' & '=w12')", "('=wseldom' & '=w12')"),
        ("('=wbrand' & '=wthing')", "('=wbrand' & '=wthing')"),
        ("('=wseldom' & '=w12')", "('=wseldom' & '=w12')"),
        ("('=wbrand':* | '=w12':*)", "('=wbrand':* | '=w12':*)"),
        ("'=wbrand':*", "'=wbrand':*"),
    ],
)
@pytest.mark.django_db
def test_words_that_nearly_all_products_have_choose_no_candidates(query: str, expected: str) -> None:
    VocabularyCount.objects.create(counted_at=timezone.now(), seconds=0, products=10_000, state="")
    for word, number in (("brand", 9_900), ("thing", 10_000), ("seldom", 5_000)):
        VocabularyWord.objects.create(word=word, stem=word, products=number, named=number)
    notice()
    assert selective(query) == expected


def test_a_word_of_the_shop_is_no_beginning_of_another() -> None:
    assert lexemes(terms("brand 12"), ":*", "=w", {"brand"}) == "('=wbrand' & '=w12':*)"


@pytest.fixture
def _shelves(db: None) -> None:
    """Create enough products with common words for the index of the order, in a category, with current statistics."""
    category = CategoryFactory(name="Things")
    Product.objects.bulk_create(
        Product(title=f"Wooden piece {number}", slug=f"piece-{number}", category=category, status="published",
                is_in_stock=True, sold_count=number, price_amount=number, description="Handmade to last.")
        for number in range(NUMBER)
    )  # fmt: skip
    ProductFactory(title="Wooden zither", stock=0, category=category)
    ProductFactory(title="Zither strings", stock=0, category=category)
    refresh_keywords(Product.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")


def titles(text: str, limit: int) -> list[str]:
    return [product.title for product in find(Product.objects.visible(timezone.now()), text).products[:limit]]


@pytest.mark.usefixtures("_shelves")
def test_a_rare_word_is_found_however_common_the_others_are() -> None:
    assert titles("wooden zither", 2)[0] == "Wooden zither"
    assert set(titles("zither", 9)) == {"Wooden zither", "Zither strings"}
    assert titles(f"wooden piece {NUMBER - 7}", 1) == [f"Wooden piece {NUMBER - 7}"]
    assert titles("wooden piece 0", 1) == ["Wooden piece 0"]  # the last of its order, found by its title


@pytest.mark.usefixtures("_shelves")
def test_a_common_word_finds_those_that_sell_best() -> None:
    expected = [f"Wooden piece {number}" for number in range(NUMBER - 1, NUMBER - 25, -1)]
    assert titles("wooden", 24) == expected
    assert titles("handmade piece", 24) == expected


@pytest.mark.usefixtures("_shelves")
def test_a_count_of_more_than_are_ranked_is_a_lower_limit(client: Client) -> None:
    page = client.get("/search/?q=wooden").content.decode()
    assert f"{MOST_RANKED:,}+ products" in page
    assert client.get("/api/v1/search/?q=wooden").json()["is_count_exact"] is False
    assert "+ products" not in client.get("/search/?q=zither").content.decode()
    assert client.get("/api/v1/search/?q=zither").json()["is_count_exact"] is True


@pytest.mark.usefixtures("_shelves")
def test_price_and_stock_narrow_all_that_match_and_not_only_the_ranked(client: Client) -> None:
    found = client.get("/api/v1/search/?q=wooden&max_price=3").json()
    assert [each["title"] for each in found["results"]] == [f"Wooden piece {number}" for number in (3, 2, 1, 0)]
    assert found["is_count_exact"] is True


@pytest.mark.usefixtures("_shelves")
def test_each_page_continues_the_ranking(client: Client) -> None:
    expected = titles("wooden", MOST_RANKED)
    for number in (1, 2, 84):  # 84 is the last
        page = client.get(f"/api/v1/search/?q=wooden&page={number}").json()
        assert [each["title"] for each in page["results"]] == expected[24 * (number - 1) : 24 * number]
    assert [each["title"] for each in client.get("/api/v1/search/?q=wooden&page=last").json()["results"]] == expected[
        -8:
    ]


def plan(found: ProductQuerySet) -> str:
    return found.explain()


@pytest.mark.usefixtures("_shelves")
def test_a_common_word_stops_early_and_a_rare_one_is_looked_up() -> None:
    visible, never = Product.objects.visible(timezone.now()), Q(pk=0)
    common, rare = Part.of(["'piece'"], ["'=wpiece'"]), Part.of(["'zither'"], ["'=wzither'"])
    found = plan(candidates(visible, None, [common], never, BEST_FIRST))
    assert "Index Scan using product_best" in found
    assert "Seq Scan" not in found
    found = plan(candidates(visible, None, [rare], never, BEST_FIRST))
    assert "Bitmap Index Scan on product_words" in found
    assert "product_best" not in found
    assert "Seq Scan" not in found


@pytest.mark.usefixtures("_shelves")
def test_filters_hold_for_candidates() -> None:
    Product.objects.filter(title__lt="Wooden piece 2").update(status=Product.Status.DRAFT)
    assert all(title >= "Wooden piece 2" for title in titles("wooden", 500))
    other = CategoryFactory(name="Other")
    Product.objects.filter(slug="piece-2").update(category=other)
    visible = Product.objects.visible(timezone.now()).in_category(Category.objects.get(name="Other"))
    assert [product.slug for product in find(visible, "wooden").products] == ["piece-2"]

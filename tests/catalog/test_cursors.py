"""Lists that are read by cursor: nothing is skipped or repeated while rows come and go."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signing import Signer
from django.db.models import F
from django.test import Client

from catalog.cursors import InvalidCursorError, Slice, read_ranked_slice, read_slice
from catalog.forms import ORDERS
from catalog.models import Category, Product, ProductQuerySet
from catalog.search import find
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
SIZE = 3
PRICES = ["5.00", None, "5.00", "9.00", None, "7.00", "5.00", None, "9.00", "1.00", "7.00"]
RELEVANCE = "relevance"


def by(name: str) -> Callable[[], ProductQuerySet]:
    return lambda: Product.objects.order_by(*ORDERS[name][1])


ORDERED: dict[str, Callable[[], ProductQuerySet]] = {
    **{name: by(name) for name in ORDERS},
    "default": Product.objects.all,
    RELEVANCE: lambda: find(Product.objects.all(), "mug").products,
    "filters only": lambda: find(Product.objects.all(), "in stock").products,
    "nulls first": lambda: Product.objects.order_by(F("price_amount").desc(nulls_first=True), "pk"),
    "nulls by default": lambda: Product.objects.order_by("-price_amount", "-pk"),
}


def read(order: str, cursor: str = "") -> Slice:
    if order == RELEVANCE:
        found = find(Product.objects.all(), "mug")
        return read_ranked_slice(found.products, found.keys or (), cursor, SIZE, "list")
    return read_slice(ORDERED[order](), cursor, SIZE, "list")


@pytest.fixture
def category() -> Category:
    return CategoryFactory(name="Kitchen")


@pytest.fixture
def mugs(category: Category) -> list[Product]:
    """Products that tie in every order: titles, prices, sales and relevance repeat."""
    return [
        ProductFactory(
            title=f"Mug {n % 3}",
            slug=f"mug-{n}",
            description="mug " * (n % 2),
            price=price,
            category=category,
            sold_count=n % 2,
        )
        for n, price in enumerate(PRICES)
    ]


def pages(order: str, cursor: str = "", direction: str = "next") -> Iterator[Slice]:
    """Yield the pages from this cursor on."""
    while True:
        found = read(order, cursor)
        yield found
        following = getattr(found, direction)
        if following is None:
            return
        cursor = following


def keys(found: Slice) -> list[int]:
    return [product.pk for product in found.products]


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize("order", ORDERED)
def test_pages_follow_the_order_in_both_directions(order: str) -> None:
    expected = [product.pk for product in ORDERED[order]()]
    forwards = list(pages(order))
    assert [key for page in forwards for key in keys(page)] == expected
    assert forwards[0].previous is None
    backwards = list(pages(order, forwards[-1].previous or "", "previous"))
    assert [keys(page) for page in reversed(backwards)] == [keys(page) for page in forwards[:-1]]


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize("order", ORDERED)
def test_rows_that_stay_appear_once_while_others_come_and_go(order: str, category: Category) -> None:
    stayed = {product.pk for product in ORDERED[order]()}
    seen: list[int] = []
    for number, page in enumerate(pages(order)):
        seen += keys(page)
        doomed = {*keys(page)[-1:], *[key for key in stayed if key not in seen][:1]}  # the cursor's row, and one ahead
        Product.objects.filter(pk__in=doomed).delete()
        stayed -= doomed
        if number < 3:
            ProductFactory(
                title=f"Mug {number}", slug=f"new-{number}", price=PRICES[number], category=category, sold_count=number
            )
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize("order", ORDERED)
def test_an_emptied_page_leads_back(order: str) -> None:
    first, second, *_rest = pages(order)
    Product.objects.exclude(pk__in=keys(first)).delete()
    emptied = read(order, first.next or "")
    assert (emptied.products, emptied.next) == ([], None)
    assert keys(read(order, emptied.previous or "")) == keys(first)
    Product.objects.all().delete()
    emptied = read(order, second.previous or "")
    assert (emptied.products, emptied.previous) == ([], None)
    assert emptied.next is not None


def forged(values: Any, scope: str = "list") -> str:
    """Return a cursor that is signed correctly, as an older version of the shop might have written it."""
    salt = "catalog.cursors:"
    return str(Signer(salt=salt + hashlib.sha256(scope.encode()).hexdigest()).sign_object(values))


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize(
    "cursor",
    ["x", "..", ":", "é:ü", "a" * 5000, forged([">"]), forged([">", "never", 1]), forged(["?", None, 1]), forged({}),
     forged(7), forged([">", "2026-01-01T00:00:00Z", "x"]), forged([[], None, 1])],
    ids=lambda cursor: cursor[:10],
)  # fmt: skip
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        read("default", cursor)


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize(
    "values", [[">"], [">", "x"], [">", 1, "x"], [">", 1, None], [">", -1, 2], ["?", 1, 2], 7, []]
)
def test_a_damaged_cursor_of_search_results_is_refused(values: Any) -> None:
    with pytest.raises(InvalidCursorError):
        read(RELEVANCE, forged(values))


@pytest.mark.usefixtures("mugs")
@pytest.mark.parametrize("direction", ["next", "previous"])
def test_results_whose_page_is_gone_go_on_at_its_place(direction: str) -> None:
    first, second, third, *_rest = pages(RELEVANCE)
    Product.objects.filter(pk__in=keys(second)).delete()
    if direction == "next":
        assert keys(read(RELEVANCE, second.next or ""))[0] not in keys(first)
    else:
        assert keys(read(RELEVANCE, second.previous or "")) == keys(first)
    assert read(RELEVANCE, forged([">", 10**12, *keys(second)])).products == []
    assert keys(third)


@pytest.mark.usefixtures("mugs")
def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = read_slice(Product.objects.all(), "", SIZE, "list").next or ""
    with pytest.raises(InvalidCursorError):
        read_slice(Product.objects.all(), cursor, SIZE, "another list")


@pytest.mark.parametrize("call", ["products/?", "search/?q=thing&", "search/?q=thing&sort=-price&"])
def test_the_api_reads_lists_by_cursor(client: Client, call: str, category: Category) -> None:
    for number in range(26):
        ProductFactory(title=f"Thing {number}", price=f"{number % 5}.00", category=category)
    first = client.get(f"/api/v1/{call}cursor=").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (26, 24, None)
    ProductFactory(title="Thing of another day", price="3.00", category=category)
    Product.objects.filter(slug=first["results"][23]["slug"]).delete()
    second = client.get(first["next"]).json()
    assert second["next"] is None
    slugs = [product["slug"] for page in (first, second) for product in page["results"]]
    assert len(slugs) == len(set(slugs))
    assert {f"thing-{number}" for number in range(26)} <= set(slugs)
    back = [product["slug"] for product in client.get(second["previous"]).json()["results"]]
    last = [product["slug"] for product in second["results"]]
    assert set(back) & set(last) == set()
    assert set(slugs) - {first["results"][23]["slug"]} <= {*back, *last}


@pytest.mark.parametrize("call", ["products/?", "search/?q=thing&"])
def test_the_api_refuses_a_bad_cursor(client: Client, call: str, category: Category) -> None:
    for number in range(25):
        ProductFactory(title=f"Thing {number}", category=category)
    following = client.get(f"/api/v1/{call}cursor=").json()["next"]
    for address in (
        f"/api/v1/{call}cursor=x",
        f"/api/v1/{call}cursor={'x' * 3000}",
        f"/api/v1/{call}cursor=%F0%9F%A7%AA",
        f"{following}x",
        f"{following}&min_price=1",
        f"{following}&sort=price",
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), address
    assert client.get(f"/api/v1/{call}cursor=%00").status_code == 400


def test_a_cursor_page_has_the_same_cursors_again(client: Client, category: Category) -> None:
    """The content of an unchanged page, and so its ETag, does not change."""
    for number in range(25):
        ProductFactory(title=f"Thing {number}", category=category)
    first, again = (client.get("/api/v1/products/?cursor=").content for _ in range(2))
    assert first == again


@pytest.mark.parametrize("call", ["products/?", "search/?q=mug&"])
def test_lists_count_categories(client: Client, call: str) -> None:
    home = CategoryFactory(name="Home")
    kitchen = CategoryFactory(name="Kitchen", parent=home)
    garden = CategoryFactory(name="Garden", parent=home)
    CategoryFactory(name="Empty", parent=home)
    for number, category in enumerate((kitchen, kitchen, garden)):
        ProductFactory(title=f"Mug {number}", category=category)
    expected = [
        {"slug": "home", "name": "Home", "parent": None, "count": 3, "chosen": False},
        {"slug": "kitchen", "name": "Kitchen", "parent": "home", "count": 2, "chosen": True},
        {"slug": "garden", "name": "Garden", "parent": "home", "count": 1, "chosen": False},
    ]
    answer = client.get(f"/api/v1/{call}category=kitchen").json()
    assert answer["count"] == 2
    assert sorted(answer["categories"], key=str) == sorted(expected, key=str)
    assert "empty" in [each["slug"] for each in client.get(f"/api/v1/{call}category=empty").json()["categories"]]

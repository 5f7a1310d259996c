"""Product families: suggestions from titles, choices of staff, and swatches."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.families import MAX_MEMBERS, suggest_families
from catalog.models import Category, Product, ProductImage
from catalog.pictures.services import make_renditions
from tests.catalog.test_admin import form
from tests.factories import CategoryFactory, ImageFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mugs() -> Category:
    return CategoryFactory(name="Mugs")


def families(*titles: str, **fields: Any) -> list[str]:
    """Create products with these titles, suggest families and return them."""
    products = [ProductFactory(title=title, **fields) for title in titles]
    suggest_families()
    return [Product.objects.get(pk=product.pk).family for product in products]


@pytest.mark.parametrize(
    ("first", "second", "colours"),
    [
        ("Halden Mug, Blue", "Halden Mug, Sea Green", ["", ""]),
        ("Halden Mug - Blue", "Halden Mug - Red", ["", ""]),
        ("Halden Mug – Blue", "halden mug – Red", ["", ""]),
        ("Halden Mug (blue)", "Halden Mug (red)", ["", ""]),
        ("Halden Mug", "Halden Mug, Red", ["", ""]),
        ("Basic Tee Blue", "Basic Tee Navy Blue", ["Blue", "Navy Blue"]),
    ],
)
def test_titles_that_differ_in_their_last_part_suggest_a_family(
    mugs: Category, first: str, second: str, colours: list[str]
) -> None:
    products = [
        ProductFactory(title=title, category=mugs, brand="Tidemark", attributes={"colour": colour} if colour else {})
        for title, colour in ((first, colours[0]), (second, colours[1]))
    ]
    assert suggest_families() == 2
    one, two = (Product.objects.get(pk=product.pk).family for product in products)
    assert one == two != ""
    assert suggest_families() == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Halden Mug, Blue", "Brisk Mug, Blue"),
        ("Basic Tee Blue", "Basic Tee Red"),  # the products have no colours
        ("Tee, Blue", "Tee, Red"),  # too short to be a name
        ("Jar 0,5 l", "Jar 0,7 l"),
        ("Book, a long subtitle that says what it is about", "Book, another long subtitle about something"),
    ],
)
def test_other_titles_suggest_none(mugs: Category, first: str, second: str) -> None:
    assert families(first, second, category=mugs) == ["", ""]


def test_the_same_title_twice_suggests_none(mugs: Category) -> None:
    ProductFactory(title="Halden Mug, Blue", category=mugs)
    ProductFactory(title="Halden Mug, blue", category=mugs, slug="another")
    assert suggest_families() == 0


def test_families_stay_within_brand_and_category(mugs: Category) -> None:
    ProductFactory(title="Halden Mug, Blue", category=mugs, brand="One")
    ProductFactory(title="Halden Mug, Red", category=mugs, brand="Two")
    ProductFactory(title="Halden Mug, Green", category=CategoryFactory(name="Cups"), brand="One")
    assert suggest_families() == 0


def test_a_title_of_very_many_products_is_a_kind(mugs: Category) -> None:
    titles = [f"Steel Screw, {number} mm" for number in range(MAX_MEMBERS + 1)]
    assert set(families(*titles, category=mugs)) == {""}


def test_suggestions_follow_the_titles_and_never_change_a_choice(mugs: Category) -> None:
    chosen = ProductFactory(title="Halden Mug, Red", category=mugs, family="mine", is_family_chosen=True)
    none = ProductFactory(title="Halden Mug, Grey", category=mugs, is_family_chosen=True)
    blue, green = (ProductFactory(title=f"Halden Mug, {colour}", category=mugs) for colour in ("Blue", "Green"))
    suggest_families()
    stored = {each.pk: each.family for each in Product.objects.all()}
    assert (stored[chosen.pk], stored[none.pk]) == ("mine", "")
    assert stored[blue.pk] == stored[green.pk] == "halden-mug-mugs"
    Product.objects.filter(pk=green.pk).update(title="Moss Bowl")
    assert suggest_families() == 2
    assert set(Product.objects.values_list("family", flat=True)) == {"mine", ""}


def test_a_family_that_staff_enter_or_clear_is_chosen(client: Client, django_user_model: Any, mugs: Category) -> None:
    client.force_login(django_user_model.objects.create_superuser(email="alice@example.com", password="correct horse"))
    mug = ProductFactory(title="Mug", category=mugs, family="suggested")
    address = f"/admin/catalog/product/{mug.pk}/change/"
    assert "Products that differ in one thing" in client.get(address).content.decode()
    assert client.post(address, form(mug, family="suggested")).status_code == 302
    assert not Product.objects.get().is_family_chosen
    assert client.post(address, form(mug, family="")).status_code == 302
    mug = Product.objects.get()
    assert (mug.family, mug.is_family_chosen) == ("", True)


def swatches(products: Any) -> list[tuple[str, bool, bool]]:
    product = products.get(slug="halden-mug-blue")
    return [(each.label, each.is_current, each.is_in_stock) for each in product.swatches]


def test_swatches_are_the_visible_members_and_what_tells_them_apart(mugs: Category) -> None:
    later = {"status": "scheduled", "publish_at": timezone.now() + timedelta(days=1)}
    for colour, fields in (("Blue", {}), ("Black", {"stock": 0}), ("Red", {"status": "draft"}), ("Grey", later)):
        ProductFactory(title=f"Halden Mug, {colour}", category=mugs, family="halden", **fields)
    ProductFactory(title="Stranger", category=mugs)
    assert swatches(Product.objects.for_cards()) == [("Blue", True, True), ("Black", False, False)]
    assert swatches(Product.objects.for_page()) == [("Blue", True, True), ("Black", False, False)]
    assert Product.objects.for_cards().get(slug="stranger").swatches == []
    assert Product.objects.get(slug="halden-mug-blue").swatches == []  # not loaded
    Product.objects.filter(status="scheduled").update(publish_at=timezone.now() - timedelta(days=1))
    assert len(swatches(Product.objects.for_cards())) == 3


def test_a_product_alone_in_its_family_has_no_swatches(client: Client) -> None:
    ProductFactory(title="Mug", family="alone")
    assert 'class="swatches' not in client.get("/products/mug/").content.decode()


def test_cards_and_product_page_link_the_members(client: Client, mugs: Category) -> None:
    for colour in ("Blue", "Red"):
        product = ProductFactory(title=f"Halden Mug, {colour}", category=mugs, family="halden", stock=colour == "Blue")
        make_renditions(ImageFactory(product=product))
    for address in ("/products/", "/products/halden-mug-blue/"):
        page = client.get(address).content.decode()
        part = page.partition('class="swatches')[2].partition("</ul>")[0]
        assert 'href="/products/halden-mug-red/"' in part
        assert part.count('aria-current="true"') == 1
        assert part.count("Sold out") == 1
    ProductImage.objects.all().delete()
    assert ">Red</span>" in client.get("/products/").content.decode()


def test_a_changed_member_changes_the_swatches_of_the_others(client: Client, mugs: Category) -> None:
    for colour in ("Blue", "Red"):
        ProductFactory(title=f"Halden Mug, {colour}", category=mugs, family="halden")
    assert "Sold out" not in client.get("/products/halden-mug-blue/").content.decode()
    Product.objects.get(slug="halden-mug-red").variants.update(on_hand=0)
    assert "Sold out" in client.get("/products/halden-mug-blue/").content.decode()


@pytest.mark.parametrize("number", [2, 30])
def test_swatches_cost_no_query(mugs: Category, django_assert_num_queries: Callable[..., Any], number: int) -> None:
    for index in range(number):
        ProductFactory(title=f"Mug, {index}", category=mugs, family=f"mug-{index // 10}")
    with django_assert_num_queries(2):
        assert all(product.swatches for product in Product.objects.for_cards())


def test_swatches_use_the_index_of_families(mugs: Category) -> None:
    Product.objects.bulk_create(
        Product(title=f"Mug {index}", slug=f"mug-{index}", category=mugs, status="published",
                family=f"family-{index // 3}" if index < 1_000 else "")
        for index in range(3_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")
    cards = Product.objects.visible(timezone.now()).for_cards().order_by("-created_at", "-pk")[:24]
    assert "product_family" in cards.explain()


def test_api_lists_the_versions_of_a_product(client: Client, mugs: Category) -> None:
    for colour in ("Blue", "Red"):
        ProductFactory(title=f"Halden Mug, {colour}", category=mugs, family="halden")
    versions = client.get("/api/v1/products/halden-mug-blue/").json()["versions"]
    assert [(each["label"], each["is_current"], each["in_stock"]) for each in versions] == [
        ("Blue", True, True), ("Red", False, True),
    ]  # fmt: skip
    assert versions[1]["url"].endswith("/products/halden-mug-red/")

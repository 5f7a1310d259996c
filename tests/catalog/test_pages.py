"""Pages of the catalogue: contents, filters and query counts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.models import Product, ProductImage
from catalog.search import refresh_keywords, understand
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from visualsearch.tasks import embed_images

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10


def titles(response: Any) -> list[str]:
    return [product.title for product in response.context["page"]]


def fill(number: int) -> None:
    """Products with pictures, attributes and variants in a tree of three levels."""
    top = CategoryFactory(name="Kitchen", slug="kitchen")
    middle = CategoryFactory(name="Cups", slug="cups", parent=top)
    leaf = CategoryFactory(name="Mugs", slug="mugs", parent=middle)
    for index in range(number):
        product = ProductFactory(
            title=f"Mug {index}", category=leaf, price=f"{index + 1}.00", regular_price="90.00",
            attributes={"colour": ["Blue", "Red"][index % 2], "material": f"Clay {index % 3}"},
        )  # fmt: skip
        ImageFactory(product=product)
    refresh_keywords(Product.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("number", [3, 30])
@pytest.mark.parametrize(
    "address",
    ["/", "/products/", "/products/?category=cups&colour=blue&material=clay-0", "/products/mug-0/", "/search/?q=mug"],
)
def test_pages_need_few_queries_for_any_number_of_products(
    client: Client, django_assert_max_num_queries: Callable[..., Any], address: str, number: int
) -> None:
    fill(number)
    embed_images(list(ProductImage.objects.values_list("pk", flat=True)))  # product pages show similar products
    understand("mug")  # names, synonyms and vocabulary stay in memory
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(address)
    assert response.status_code == 200
    assert "Mug " in response.content.decode()


def test_home_shows_new_and_reduced_products_and_top_categories(client: Client) -> None:
    fill(3)
    empty = CategoryFactory(name="Tools")
    ProductFactory(title="Draft", status=Product.Status.DRAFT)
    context = client.get("/").context
    assert [product.title for product in context["newest"]] == ["Mug 2", "Mug 1", "Mug 0"]
    assert len(context["reduced"]) == 3
    samples = {category.name: category.sample_product for category in context["categories"]}
    assert samples["Kitchen"].title == "Mug 2"
    assert samples[empty.name] is None


def test_home_shows_best_selling_products(client: Client) -> None:
    ProductFactory(title="Some", sold_count=2)
    ProductFactory(title="None")
    ProductFactory(title="Many", sold_count=30)
    ProductFactory(title="Hidden", sold_count=90, status=Product.Status.DRAFT)
    response = client.get("/")
    assert [product.title for product in response.context["popular"]] == ["Many", "Some"]
    assert "Best sellers" in response.content.decode()
    Product.objects.update(sold_count=0)
    assert "Best sellers" not in client.get("/").content.decode()


def test_list_hides_drafts_and_scheduled_products(client: Client) -> None:
    ProductFactory(title="Shown")
    ProductFactory(title="Draft", status=Product.Status.DRAFT)
    now = timezone.now()
    ProductFactory(title="Later", status=Product.Status.SCHEDULED, publish_at=now + timedelta(hours=1))
    ProductFactory(title="Since", status=Product.Status.SCHEDULED, publish_at=now - timedelta(hours=1))
    assert titles(client.get("/products/")) == ["Since", "Shown"]
    assert client.get("/products/draft/").status_code == 404
    assert client.get("/products/later/").status_code == 404
    assert client.get("/products/since/").status_code == 200


def test_category_list_includes_subcategories(client: Client) -> None:
    fill(2)
    ProductFactory(title="Hammer", category=CategoryFactory(name="Tools"))
    response = client.get("/products/?category=kitchen")
    assert titles(response) == ["Mug 1", "Mug 0"]
    assert [each.name for each in response.context["breadcrumbs"]] == ["Kitchen"]
    assert [(each.name, each.product_count) for each in response.context["subcategories"]] == [("Cups", 2)]
    assert [each.name for each in client.get("/products/?category=mugs").context["breadcrumbs"]] == [
        "Kitchen",
        "Cups",
        "Mugs",
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("min_price=2&max_price=3", ["B", "C"]),
        ("min_price=20", ["D"]),
        ("in_stock=true", ["A", "B", "C"]),
        ("colour=blue", ["A", "C"]),
        ("colour=blue&colour=red", ["A", "B", "C"]),
        ("colour=blue&size=large", ["C"]),
        ("sort=price", ["A", "B", "C", "D"]),
        ("sort=-price", ["D", "C", "B", "A"]),
        ("sort=title", ["A", "B", "C", "D"]),
        ("sort=newest", ["D", "C", "B", "A"]),
        ("sort=popular", ["B", "D", "C", "A"]),
        ("utm_source=mail", ["D", "C", "B", "A"]),
    ],
)
def test_list_filters_and_sorts(client: Client, filters: str, expected: list[str]) -> None:
    ProductFactory(title="A", price="1.00", attributes={"colour": "Blue", "size": "Small"})
    ProductFactory(title="B", price="2.00", sold_count=5, attributes={"colour": "Red", "size": "Large"})
    ProductFactory(title="C", price="3.00", attributes={"colour": "Blue", "size": "Large"})
    ProductFactory(title="D", price="20.00", stock=0)
    found = titles(client.get(f"/products/?{filters}"))
    assert (found if "sort" in filters or "utm" in filters else sorted(found)) == expected


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ("min_price=9&max_price=3", "The minimum price is higher than the maximum price."),
        ("category=nowhere", "The category “nowhere” does not exist."),
        ("colour=mauve", "mauve is not one of the available choices"),
        ("min_price=cheap", "Enter a number."),
        ("min_price=-1", "greater than or equal to 0"),
        ("max_price=NaN", "Enter a number."),
        ("max_price=1e99", "no more than"),
        ("in_stock=perhaps", "Enter “true” or leave this out."),
        ("sort=random", "random is not one of the available choices"),
    ],
)
def test_list_rejects_invalid_filters(client: Client, filters: str, sentence: str) -> None:
    ProductFactory(attributes={"colour": "Blue"})
    response = client.get(f"/products/?{filters}")
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_facet_counts_respect_other_filters(client: Client) -> None:
    ProductFactory(attributes={"colour": "Blue", "size": "Small"})
    ProductFactory(attributes={"colour": "Red", "size": "Large"})
    ProductFactory(attributes={"colour": "Blue", "size": "Large"})
    facets = client.get("/products/?colour=blue").context["facets"]
    counts = {(facet.slug, value.slug): (value.count, value.chosen) for facet in facets for value in facet.values}
    assert counts == {
        ("colour", "blue"): (2, True),
        ("colour", "red"): (1, False),
        ("size", "small"): (1, False),
        ("size", "large"): (1, False),
    }


def test_facets_keep_a_chosen_value_without_results(client: Client) -> None:
    ProductFactory(attributes={"colour": "Blue", "size": "Small"})
    ProductFactory(attributes={"colour": "Red", "size": "Large"})
    response = client.get("/products/?colour=blue&size=large")
    counts = {value.slug: value.count for facet in response.context["facets"] for value in facet.values}
    assert titles(response) == []
    assert counts == {"blue": 0, "red": 1, "small": 1, "large": 0}


def test_list_is_paginated(client: Client) -> None:
    category = CategoryFactory()
    for number in range(25):
        ProductFactory(title=f"Thing {number}", category=category)
    response = client.get(f"/products/?category={category.slug}&page=2")
    assert titles(response) == ["Thing 0"]
    assert response.context["result_count"] == 25
    assert response.context["query_without_page"] == f"category={category.slug}"
    assert titles(client.get("/products/?page=99999999999999999999")) == ["Thing 0"]


def test_staff_can_preview_drafts(client: Client, django_user_model: Any) -> None:
    ProductFactory(title="Draft", status=Product.Status.DRAFT)
    alice, bob, mallory = (
        django_user_model.objects.create_user(f"{name}@example.com", "correct horse", is_staff=name != "mallory")
        for name in ("alice", "bob", "mallory")
    )
    alice.user_permissions.add(Permission.objects.get(codename="view_product"))
    for person, status in ((mallory, 404), (bob, 404), (alice, 200)):
        client.force_login(person)
        assert client.get("/products/draft/").status_code == status


def test_pages_reject_post_requests(client: Client) -> None:
    assert client.post("/products/").status_code == 405


@pytest.mark.parametrize(("stock", "note", "is_said"), [(3, "Sent on Mondays.", True), (0, "Sent on Mondays.", False)])
def test_product_page_shows_the_dispatch_time(
    client: Client, settings: Any, stock: int, note: str, is_said: bool
) -> None:
    settings.DELIVERY_NOTE = note
    page = client.get(f"/products/{ProductFactory(stock=stock).slug}/").content.decode()
    assert (note in page) == is_said

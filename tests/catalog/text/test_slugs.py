"""Slugs of any script."""

import re
import unicodedata
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.feed.importer import import_catalog
from catalog.models import Attribute, AttributeValue, Category, Product
from catalog.text.slugs import make_slug, validate_slug
from tests.factories import CategoryFactory, ProductFactory


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Oak Table", "oak-table"), ("Küche", "kuche"), ("Große Öfen", "grosse-ofen"),
        ("Baker's Board", "bakers-board"),
        ("Salt/Pepper 1.5 l", "salt-pepper-1-5-l"), ("陶器 茶碗", "陶器-茶碗"), ("синий чай", "синий-чай"),
        ("पानी", "पानी"),
        ("แก้วน้ำ", unicodedata.normalize("NFKC", "แก้วน้ำ")), ("蓝 Mug", "蓝-mug"), ("★★★", "x"), ("", "x"), ("—", "x"),
    ],
)  # fmt: skip
def test_make_slug_keeps_letters_of_every_script(name: str, slug: str) -> None:
    assert make_slug(name) == slug


@given(st.text(max_size=60))
def test_make_slug_returns_a_valid_slug_for_any_name(name: str) -> None:
    slug = make_slug(name)
    validate_slug(slug)
    assert slug == unicodedata.normalize("NFC", slug)


@pytest.mark.parametrize("slug", ["", " ", "a b", "a/b", "a?b", "a.b", "\u0301", "a\0", "★"])
def test_invalid_slugs_are_rejected(slug: str) -> None:
    with pytest.raises(ValidationError):
        validate_slug(slug)


FEED = (
    "product,title,category,sku,price,status,attribute:材料\n"
    "急須,急須,茶器 > 湯呑,UNI-1,10,published,陶器\n"
    "cafe\u0301,Café,茶器,UNI-2,10,published,Стекло\n"
)


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, db: None) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(FEED)
    for _ in range(2):
        import_catalog(feed, None, timezone.now(), lambda line, reason: pytest.fail(f"{line}: {reason}"))


@pytest.mark.usefixtures("shop")
def test_feed_accepts_slugs_of_every_script() -> None:
    assert list(Product.objects.order_by("pk").values_list("slug", flat=True)) == ["急須", "café"]
    assert list(Category.objects.order_by("path").values_list("slug", flat=True)) == ["茶器", "湯呑"]
    assert Attribute.objects.get().slug == "材料"
    assert set(AttributeValue.objects.values_list("slug", flat=True)) == {"陶器", "стекло"}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_pages_and_api_find_slugs_of_every_script(client: Any, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    for slug in ("急須", "café"):
        path = f"/products/{quote(unicodedata.normalize(form, slug))}/"
        page = client.get(path)
        assert page.status_code == 200
        canonical = f"http://testserver/products/{quote(slug)}/"
        assert re.search(rf'<link rel="canonical"\s+href="{canonical}">', page.content.decode())
        assert client.get(f"/api/v1{path}").json()["slug"] == slug
        for call in ("similar/", "reviews/"):
            assert client.get(f"/api/v1{path}{call}").status_code == 200
        assert client.get(f"{path}reviews/").status_code == 200
    page = client.get("/products/", {"category": unicodedata.normalize(form, "茶器"), "材料": "陶器"})
    assert [product.title for product in page.context["page"]] == ["急須"]
    assert f"?category={quote('茶器')}" in page.content.decode()
    assert client.get("/api/v1/categories/" + quote("湯呑") + "/").json()["parent"] == "茶器"
    sitemap = client.get("/sitemap-products.xml").content.decode()
    assert f"/products/{quote('急須')}/</loc>" in sitemap
    assert f"?category={quote('茶器')}</loc>" in client.get("/sitemap-categories.xml").content.decode()


@pytest.mark.usefixtures("shop")
def test_saving_in_the_admin_keeps_slugs(admin_client: Any) -> None:
    Product.objects.get(slug="急須").full_clean()
    for row in (Category.objects.get(slug="湯呑"), Attribute.objects.get()):
        address = f"/admin/catalog/{row._meta.model_name}/{row.pk}/change/"
        response = admin_client.get(address)
        data = form_data(response.context)
        response = admin_client.post(address, data)
        assert response.status_code == 302, response.context["errors"]


@pytest.mark.django_db
def test_row_without_a_slug_gets_a_free_one(admin_client: Any) -> None:
    for _ in range(2):
        Attribute.objects.create(name="★")
    Attribute.objects.create(name="Sort")  # “sort” is a reserved parameter
    assert list(Attribute.objects.order_by("pk").values_list("slug", flat=True)) == ["x", "x-2", "sort-2"]
    address = "/admin/catalog/category/add/"
    data = form_data(admin_client.get(address).context) | {"name": "茶壶", "slug": ""}
    assert admin_client.post(address, data).status_code == 302
    assert Category.objects.get().slug == "茶壶"


@pytest.mark.django_db
def test_invalid_slugs_are_not_found(client: Any) -> None:
    ProductFactory(title="Mug", category=CategoryFactory())
    for slug in ("a b", "a%00b", "%F0%9F%AB%96", "%CC%81", "%ff"):
        assert client.get(f"/products/{slug}/").status_code in (400, 404), slug
        assert client.get(f"/api/v1/products/{slug}/").status_code in (400, 404), slug


def form_data(context: Any) -> dict[str, Any]:
    """Return what a browser submits for the unchanged admin form."""
    data: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context.get("inline_admin_formsets", ()):
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None and hasattr(bound.field, "choices"):
                value = next(iter(bound.field.choices))[0]
            if value is not None and value is not False:
                data[bound.html_name] = bound.field.prepare_value(value) if value != "" else ""
                if bound.field.show_hidden_initial:
                    data[bound.html_initial_name] = data[bound.html_name]
    return data

"""The admin of the catalogue."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog.models import Attribute, Category, Product, ProductImage
from catalog.pictures.services import make_renditions
from tests.catalog.pictures.test_services import with_secrets
from tests.conftest import picture
from tests.factories import CategoryFactory, ImageFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client, django_user_model: Any) -> Client:
    """Log in Alice, the owner."""
    client.force_login(django_user_model.objects.create_superuser(email="alice@example.com", password="correct horse"))
    return client


def form(product: Product, **more: Any) -> dict[str, Any]:
    """Return the form data of an unchanged product, with an empty picture row."""
    variant = product.variants.get()
    return {
        "title": product.title, "slug": product.slug, "brand": "", "category": product.category_id, "description": "",
        "status": product.status, "tax_class": "reduced", "publish_at_0": "", "publish_at_1": "",
        "variants-TOTAL_FORMS": 1, "variants-INITIAL_FORMS": 1, "variants-0-id": variant.pk,
        "variants-0-product": product.pk, "variants-0-sku": variant.sku, "variants-0-options": "{}",
        "variants-0-price_amount": "10.00", "variants-0-compare_at_amount": "", "variants-0-on_hand": 5,
        "variants-0-position": 0,
        "images-TOTAL_FORMS": 1, "images-INITIAL_FORMS": 0, "images-0-id": "", "images-0-product": product.pk,
        "images-0-alt": "", "images-0-position": 0, **more,
    }  # fmt: skip


@pytest.mark.parametrize("number", [3, 30])
def test_list_needs_few_queries_for_any_number_of_products(
    alice: Client, django_assert_max_num_queries: Callable[..., Any], number: int
) -> None:
    category = CategoryFactory(parent=CategoryFactory())
    for _index in range(number):
        make_renditions(ImageFactory(product=ProductFactory(category=category)))
    with django_assert_max_num_queries(10):
        response = alice.get("/admin/catalog/product/")
    assert response.content.decode().count('width="60"') == number


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=MUG-1", ["Mug"]),
        ("q=mug1", ["Mug"]),
        ("q=tea", ["Teapot"]),
        ("q=nothing", []),
        ("category=kitchen", ["Mug"]),
        ("status__exact=draft", ["Teapot"]),
        ("is_in_stock__exact=0", ["Teapot"]),
        ("q=mug&category=kitchen&status__exact=published", ["Mug"]),
    ],
)
def test_list_can_be_searched_and_filtered(alice: Client, query: str, expected: list[str]) -> None:
    mugs = CategoryFactory(name="Mugs", parent=CategoryFactory(name="Kitchen"))
    ProductFactory(title="Mug", sku="MUG-1", category=mugs)
    ProductFactory(title="Teapot", stock=0, status=Product.Status.DRAFT)
    found = alice.get(f"/admin/catalog/product/?{query}").context["cl"].result_list
    assert [product.title for product in found] == expected


def test_actions_publish_and_unpublish(alice: Client) -> None:
    draft = ProductFactory(status=Product.Status.DRAFT)
    later = ProductFactory(status=Product.Status.SCHEDULED, publish_at=timezone.now())
    selected = {"_selected_action": [draft.pk, later.pk]}
    response = alice.post("/admin/catalog/product/", {"action": "publish", **selected}, follow=True)
    assert "2 products were published." in response.content.decode()
    assert Product.objects.filter(status="published", publish_at=None).count() == 2
    alice.post("/admin/catalog/product/", {"action": "unpublish", "_selected_action": [draft.pk]})
    assert list(Product.objects.filter(status="draft")) == [draft]


def test_upload_is_stored_without_metadata_under_its_hash(alice: Client) -> None:
    product = ProductFactory()
    upload = SimpleUploadedFile("../../evil.html", with_secrets("JPEG", orientation=6), "text/html")
    response = alice.post(f"/admin/catalog/product/{product.pk}/change/", form(product, **{"images-0-file": upload}))
    assert response.status_code == 302, response.context["errors"]
    image = product.images.get()
    assert image.file.name == f"products/{image.sha256[:2]}/{image.sha256}.jpg"
    assert (image.width, image.height) == (32, 64)
    assert b"SECRET" not in image.file.read()


@pytest.mark.parametrize("data", [b"not a picture", picture()[:300], picture(2, 2), picture() + bytes(21 * 2**20)])
def test_invalid_upload_is_an_error_of_the_field(alice: Client, data: bytes) -> None:
    product = ProductFactory()
    upload = SimpleUploadedFile("mug.jpg", data, "image/jpeg")
    response = alice.post(f"/admin/catalog/product/{product.pk}/change/", form(product, **{"images-0-file": upload}))
    assert response.status_code == 200
    assert "file" in response.context["inline_admin_formsets"][1].forms[0].errors
    assert not product.images.exists()


def test_upload_replaces_a_picture_and_its_renditions(alice: Client) -> None:
    image = ImageFactory()
    make_renditions(image)
    upload = SimpleUploadedFile("new.jpg", picture(90, 60), "image/jpeg")
    address = f"/admin/catalog/productimage/{image.pk}/change/"
    assert alice.post(address, {"file": upload, "alt": "New", "position": 0}).status_code == 302
    new = ProductImage.objects.get()
    assert (new.alt, new.width, new.rendition_widths, new.rendition_attempts) == ("New", 90, [], 0)
    assert new.sha256 != image.sha256
    assert alice.post(address, {"alt": "Newer", "position": 1}).status_code == 302  # without a new file
    assert (ProductImage.objects.get().alt, ProductImage.objects.get().sha256) == ("Newer", new.sha256)


def test_action_retries_failed_renditions(alice: Client) -> None:
    image = ImageFactory()
    ProductImage.objects.update(rendition_attempts=3, rendition_error="OSError: disk full")
    selected = {"action": "retry", "_selected_action": [image.pk]}
    response = alice.post("/admin/catalog/productimage/", selected, follow=True)
    assert "1 picture will be retried." in response.content.decode()
    assert ProductImage.objects.without_renditions(3).count() == 1


def test_saving_a_product_indexes_its_attributes(alice: Client) -> None:
    product = ProductFactory(attributes={"colour": "Blue"})
    values = [value.pk for value in product.attribute_values.all()]
    other = ProductFactory()
    alice.post(f"/admin/catalog/product/{other.pk}/change/", form(other, attribute_values=values))
    other.refresh_from_db()
    assert other.keywords.splitlines()[0].endswith("Blue")
    assert other.tax_class == "reduced"


def test_moving_a_category_reindexes_its_products(alice: Client) -> None:
    product = ProductFactory(category=CategoryFactory(name="Mugs"))
    kitchen = CategoryFactory(name="Kitchen")
    moved = {"node": product.category_id, "target": kitchen.pk, "relation": "child"}
    assert alice.post("/admin/catalog/category/move/", moved).status_code == 200
    product.refresh_from_db()
    assert product.keywords.splitlines()[0] == "Kitchen Mugs"
    data = {"name": "Cups", "slug": "mugs", "treebeard_position": "sorted-child", "treebeard_ref_node": ""}
    assert alice.post(f"/admin/catalog/category/{product.category_id}/change/", data).status_code == 302
    product.refresh_from_db()
    assert product.keywords.splitlines()[0] == "Cups"
    assert Category.objects.get(slug="mugs").depth == 1


def test_attribute_slug_must_not_be_reserved(alice: Client) -> None:
    data = {
        "name": "Sort", "slug": "sort", "position": 0, "values-TOTAL_FORMS": 0, "values-INITIAL_FORMS": 0,
    }  # fmt: skip
    response = alice.post("/admin/catalog/attribute/add/", data)
    assert "is reserved" in response.content.decode()
    assert not Attribute.objects.exists()


@pytest.mark.parametrize(
    "path", ["product", "product/add", "category", "category/add", "attribute", "attribute/add", "productimage"]
)
def test_admin_pages_are_for_staff_only(client: Client, django_user_model: Any, path: str) -> None:
    ImageFactory()
    mallory = django_user_model.objects.create_user(email="mallory@example.com", password="correct horse")
    client.force_login(mallory)
    assert client.get(f"/admin/catalog/{path}/").status_code == 302
    alice = django_user_model.objects.create_superuser(email="alice@example.com", password="correct horse")
    client.force_login(alice)
    assert client.get(f"/admin/catalog/{path}/").status_code == 200

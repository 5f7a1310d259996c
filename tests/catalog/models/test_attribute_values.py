"""Attribute values are identified by their exact text."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from catalog.feed.exporter import export_catalog
from catalog.feed.importer import Report, import_catalog
from catalog.models import Attribute, AttributeValue, Category, Product
from tests.catalog.test_admin import form
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
HEADER = "product,title,category,sku,price,status,attribute:grade"
ALIKE = [
    "A", "A+", "A++", "A+++", "a", "15 l", "1.5 l", "1,5 l", "½ l", "12 l", "1/2 l", "★", "★★", "☆", ">10", "<10",
    "10", "10%", "-5", "5", "C", "C++", "C#", "m²", "m2", "Å", "A\u200c", "=1+1", "'=1+1", "日本", "本日",
]  # fmt: skip


def load(file: Path, rows: list[str], header: str = HEADER) -> tuple[Report, list[str]]:
    file.write_text("\n".join([header, *rows]), newline="")
    problems: list[str] = []
    report = import_catalog(file, None, timezone.now(), lambda _line, reason: problems.append(reason))
    return report, problems


def test_values_that_differ_in_symbols_survive_import_and_export(tmp_path: Path) -> None:
    rows = [f'p-{i},P,Test,P-{i},5,published,"{value}"' for i, value in enumerate(ALIKE)]
    report, problems = load(tmp_path / "in.csv", rows)
    assert (report.created, problems) == (len(ALIKE), [])
    stored = dict(Product.objects.values_list("slug", "attribute_values__value"))
    expected = {f"p-{i}": value.replace("\u200c", "") for i, value in enumerate(ALIKE)}
    expected["p-28"] = "=1+1"  # the escaping apostrophe is removed
    assert stored == expected
    slugs = list(AttributeValue.objects.values_list("slug", flat=True))
    assert len(slugs) == len(set(slugs)) == len(set(expected.values()))
    with (tmp_path / "out.csv").open("w", newline="") as file:
        export_catalog(file)
    again, problems = Report(), []
    again = import_catalog(tmp_path / "out.csv", None, timezone.now(), lambda *problem: problems.append(str(problem)))
    assert (again, problems) == (Report(unchanged=len(ALIKE)), [])


def test_filter_finds_exactly_the_chosen_value(client: Client, tmp_path: Path) -> None:
    load(tmp_path / "in.csv", ["p-1,One,Test,P-1,5,published,A", "p-2,Two,Test,P-2,5,published,A+"])
    for text, title in [("A", "One"), ("A+", "Two")]:
        slug = AttributeValue.objects.get(value=text).slug
        found = client.get("/api/v1/products/", {"grade": slug}).json()
        assert [each["title"] for each in found["results"]] == [title]


def test_categories_that_differ_in_symbols_stay_separate(tmp_path: Path) -> None:
    names = ["C", "C++", "C#", "★", "★★"]
    rows = [f"p-{i},P,Code > {name},P-{i},5,draft," for i, name in enumerate(names)]
    assert load(tmp_path / "in.csv", rows)[1] == []
    assert list(Product.objects.order_by("slug").values_list("category__name", flat=True)) == names
    assert Category.objects.count() == len(names) + 1


def test_database_rejects_a_duplicate_value() -> None:
    energy = Attribute.objects.create(name="Energy", slug="energy")
    AttributeValue.objects.create(attribute=energy, value="Küche", slug="kueche")
    with pytest.raises(IntegrityError, match="attribute_value_named_once"):
        AttributeValue.objects.create(attribute=energy, value="Ku\u0308che\u200b", slug="kueche-2")


@pytest.mark.parametrize("name", ["network", "vector", "sort", "photo"])
def test_feed_prefixes_an_attribute_with_a_reserved_slug(client: Client, tmp_path: Path, name: str) -> None:
    header = HEADER.replace("grade", name)
    report, problems = load(tmp_path / "in.csv", ["p,Phone,Test,P,5,published,5G"], header)
    assert (report.created, problems) == (1, [])
    attribute = Attribute.objects.get()
    assert (attribute.slug, attribute.name) == (f"attribute-{name}", name.capitalize())
    assert load(tmp_path / "in.csv", ["p,Phone,Test,P,5,published,5G"], header)[0] == Report(unchanged=1)
    found = client.get("/api/v1/products/", {f"attribute-{name}": "5g"}).json()
    assert [each["title"] for each in found["results"]] == ["Phone"]


def test_attribute_with_a_reserved_slug_breaks_no_page(client: Client) -> None:
    product = ProductFactory(attributes={"network": "5G"})  # created before the slug was reserved
    for address in ("/products/?network=abc", "/api/v1/products/?network=abc", product.get_absolute_url()):
        assert client.get(address).status_code == 200


def test_staff_cannot_use_a_reserved_slug(admin_client: Client) -> None:
    rows = {"values-TOTAL_FORMS": 0, "values-INITIAL_FORMS": 0}
    answer = admin_client.post(
        "/admin/catalog/attribute/add/", {"name": "Network", "slug": "network", "position": 0, **rows}
    )
    assert "Choose another slug, such as “attribute-network”." in answer.content.decode()
    assert not Attribute.objects.exists()


def test_migration_cleans_rows_and_merges_duplicates() -> None:
    migration = importlib.import_module("catalog.migrations.0010_clean_text")
    first, second = (ProductFactory(attributes={"network": f"Grade {number}"}) for number in range(2))
    attribute = Attribute.objects.get()
    ProductFactory(sku="S-1")
    third = ProductFactory(sku="S-1x")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # needed to alter tables in an open transaction
        cursor.execute("ALTER TABLE catalog_variant DROP CONSTRAINT variant_options_are_texts")
        cursor.execute("DROP INDEX attribute_value_named_once")
        cursor.execute("UPDATE catalog_attributevalue SET value = 'Gru' || chr(776) || 'n'")
        cursor.execute("UPDATE catalog_category SET name = name || chr(8203), description = chr(65279) || 'x'")
        cursor.execute(
            "UPDATE catalog_variant SET sku = 'S-1' || chr(8203), options = '[\"large\", 5]' WHERE sku = 'S-1x'"
        )
    for operation in migration.Migration.operations:
        operation.code(apps, None)
    attribute.refresh_from_db()
    assert (attribute.slug, attribute.name) == ("attribute-network", "Network")
    assert [value.value for value in AttributeValue.objects.all()] == ["Grün"]
    assert {first, second} == set(Product.objects.filter(attribute_values__value="Grün"))
    assert {(each.name[-1].isdigit(), each.description) for each in Category.objects.all()} == {(True, "x")}
    assert (third.variants.get().sku, third.variants.get().options) == ("S-1-2", {"option": "large, 5"})


def test_staff_can_add_values_that_differ_in_symbols_without_slugs(admin_client: Client) -> None:
    energy = Attribute.objects.create(name="Energy", slug="energy")
    AttributeValue.objects.create(attribute=energy, value="A", slug="a")
    typed = {"values-TOTAL_FORMS": 3, "values-INITIAL_FORMS": 0, "name": "Energy", "slug": "energy", "position": 0}
    for number, value in enumerate(["A+", "A++", "★"]):
        typed |= {
            f"values-{number}-value": value,
            f"values-{number}-slug": "",
            f"values-{number}-attribute": energy.pk,
        }
    assert admin_client.post(f"/admin/catalog/attribute/{energy.pk}/change/", typed).status_code == 302
    slugs = dict(energy.values.values_list("value", "slug"))
    assert slugs == {"A": "a", "A+": "a-2", "A++": "a-3", "★": "x"}


@pytest.mark.parametrize(
    ("value", "slug", "message"),
    [
        ("A\u200b", "other", "The attribute already has this value."),
        ("A+", "a", "with this Attribute and Slug already"),
    ],
)
def test_staff_cannot_add_a_value_twice(admin_client: Client, value: str, slug: str, message: str) -> None:
    energy = Attribute.objects.create(name="Energy", slug="energy")
    AttributeValue.objects.create(attribute=energy, value="A", slug="a")
    typed = {"values-TOTAL_FORMS": 1, "values-INITIAL_FORMS": 0, "name": "Energy", "slug": "energy", "position": 0}
    typed |= {"values-0-value": value, "values-0-slug": slug, "values-0-attribute": energy.pk}
    answer = admin_client.post(f"/admin/catalog/attribute/{energy.pk}/change/", typed)
    assert message in answer.content.decode()
    assert energy.values.count() == 1


def test_staff_cannot_add_a_sku_that_looks_the_same(admin_client: Client) -> None:
    mug = ProductFactory(sku="S-1")
    new: dict[str, Any] = {"variants-TOTAL_FORMS": 3}
    for number, sku in ((1, "S-2"), (2, "S\u00ad-2\u200b")):
        row = f"variants-{number}"
        new |= {f"{row}-product": mug.pk, f"{row}-sku": sku, f"{row}-options": "", f"{row}-price_amount": "5"}
        new |= {f"{row}-on_hand": 1, f"{row}-position": 0}
    address = f"/admin/catalog/product/{mug.pk}/change/"
    assert (
        "Please correct the duplicate data for sku." in admin_client.post(address, form(mug, **new)).content.decode()
    )
    other = ProductFactory(sku="S-9")
    twin = {"variants-0-sku": "\ufeffS-1"}
    answer = admin_client.post(f"/admin/catalog/product/{other.pk}/change/", form(other, **twin))
    assert "Variant with this SKU already exists." in answer.content.decode()


def test_names_entered_by_staff_are_normalised(admin_client: Client) -> None:
    mug = ProductFactory()
    typed = {"title": "Ku\u0308che\u200b \xa0 blau", "brand": "\u202eBrand\u202c", "description": "a\r\nb\ufeff"}
    assert admin_client.post(f"/admin/catalog/product/{mug.pk}/change/", form(mug, **typed)).status_code == 302
    mug.refresh_from_db()
    assert (mug.title, mug.brand, mug.description) == ("Küche blau", "Brand", "a\nb")
    answer = admin_client.post(f"/admin/catalog/product/{mug.pk}/change/", form(mug, title="\u200b"))
    assert answer.context["adminform"].form.errors["title"] == ["This field is required."]


@pytest.mark.parametrize(
    ("name", "position", "beside", "status"),
    [
        ("Mugs", "sorted-child", "Kitchen", 200),
        ("Mu\u200bgs\xa0", "sorted-sibling", "Mugs", 200),
        ("Kitchen", "sorted-child", "", 200),
        ("Mugs", "sorted-child", "", 302),
        ("Mugs+", "sorted-child", "Kitchen", 302),
    ],
)
def test_staff_cannot_create_sibling_categories_with_one_name(
    admin_client: Client, name: str, position: str, beside: str, status: int
) -> None:
    CategoryFactory(name="Mugs", parent=CategoryFactory(name="Kitchen"))
    place = {"treebeard_position": position, "treebeard_ref_node": ""}
    if beside:
        place["treebeard_ref_node"] = Category.objects.get(name=beside).pk
    answer = admin_client.post("/admin/catalog/category/add/", {"name": name, "slug": "new", **place})
    assert answer.status_code == status
    assert Category.objects.count() == (3 if status == 302 else 2)

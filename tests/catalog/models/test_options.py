"""Validation of variant options in forms, models and the database."""

import io
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from catalog.feed.exporter import export_catalog
from catalog.models import Variant
from catalog.models.options import clean_options
from tests.catalog.test_admin import form
from tests.factories import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db
NO_OPTIONS: list[Any] = [
    ["large"], "large", 5, [], True, None, {"size": None}, {"size": True}, {"size": ["large"]}, {"size": {"eu": "42"}},
    {"size": ""}, {"": "large"}, {"size": "\u200b"}, {"size": "a", "size\u200b": "b"}, {"size": "x" * 201},
    {"s" * 61: "x"}, {f"o{number}": "x" for number in range(51)},
]  # fmt: skip


@pytest.mark.parametrize("typed", NO_OPTIONS, ids=lambda typed: repr(typed)[:30])
def test_options_must_be_an_object_of_strings(admin_client: Client, typed: Any) -> None:
    refused_at_the_field(admin_client, json.dumps(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "{",
        "large",
        "NaN",
        '{"size": NaN}',
        '{"size": "a", "size": "b"}',
        "[" * 100_000,
        '{"size": ' + "9" * 5_000 + "}",
    ],
    ids=lambda typed: typed[:30],
)
def test_malformed_options_are_an_error_of_the_field(admin_client: Client, typed: str) -> None:
    refused_at_the_field(admin_client, typed)


def refused_at_the_field(client: Client, typed: str) -> None:
    mug = ProductFactory()
    answer = client.post(f"/admin/catalog/product/{mug.pk}/change/", form(mug, **{"variants-0-options": typed}))
    assert answer.status_code == 200
    assert list(answer.context["inline_admin_formsets"][0].formset.errors[0]) == ["options"]
    assert Variant.objects.get().options == {}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", {}),
        ("{}", {}),
        ('{"size": 42, "length": 1.50}', {"size": "42", "length": "1.50"}),
        ('{"si\\u0000ze": " gro\\u00df\\u200b "}', {"size": "groß"}),
    ],
)
def test_options_are_stored_normalised(admin_client: Client, typed: str, stored: dict[str, str]) -> None:
    mug = ProductFactory()
    answer = admin_client.post(f"/admin/catalog/product/{mug.pk}/change/", form(mug, **{"variants-0-options": typed}))
    assert answer.status_code == 302
    assert Variant.objects.get().options == stored
    assert admin_client.get(mug.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("value", ['["large"]', '"large"', "5", "[]", "null", '{"a": 1}', '{"a": ["b"]}', '{"a": {}}'])
def test_database_accepts_only_objects_of_strings(value: str) -> None:
    VariantFactory(options={"size": "large"})
    refused = pytest.raises(IntegrityError, match="variant_options_are_texts")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_variant SET options = %s", [value])


def test_full_clean_checks_options() -> None:
    variant = VariantFactory()
    variant.options = ["large"]
    with pytest.raises(ValidationError, match="Enter options as names and texts"):
        variant.full_clean()


def test_export_has_a_column_for_every_option() -> None:
    product = ProductFactory(price=None)
    for number in range(120):
        VariantFactory(product=product, options={f"option {number}": "x"})
    file = io.StringIO()
    assert export_catalog(file) == 1
    assert file.getvalue().splitlines()[0].count(",option:") == 120
    assert clean_options({"size": 5}) == {"size": "5"}

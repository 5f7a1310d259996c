"""Export products to CSV, in the columns that the importer reads."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.db import connection, transaction
from django.db.models import Prefetch

from catalog.feed.formulas import escape_formula
from catalog.feed.rows import ATTRIBUTE, COLUMNS, OPTION, join_cell
from catalog.models import Attribute, Category, Product, ProductImage, Variant

CHUNK = 500  # products


def export_catalog(file: TextIO) -> int:
    """Write all products, including drafts, in order of creation. Return their number.

    Pictures are named by their storage names, so an import can use the media folder. Products without variants are
    left out.
    """
    with _snapshot():
        return _export(file)


def _export(file: TextIO) -> int:
    attributes, options = list(Attribute.objects.values_list("slug", flat=True)), _option_names()
    columns = [*COLUMNS, *(ATTRIBUTE + slug for slug in attributes), *(OPTION + name for name in options)]
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()
    paths = _category_paths()
    number = 0
    for product in _products():
        writer.writerows({name: escape_formula(cell) for name, cell in row.items()} for row in _rows(product, paths))
        number += 1
    return number


@contextmanager
def _snapshot() -> Iterator[None]:
    """Run all queries on one snapshot, so that no row has a column that the header lacks.

    A transaction of the caller keeps its own isolation level.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _products() -> Iterator[Product]:
    products = Product.objects.defer("search_vector", "keywords", "skus").order_by("pk")
    own = Prefetch("images", ProductImage.objects.filter(is_from_customer=False))
    related = products.prefetch_related("variants", own, "attribute_values__attribute")
    last = 0
    while chunk := list(related.filter(pk__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def _rows(product: Product, paths: dict[int, str]) -> Iterator[dict[str, str]]:
    first: dict[str, str] = {
        "title": product.title,
        "brand": product.brand,
        "category": paths[product.category_id],
        "description": product.description,
        "description_html": product.description_html,
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "status": product.status,
        "publish_at": product.publish_at.isoformat() if product.publish_at else "",
        "sold": str(product.sold_count),
        "tax_class": product.tax_class,
        "family": product.family if product.is_family_chosen else "",
        "images": join_cell(str(image.file.name) for image in product.images.all()),
        "image_alts": join_cell(image.alt for image in product.images.all()),
    }
    values: dict[str, list[str]] = {}
    for value in product.attribute_values.all():
        values.setdefault(ATTRIBUTE + value.attribute.slug, []).append(value.value)
    first |= {column: join_cell(names) for column, names in values.items()}
    for variant in product.variants.all():
        yield {"product": product.slug, **first, **_variant(variant)}
        first = {}


def _variant(variant: Variant) -> dict[str, str]:
    return {
        "sku": variant.sku,
        "price": str(variant.price_amount),
        "compare_at_price": "" if variant.compare_at_amount is None else str(variant.compare_at_amount),
        "stock": str(variant.on_hand),
        "weight": str(variant.weight_grams),
        "barcode": variant.barcode,
        **{OPTION + name: value for name, value in variant.options.items()},
    }


def _category_paths() -> dict[int, str]:
    names: dict[str, list[str]] = {}
    found: dict[int, str] = {}
    for category in Category.objects.order_by("path"):
        names[category.path] = [*names.get(category.path[: -Category.steplen], []), category.name]
        found[category.pk] = join_cell(names[category.path], ">")
    return found


def _option_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT jsonb_object_keys(options) FROM catalog_variant ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]

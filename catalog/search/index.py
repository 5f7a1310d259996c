"""Keeping what products are found and sorted by.

Whoever changes a product calls `refresh_keywords`, as the receivers do for every saved row. What was written past
them, such as by SQL, a trigger marks as stale (migration 0013), and `refresh_stale` of the timetable picks it up. So
does it with every product when `VERSION` is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from catalog.models import Product
from catalog.search.vectors import VERSION, vector
from catalog.text.sorting import sort_key

BATCH = 500  # products of one transaction


def refresh_keywords(product_ids: Iterable[int], *, anew: bool = False) -> int:
    """Repeat the names of categories and attributes in `Product.keywords`, and index these products where stale.

    `anew` indexes all of them. Returns the number of rows whose names changed.
    """
    keys = sorted(product_ids)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFRESH, [keys])
        changed = int(cursor.rowcount)
        _index(STALE_OF, [keys, 2**15 if anew else VERSION])
    return changed


def refresh_stale(most: int) -> int:
    """Index up to `most` products that are stale: written without an index, or by an older version. Return how many.

    Every batch is a transaction of its own, and locked rows are left for the next run.
    """
    done = 0
    while done < most:
        with transaction.atomic():
            number = _index(STALE, [VERSION, min(BATCH, most - done)])
        done += number
        if not number:
            break
    return done


def index_unsaved(product: Product) -> None:
    """Give a product what it is found by, before it is written; `skus` and `keywords` are filled in."""
    product.search_vector = _vector(product.title, product.brand, product.skus, product.keywords, product.description)
    product.search_version = VERSION


def _index(select: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SELECT + select, params)
        rows = cursor.fetchall()
        if rows:
            keys = [row[0] for row in rows]
            cursor.execute(
                WRITE, [VERSION, keys, [sort_key(row[1]) for row in rows], [_vector(*row[1:]) for row in rows]]
            )
    return len(rows)


def _vector(title: str, brand: str, skus: str, keywords: str, description: str) -> str:
    return vector(title=title, brand=brand, skus=skus, keywords=keywords, description=description)


SELECT = "SELECT id, title, brand, skus, keywords, description FROM catalog_product "
# Locked in the order of keys, as catalog.locks does.
STALE_OF = "WHERE id = ANY(%s) AND search_version < %s ORDER BY id FOR NO KEY UPDATE"
STALE = "WHERE search_version < %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"

WRITE = """
UPDATE catalog_product AS product
SET search_vector = indexed.lexemes::tsvector, search_version = %s, sort_key = indexed.sort_key
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS indexed(id, sort_key, lexemes) WHERE product.id = indexed.id
"""

REFRESH = """
WITH placed AS (
    SELECT category.id, string_agg(above.name, ' ' ORDER BY above.path) AS names
    FROM catalog_category AS category JOIN catalog_category AS above ON starts_with(category.path, above.path)
    GROUP BY category.id
), found AS (
    SELECT wanted.id, concat_ws(' ', placed.names,
        (SELECT string_agg(attribute.name || ' ' || value.value, ' ' ORDER BY attribute.slug, value.slug)
           FROM catalog_product_attribute_values AS link
           JOIN catalog_attributevalue AS value ON value.id = link.attributevalue_id
           JOIN catalog_attribute AS attribute ON attribute.id = value.attribute_id
          WHERE link.product_id = wanted.id)) AS keywords
    FROM catalog_product AS wanted JOIN placed ON placed.id = wanted.category_id
    WHERE wanted.id = ANY(%s)
), changed AS (  -- locked in the order of keys, as catalog.locks does
    SELECT product.id, found.keywords FROM catalog_product AS product JOIN found ON found.id = product.id
    WHERE product.keywords IS DISTINCT FROM found.keywords
    ORDER BY product.id FOR NO KEY UPDATE OF product
)
UPDATE catalog_product AS product SET keywords = changed.keywords FROM changed WHERE product.id = changed.id
"""

"""Keep the search vectors and sort keys of products up to date.

Code that writes products calls `refresh_keywords`; receivers do so for every saved row. If products are written
in other ways, such as by SQL, a trigger (migration 0013) marks them as stale, and the periodic `refresh_stale`
indexes them. Raising `VERSION` makes it reindex every product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from catalog.models import AttributeValue, Category, Product
from catalog.search import names
from catalog.search.vectors import VERSION, vector
from catalog.text.sorting import sort_key

BATCH = 500  # products per transaction


def refresh_keywords(product_ids: Iterable[int], *, force: bool = False) -> int:
    """Update `Product.keywords` with the names of categories, values and options, and reindex stale products.

    `force` reindexes all of these. Return the number of products whose keywords changed.
    """
    keys = sorted(product_ids)
    names.changed()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFRESH, {"keys": keys})
        changed = int(cursor.rowcount)
        _index(STALE_OF, [keys, 2**15 if force else VERSION])
    return changed


def refresh_stale(most: int) -> int:
    """Index up to `most` stale products and return their number.

    Each batch is a transaction. Locked rows are left for the next run.
    """
    done = 0
    while done < most:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STALE, [VERSION, min(BATCH, most - done)])
            keys = [key for (key,) in cursor.fetchall()]
            cursor.execute(REFRESH, {"keys": keys})
            done += _index(THESE, [keys])
        if not keys:
            break
    return done


def keywords(categories: Sequence[Category], values: Iterable[AttributeValue], options: Iterable[str]) -> str:
    """Return what `refresh_keywords` writes for a product in the last of these categories."""
    described = sorted(values, key=lambda value: (value.attribute.slug, value.slug))
    words = [*(each.name for each in categories), *(each.value for each in described), *sorted(set(options))]
    lexemes = [
        *(names.category_lexeme(each.pk) for each in categories),
        *(names.value_lexeme(each.pk) for each in described),
    ]
    return f"{' '.join(words)}\n{' '.join(lexemes)}"


def index_unsaved(product: Product) -> None:
    """Set the search vector of an unsaved product whose `skus` and `keywords` are filled in."""
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
# Locks rows in key order, like catalog.locks.
STALE_OF = "WHERE id = ANY(%s) AND search_version < %s ORDER BY id FOR NO KEY UPDATE"
THESE = "WHERE id = ANY(%s) ORDER BY id"
STALE = """
SELECT id FROM catalog_product WHERE search_version < %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

WRITE = """
UPDATE catalog_product AS product
SET search_vector = indexed.lexemes::tsvector, search_version = %s, sort_key = indexed.sort_key
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS indexed(id, sort_key, lexemes) WHERE product.id = indexed.id
"""

# The names, and on a second line the lexemes of `catalog.search.names`: one for each category and value.
REFRESH = """
WITH placed AS (
    SELECT category.id, string_agg(above.name, ' ' ORDER BY above.path) AS names,
           string_agg('=c' || above.id, ' ' ORDER BY above.path) AS lexemes
    FROM catalog_category AS category JOIN catalog_category AS above ON starts_with(category.path, above.path)
    GROUP BY category.id
), described AS (
    SELECT link.product_id AS id, string_agg(value.value, ' ' ORDER BY attribute.slug, value.slug) AS names,
           string_agg('=v' || value.id, ' ' ORDER BY attribute.slug, value.slug) AS lexemes
    FROM catalog_product_attribute_values AS link
    JOIN catalog_attributevalue AS value ON value.id = link.attributevalue_id
    JOIN catalog_attribute AS attribute ON attribute.id = value.attribute_id
    WHERE link.product_id = ANY(%(keys)s) GROUP BY link.product_id
), sized AS (
    SELECT product_id AS id, string_agg(option, ' ' ORDER BY option COLLATE "C") AS names
    FROM (SELECT DISTINCT variant.product_id, option.value AS option
          FROM catalog_variant AS variant CROSS JOIN jsonb_each_text(variant.options) AS option
          WHERE variant.product_id = ANY(%(keys)s)) AS options
    GROUP BY product_id
), found AS (
    SELECT wanted.id, concat_ws(' ', placed.names, described.names, sized.names)
                      || E'\n' || concat_ws(' ', placed.lexemes, described.lexemes) AS keywords
    FROM catalog_product AS wanted JOIN placed ON placed.id = wanted.category_id
    LEFT JOIN described ON described.id = wanted.id LEFT JOIN sized ON sized.id = wanted.id
    WHERE wanted.id = ANY(%(keys)s)
), changed AS (  -- locks rows in key order, like catalog.locks
    SELECT product.id, found.keywords FROM catalog_product AS product JOIN found ON found.id = product.id
    WHERE product.keywords IS DISTINCT FROM found.keywords
    ORDER BY product.id FOR NO KEY UPDATE OF product
)
UPDATE catalog_product AS product SET keywords = changed.keywords FROM changed WHERE product.id = changed.id
"""

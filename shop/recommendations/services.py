"""Count what is bought together, and choose what goes with products."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from catalog.models import Product, ProductQuerySet
from shop.orders.states import State
from shop.recommendations.models import BoughtTogether
from visualsearch.recommendations import Recommendation, matching_looks, of_other_kinds, one_per_family

PERIOD = timedelta(days=365)
MIN_ORDERS = 2  # of a pair; one order says more about its customer than about the products
MAX_PRODUCTS = 30  # in an order; a larger one furnishes a house and pairs everything with everything
MAX_PARTNERS = 24  # kept for each product
PAIRS_LOCK = 0x5E3B_1AA1  # advisory lock: one count at a time

COUNT = """
WITH baskets AS MATERIALIZED (
    SELECT DISTINCT line.order_id, variant.product_id
    FROM orders_order AS placed JOIN orders_orderline AS line ON line.order_id = placed.id
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE placed.state = ANY(%(states)s) AND placed.placed_at >= %(since)s
), several AS (
    SELECT order_id FROM baskets GROUP BY order_id HAVING count(*) BETWEEN 2 AND %(max_products)s
), totals AS (
    SELECT product_id, count(*) AS orders FROM baskets GROUP BY product_id
), pairs AS (
    SELECT one.product_id, other.product_id AS other_id, count(*) AS orders
    FROM several JOIN baskets AS one ON one.order_id = several.order_id
    JOIN baskets AS other ON other.order_id = several.order_id AND other.product_id <> one.product_id
    GROUP BY one.product_id, other.product_id HAVING count(*) >= %(min_orders)s
), scored AS (
    SELECT pairs.*, pairs.orders / sqrt(one.orders::float * other.orders) AS score
    FROM pairs JOIN totals AS one ON one.product_id = pairs.product_id
    JOIN totals AS other ON other.product_id = pairs.other_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY score DESC, other_id) AS place FROM scored
), counted AS MATERIALIZED (
    SELECT product_id, other_id, orders, score FROM ranked WHERE place <= %(max_partners)s
), forgotten AS (
    DELETE FROM recommendations_boughttogether AS old WHERE NOT EXISTS (
        SELECT FROM counted WHERE counted.product_id = old.product_id AND counted.other_id = old.other_id
    ) RETURNING 1
), stored AS (
    INSERT INTO recommendations_boughttogether AS old (product_id, other_id, orders, score)
    SELECT product_id, other_id, orders, score FROM counted ORDER BY product_id, other_id
    ON CONFLICT (product_id, other_id) DO UPDATE SET orders = excluded.orders, score = excluded.score
    WHERE (old.orders, old.score) IS DISTINCT FROM (excluded.orders, excluded.score) RETURNING 1
)
SELECT (SELECT count(*) FROM forgotten) + (SELECT count(*) FROM stored)
"""


def count_pairs(now: datetime) -> int:
    """Count the pairs in the past year's sold orders again. Return the number of rows that changed."""
    facts: dict[str, Any] = {
        "states": [State.PAID, State.SHIPPED, State.COMPLETED],
        "since": now - PERIOD,
        "min_orders": MIN_ORDERS,
        "max_products": MAX_PRODUCTS,
        "max_partners": MAX_PARTNERS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PAIRS_LOCK])
        cursor.execute(COUNT, facts)
        changed: int = cursor.fetchone()[0]
    return changed


def goes_with(
    sources: Sequence[Product], now: datetime, limit: int, without: Collection[int] = (), seen: Collection[int] = ()
) -> list[Recommendation]:
    """Return products of other kinds, in stock, that go with these: bought together first, then by looks.

    `sources` need their category. `without` holds the keys of products that are not wanted, such as those in the cart;
    `seen` those that the page shows as look-alikes already. At most six queries.
    """
    if not sources:
        return []
    unwanted = {*without, *(source.pk for source in sources)}
    wanted = of_other_kinds(Product.objects.visible(now).in_stock().exclude(pk__in=unwanted), sources)
    found = _bought_together({source.pk: source for source in sources}, wanted, limit)
    if len(found) < limit:
        taken = [*seen, *(each.product.pk for each in found)]
        found += matching_looks(sources, wanted.exclude(pk__in=taken), limit - len(found))
    return found


def _bought_together(sources: dict[int, Product], wanted: ProductQuerySet, limit: int) -> list[Recommendation]:
    """Return the best partners, each once, for the source that it is bought with most."""
    pairs = BoughtTogether.objects.filter(product__in=sources, other__in=wanted.values("pk")).order_by(
        "-score", "other_id", "product_id"
    )
    best: dict[int, BoughtTogether] = {}
    for pair in pairs[: 2 * limit * len(sources)]:
        best.setdefault(pair.other_id, pair)
    products = Product.objects.for_cards().in_bulk(list(best)[: 2 * limit]) if best else {}
    found = [
        Recommendation(products[key], "bought_together", sources[pair.product_id], pair.score)
        for key, pair in best.items()
        if key in products
    ]
    return one_per_family(found)[:limit]

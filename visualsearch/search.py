"""Read side: find the products with the nearest pictures. Only it and `moderation.nearest` use distance operators.

One statement has two branches and runs the better one. If the filters leave at most `Effort.exact_up_to` pictures, it
compares all of them: exact, and fast enough. Otherwise it scans the HNSW index of the network (Malkov & Yashunin 2016,
arXiv:1603.09320) iteratively, filtering on the way, until it has found enough. PostgreSQL skips the other branch. It
counts pictures up to that limit first, unless the search is among all products and the index is known to be large.

The index holds equal vectors once, and a join adds all pictures that have them. Otherwise thousands of products with
one placeholder would be one another's only neighbours in the graph and hide all others.

The planner uses the index only for the same cast as in its definition, ordered by the bare distance alone, so ties are
broken outside. The exact branch adds `+ 0` to the distance to keep the planner off the index, which would lose rows. A
test checks the EXPLAIN of every query here.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Min, OuterRef, Subquery
from pgvector import HalfVector
from pgvector import Vector as PgVector
from pgvector.django import MaxInnerProduct

from catalog.models import Product, ProductImage, ProductQuerySet
from catalog.models.picture import SHOWN
from visualsearch.closeness import PRODUCT, axis_weights
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import serving
from visualsearch.networks.hnsw import index_name
from visualsearch.photo import PhotoEmbedding, Vector
from visualsearch.query_map import Probe, make_probe

Arrange = Callable[[ProductQuerySet], ProductQuerySet]

PICTURES_PER_PRODUCT = 3  # rows to fetch per product; each further try fetches four times as many
EVERYTHING = 2**31 - 2  # more pictures than any shop has
MUCH_LARGER = 4
PROBES_PER_PRODUCT = 4  # pictures of a product to search with
NEAREST_COLOURS = 2.0  # weight of the nearest picture's colours; the photo's own have 1

SETTINGS = """\
SET LOCAL jit = off;
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.max_scan_tuples = {max_scan_tuples};
SET LOCAL hnsw.ef_search = {ef_search};
"""
NEAREST = """\
WITH probes AS MATERIALIZED ({probes}),
size AS MATERIALIZED (
    SELECT coalesce(max(reltuples), 0) > {large} AS is_large FROM pg_class WHERE oid = to_regclass('{index}')
),
candidates AS MATERIALIZED (
    SELECT picture.id, picture.product_id FROM catalog_productimage AS picture
    WHERE NOT (SELECT is_large FROM size) AND picture.product_id IN ({products}) AND {shown} LIMIT {exact_up_to} + 1
),
few AS MATERIALIZED (
    SELECT count(*) <= {exact_up_to} AND NOT (SELECT is_large FROM size) AS enough FROM candidates
)
SELECT hit.probe_id, hit.image_id, hit.product_id, hit.distance, few.enough,
       (SELECT max(id) FROM visualsearch_activation)
FROM few LEFT JOIN (SELECT probes.product_id AS probe_id, near.image_id, near.product_id,
                           near.distance * probes.scale AS distance FROM probes CROSS JOIN LATERAL (
    (SELECT e.image_id, candidates.product_id, e.vector::halfvec({dimensions}) <#> probes.vector AS distance
     FROM candidates JOIN visualsearch_imageembedding AS e ON e.image_id = candidates.id AND e.network_id = {network}
     WHERE (SELECT enough FROM few) AND e.vector IS NOT NULL
     ORDER BY (e.vector::halfvec({dimensions}) <#> probes.vector) + 0 LIMIT {rows})
    UNION ALL
    (SELECT same.image_id, same.product_id, e.vector::halfvec({dimensions}) <#> probes.vector
     FROM visualsearch_imageembedding AS e CROSS JOIN LATERAL (
         SELECT copy.image_id, picture.product_id FROM visualsearch_imageembedding AS copy
         JOIN catalog_productimage AS picture ON picture.id = copy.image_id
         WHERE copy.network_id = {network} AND copy.vector_hash = e.vector_hash AND picture.product_id IN ({products})
           AND {shown}
         ORDER BY copy.image_id LIMIT {rows}
     ) AS same
     WHERE NOT (SELECT enough FROM few) AND e.network_id = {network} AND NOT e.is_copy
     ORDER BY e.vector::halfvec({dimensions}) <#> probes.vector LIMIT {rows})
) AS near) AS hit ON true
ORDER BY hit.distance, hit.product_id, hit.image_id
"""
PROBE_VECTOR = "SELECT NULL::bigint AS product_id, %s::halfvec AS vector, %s::float8 AS scale"
# The hash is checked because the cached network of this process may be of a database that was rebuilt since.
PROBE_PRODUCTS = """\
SELECT product_id, vector, 1::float8 AS scale FROM (
    SELECT picture.product_id, e.vector,
           row_number() OVER (PARTITION BY picture.product_id ORDER BY picture.position, picture.id) AS place
    FROM visualsearch_imageembedding AS e
    JOIN catalog_productimage AS picture ON picture.id = e.image_id
    JOIN visualsearch_network AS network ON network.id = e.network_id
    WHERE picture.product_id = ANY(%s) AND {shown}
      AND e.vector IS NOT NULL AND network.id = %s AND network.sha256 = %s
) AS pictures WHERE place <= %s""".replace("{shown}", SHOWN)
# To another closeness, as query_map.make_probe does it. In single precision: products of half precision that are too
# small for it are errors.
WEIGHTED = """\
SELECT product_id, turned AS vector, -1 / least(turned <#> vector, -0.001) AS scale FROM (
    SELECT product_id, vector, l2_normalize(vector::vector * %s::vector)::halfvec AS turned FROM ({stored}) AS stored
) AS probes"""

COLOURS = """\
SELECT image_id, -(histogram <#> %s::halfvec),
       -(histogram <#> (SELECT histogram FROM visualsearch_picturecolours WHERE image_id = %s))
FROM visualsearch_picturecolours WHERE image_id = ANY(%s) AND histogram IS NOT NULL"""


@dataclass(frozen=True)
class Effort:
    """How thoroughly to search; measured by tests/benchmarks/bench_search.py.

    `exact_up_to` counts pictures. A search `among_all` products counts none if the index has more than MUCH_LARGER
    times as many. `ef_search` is the size of the index's candidate list: larger is slower and finds more. After
    `max_scan_tuples` the index scan stops looking for pictures that pass the filters.
    """

    exact_up_to: int = 2_000
    ef_search: int = 400
    max_scan_tuples: int = 20_000
    among_all: bool = False


DEFAULT_EFFORT = Effort()
ALL_PRODUCTS = Effort(among_all=True)


@dataclass(frozen=True)
class Result:
    """A product, the score of its best picture (1: equal, 0: unrelated), and that picture."""

    product: Product
    score: float
    image: ProductImage


class Hit(NamedTuple):
    """A similar picture. `probe_id` is the product searched with."""

    probe_id: int | None
    image_id: int
    product_id: int
    score: float


class Group(NamedTuple):
    """Products to search among, and how many of them to find."""

    products: ProductQuerySet
    limit: int


class Found(NamedTuple):
    """The hits of a statement, best first. `activation` is the newest row of its table, None if nothing ran."""

    hits: list[Hit]
    is_exact: bool = True
    activation: int | None = None

    def is_enough(self, limit: int, rows: int) -> bool:
        """Return True if there are `limit` products, or no more to find."""
        return len({hit.product_id for hit in self.hits}) >= limit or (self.is_exact and len(self.hits) < rows)


def near(product: Product, products: ProductQuerySet, limit: int) -> list[Hit]:
    """Return the best hits of the `limit` products nearest to any picture of the product, which is left out."""
    return near_groups(product, [Group(products, limit)])[0]


def near_groups(product: Product, groups: Sequence[Group]) -> list[list[Hit]]:
    """Search in each group for the products nearest to any picture of the product, which is left out.

    Return the best hit of each product, best first. One query, unless the scan of an index gave up.
    """
    others = [group._replace(products=group.products.exclude(pk=product.pk)) for group in groups]
    found = _near_products([product.pk], PROBES_PER_PRODUCT, others)
    return [best_per_product(hits)[: group.limit] for hits, group in zip(found, groups, strict=True)]


def near_each(viewed: Sequence[int], groups: Sequence[Group]) -> list[dict[int, list[Hit]]]:
    """For each group, map the key of each viewed product to the nearest products, best first, without viewed ones.

    One query, unless the scan of an index gave up.
    """
    others = [group._replace(products=group.products.exclude(pk__in=viewed)) for group in groups]
    found: list[dict[int, list[Hit]]] = []
    for hits in _near_products(list(viewed), 1, others):
        by_viewed: dict[int, list[Hit]] = {}
        for hit in hits:
            by_viewed.setdefault(hit.probe_id or 0, []).append(hit)
        found.append({key: best_per_product(each) for key, each in by_viewed.items()})
    return found


def photo_hits(
    embedding: PhotoEmbedding,
    products: ProductQuerySet,
    limit: int,
    effort: Effort = DEFAULT_EFFORT,
    step: str | None = None,
) -> list[Hit]:
    """Return pictures like the photo, best first, of at least `limit` products if there are that many.

    `step` is a key of `closeness.STEPS`; the default is measured.
    """
    return probe_hits(make_probe(embedding, step), embedding.network, products, limit, effort)


def probe_hits(
    probe: Probe, network: Network, products: ProductQuerySet, limit: int, effort: Effort = DEFAULT_EFFORT
) -> list[Hit]:
    """Return the nearest pictures, best first, of at least `limit` products if there are that many."""
    return _find_enough(network, probe, 0, products, limit, effort).hits


def near_vectors(probes: Sequence[tuple[Vector, ProductQuerySet]], network: Network, limit: int) -> list[list[Hit]]:
    """For each vector, return the best hits of the `limit` nearest of its products, best first. One message."""
    statements = [
        _statement(network, Probe(vector), 0, products, PICTURES_PER_PRODUCT * limit, DEFAULT_EFFORT)
        for vector, products in probes
    ]
    found = [
        _find_enough(network, Probe(vector), 0, products, limit, first=found).hits
        for (vector, products), found in zip(probes, _run(statements), strict=True)
    ]
    return [best_per_product(hits)[:limit] for hits in found]


def colour_scores(embedding: PhotoEmbedding, nearest: Hit, hits: Iterable[Hit]) -> dict[int, float]:
    """Map pictures to the likeness of their colours to the photo, from 0 to 1. Pictures without colours are left out.

    Lamps and tables colour a photo, so the colours of the nearest picture count NEAREST_COLOURS times as much as the
    photo's own. A photo that stayed on its device has none of its own.
    """
    own = None if embedding.colours is None else HalfVector(embedding.colours).to_text()
    with connection.cursor() as cursor:
        cursor.execute(COLOURS, [own, nearest.image_id, [hit.image_id for hit in hits]])
        rows = {image: (photo, near) for image, photo, near in cursor.fetchall()}
    share = 0.0 if own is None else 1.0
    other = NEAREST_COLOURS if nearest.image_id in rows and not embedding.is_of_product else 0.0
    common = rows.get(nearest.image_id, (0.0, 0.0))[0] or 0.0
    length = math.sqrt(share + other**2 + 2 * share * other * common) or 1.0
    return {
        image: min(1.0, ((photo or 0.0) + other * (near or 0.0)) / length) for image, (photo, near) in rows.items()
    }


def likeness(embedding: PhotoEmbedding) -> Subquery:
    """Return an annotation of products: the cosine of their best picture to this vector, negated. NULL without one."""
    own = ImageEmbedding.objects.shown(embedding.network).filter(image__product=OuterRef("pk")).order_by()
    best = Min(MaxInnerProduct("vector", HalfVector(embedding.vector)))
    return Subquery(own.values("image__product").annotate(best=best).values("best"))


def results_of(hits: Iterable[Hit], arrange: Arrange | None = None, page: slice = slice(None)) -> list[Result]:
    """Load the products of a page of the hits (one each) with all that cards show: two queries.

    `arrange` sorts all hits before the page is taken; by default they stay in the order of the hits.
    """
    best = {hit.product_id: hit for hit in hits}
    found = Product.objects.filter(pk__in=best)
    arranged = arrange(found) if arrange else found
    if arranged is found:
        best = dict(list(best.items())[page])
        loaded = Product.objects.filter(pk__in=best).for_cards()
    else:
        loaded = arranged.for_cards()[page]
    products = {product.pk: product for product in loaded}
    shown = []
    for key in best if arranged is found else products:
        if product := products.get(key):  # None if it was just deleted
            image = next((image for image in product.images.all() if image.pk == best[key].image_id), None)
            if image:
                shown.append(Result(product, max(0.0, best[key].score), image))
    return shown


def best_per_product(hits: Iterable[Hit]) -> list[Hit]:
    """Return the first hit of each product."""
    best: dict[int, Hit] = {}
    for hit in hits:
        best.setdefault(hit.product_id, hit)
    return list(best.values())


def _near_products(keys: list[int], pictures: int, groups: Sequence[Group]) -> list[list[Hit]]:
    """Search with pictures of these products by the live network, again if another one has just gone live."""
    known = serving.cached()
    found = _find_in_groups(known.network, keys, pictures, groups)
    if not any(each.hits and each.activation == known.activation for each in found):
        now = serving.changed()
        if (now.network.pk, now.network.sha256) != (known.network.pk, known.network.sha256):
            found = _find_in_groups(now.network, keys, pictures, groups)
    return [each.hits for each in found]


def _find_in_groups(network: Network, keys: list[int], pictures: int, groups: Sequence[Group]) -> list[Found]:
    """Search in all groups at once, then again in those where that was not enough."""
    statements = [
        _statement(network, keys, pictures, group.products, PICTURES_PER_PRODUCT * group.limit, DEFAULT_EFFORT)
        for group in groups
    ]
    return [
        _find_enough(network, keys, pictures, group.products, group.limit, first=found)
        for group, found in zip(groups, _run(statements), strict=True)
    ]


def _find_enough(
    network: Network,
    what: Probe | list[int],
    pictures: int,
    products: ProductQuerySet,
    limit: int,
    effort: Effort = DEFAULT_EFFORT,
    first: Found | None = None,
) -> Found:
    """Search until there are enough products: with more rows, then exactly if the index scan gave up.

    `first` is the result of the first search if it is known.
    """
    rows = PICTURES_PER_PRODUCT * limit
    found = first or _run([_statement(network, what, pictures, products, rows, effort)])[0]
    while not found.is_enough(limit, rows):
        if len(found.hits) >= rows:
            rows *= 4
        else:
            effort = replace(effort, exact_up_to=EVERYTHING)
        found = _run([_statement(network, what, pictures, products, rows, effort)])[0]
    return found


def _statement(
    network: Network, what: Probe | list[int], pictures: int, products: ProductQuerySet, rows: int, effort: Effort
) -> tuple[str, list[Any]] | None:
    """Return the settings and the search, with their parameters; None if no product can match."""
    try:
        filter_sql, filter_params = products.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    probes, probe_params = _probes(network, what, pictures)
    numbers = {
        "exact_up_to": effort.exact_up_to,
        "large": MUCH_LARGER * effort.exact_up_to if effort.among_all else EVERYTHING,
        "index": index_name(network),
        "ef_search": min(1000, max(effort.ef_search, rows)),
        "max_scan_tuples": effort.max_scan_tuples,
        "dimensions": network.dimensions,
        "network": network.pk,
        "rows": rows,
    }
    statement = (SETTINGS + NEAREST).format(probes=probes, products=filter_sql, shown=SHOWN, **numbers)
    return statement, [*probe_params, *filter_params, *filter_params]


def _probes(network: Network, what: Probe | list[int], pictures: int) -> tuple[str, list[Any]]:
    """Return the query of what is searched with, with its parameters."""
    if isinstance(what, Probe):
        return PROBE_VECTOR, [HalfVector(what.vector).to_text(), what.scale]
    stored, weights = [what, network.pk, network.sha256, pictures], axis_weights(network, PRODUCT)
    if weights is None:
        return PROBE_PRODUCTS, stored
    return WEIGHTED.format(stored=PROBE_PRODUCTS), [PgVector(weights).to_text(), *stored]


def _run(statements: Sequence[tuple[str, list[Any]] | None]) -> list[Found]:
    """Run the searches as one message, which is a transaction of its own if none is open.

    This needs client-side parameters, Django's default. A None finds nothing.
    """
    found = [Found([]) for _ in statements]
    asked = [(place, each) for place, each in enumerate(statements) if each is not None]
    if not asked:
        return found
    params = [param for _place, (_text, each) in asked for param in each]
    with connection.cursor() as cursor:
        cursor.execute(";".join(text for _place, (text, _params) in asked), params)
        for place, _each in asked:
            while cursor.description is None:  # the settings have no rows
                cursor.nextset()
            found[place] = _found(cursor.fetchall())
            cursor.nextset()
    return found


def _found(rows: list[tuple[Any, ...]]) -> Found:
    hits = [Hit(row[0], row[1], row[2], min(1.0, -row[3])) for row in rows if row[1] is not None]
    return Found(hits, rows[0][4], rows[0][5])

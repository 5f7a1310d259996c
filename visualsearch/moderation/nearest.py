"""Which pictures to lay over a candidate: the nearest ones by vector and by hash, for a whole batch in one statement.

Refused pictures are few, so all of them are compared. The shop's own may be a million: their vectors are found by the
network's HNSW index and their hashes by that of the prints, a millisecond or two for each candidate at any size. As in
`visualsearch.search`, the planner uses an index only if the bare distance alone is ordered by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection
from pgvector import HalfVector

from visualsearch.models import Network
from visualsearch.moderation.prints import Bits

Vector = npt.NDArray[np.float32]

REFUSED_BY_VECTOR = 3
OTHERS_BY_VECTOR = 6
BY_HASH = 2  # of each
SAME_HASH = 12  # of 64 bits that may differ
LEAST_LIKENESS = 0.3  # cosine below which two pictures have nothing in common
NEIGHBOURS = 30  # rows to take from an index: the product's own pictures and its family's are among them

# A copy is on another product, of another family, and came later. Rows with equal vectors are in the index once.
# MATERIALIZED: while the prints are filled the planner knows too few of them, and would search anew for each print.
NEAREST = """\
WITH vectors AS MATERIALIZED (
    SELECT place, vector::halfvec({dimensions}) AS vector FROM unnest(%s::int[], %s::text[]) AS given (place, vector)
),
hashes AS MATERIALIZED (
    SELECT place, hash::bit(64) AS hash, sha256, image FROM unnest(%s::int[], %s::text[], %s::text[], %s::bigint[])
        AS given (place, hash, sha256, image)
),
near_refused AS (
    SELECT vectors.place, near.refused_id, near.likeness, false AS is_same_file FROM vectors CROSS JOIN LATERAL (
        SELECT stored.refused_id, max(-(stored.vector::halfvec({dimensions}) <#> vectors.vector)) AS likeness
        FROM visualsearch_refusedvector AS stored
        JOIN visualsearch_refusedpicture AS refused ON refused.id = stored.refused_id AND refused.is_active
        WHERE stored.network_id = {network} GROUP BY stored.refused_id ORDER BY likeness DESC LIMIT {refused_by_vector}
    ) AS near WHERE near.likeness >= {least_likeness}
    UNION ALL
    SELECT hashes.place, near.id, NULL, false FROM hashes CROSS JOIN LATERAL (
        SELECT id, least(hash <~> hashes.hash, mirrored_hash <~> hashes.hash) AS differing
        FROM visualsearch_refusedpicture WHERE is_active AND hash IS NOT NULL ORDER BY differing LIMIT {by_hash}
    ) AS near WHERE near.differing <= {same_hash}
    UNION ALL
    SELECT hashes.place, refused.id, 1, true
    FROM hashes JOIN visualsearch_refusedpicture AS refused ON refused.sha256 = hashes.sha256 AND refused.is_active
),
found AS MATERIALIZED (
    SELECT vectors.place, near.image_id, near.likeness FROM vectors CROSS JOIN LATERAL (
        SELECT same.image_id, -close.distance AS likeness FROM (
            SELECT e.vector_hash, e.vector::halfvec({dimensions}) <#> vectors.vector AS distance
            FROM visualsearch_imageembedding AS e WHERE e.network_id = {network} AND NOT e.is_copy
            ORDER BY e.vector::halfvec({dimensions}) <#> vectors.vector LIMIT {neighbours}
        ) AS close CROSS JOIN LATERAL (
            SELECT copy.image_id FROM visualsearch_imageembedding AS copy
            WHERE copy.network_id = {network} AND copy.vector_hash = close.vector_hash
            ORDER BY copy.image_id LIMIT {neighbours}
        ) AS same
    ) AS near WHERE near.likeness >= {least_likeness}
    UNION ALL
    SELECT hashes.place, near.image_id, NULL FROM hashes CROSS JOIN LATERAL (
        SELECT image_id, hash <~> hashes.hash AS differing FROM visualsearch_pictureprint
        ORDER BY hash <~> hashes.hash LIMIT {neighbours}
    ) AS near WHERE near.differing <= {same_hash}
    UNION ALL
    SELECT hashes.place, same.id, 1 FROM hashes CROSS JOIN LATERAL (
        SELECT id FROM catalog_productimage WHERE sha256 = hashes.sha256 ORDER BY id LIMIT {neighbours}
    ) AS same
),
others AS (
    SELECT found.place, found.image_id, max(found.likeness) AS likeness, picture.product_id,
           picture.sha256 = hashes.sha256 AS is_same_file
    FROM found JOIN hashes USING (place)
    JOIN visualsearch_pictureprint AS own ON own.image_id = hashes.image
    JOIN visualsearch_pictureprint AS other ON other.image_id = found.image_id
    JOIN catalog_productimage AS picture ON picture.id = found.image_id AND picture.sha256 = other.image_sha256
    JOIN catalog_product AS product ON product.id = picture.product_id
    JOIN catalog_productimage AS mine ON mine.id = hashes.image
    JOIN catalog_product AS my_product ON my_product.id = mine.product_id
    WHERE product.id <> my_product.id AND (product.family = '' OR product.family <> my_product.family)
      AND (other.first_at, other.image_id) < (own.first_at, own.image_id)
    GROUP BY found.place, found.image_id, picture.product_id, picture.sha256, hashes.sha256
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY place, likeness IS NULL
                                 ORDER BY is_same_file DESC, likeness DESC, image_id) AS rank FROM others
)
SELECT true AS is_refused, place, refused_id AS key, likeness, is_same_file, NULL::bigint FROM near_refused
UNION ALL
SELECT false, place, image_id, likeness, is_same_file, product_id FROM ranked
WHERE rank <= CASE WHEN likeness IS NULL THEN {by_hash} ELSE {others_by_vector} END
ORDER BY is_same_file DESC, likeness DESC NULLS LAST, key
"""


@dataclass(frozen=True)
class Probe:
    """What a candidate is searched with: the vectors of its views, the hash, and the bytes' hash."""

    vectors: Sequence[Vector]
    hash: Bits
    sha256: str
    image: int | None


class Near(NamedTuple):
    """A picture to compare: the key of a refused picture or of a product's; `likeness` is None if found by hash."""

    key: int
    likeness: float | None
    is_same_file: bool
    product: int | None = None


class Neighbours(NamedTuple):
    """The pictures to compare a candidate with, the likeliest first."""

    refused: Sequence[Near]
    others: Sequence[Near]


def find(probes: Sequence[Probe], network: Network) -> list[Neighbours]:
    """Return the nearest pictures of each candidate: refused ones, and earlier ones of products of other families.

    One query. Only candidates with prints have others.
    """
    if not probes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement(network), parameters(probes))
        rows = cursor.fetchall()
    found = [(dict[int, Near](), dict[int, Near]()) for _ in probes]
    for is_refused, place, key, *facts in rows:  # the surest row of a key is the first
        found[place][0 if is_refused else 1].setdefault(key, Near(key, *facts))
    return [Neighbours(list(refused.values()), list(others.values())) for refused, others in found]


def statement(network: Network) -> str:
    return NEAREST.format(
        dimensions=network.dimensions, network=network.pk, least_likeness=LEAST_LIKENESS, same_hash=SAME_HASH,
        neighbours=NEIGHBOURS, refused_by_vector=REFUSED_BY_VECTOR, others_by_vector=OTHERS_BY_VECTOR, by_hash=BY_HASH,
    )  # fmt: skip


def parameters(probes: Sequence[Probe]) -> list[Any]:
    views = [(place, HalfVector(vector).to_text()) for place, each in enumerate(probes) for vector in each.vectors]
    rows = [(place, as_bits(each.hash), each.sha256, each.image) for place, each in enumerate(probes)]
    return [[place for place, _ in views], [vector for _, vector in views], *map(list, zip(*rows, strict=True))]


def as_bits(hash_: Bits) -> str:
    return "".join("1" if bit else "0" for bit in hash_)

"""Write side: the embedding of every picture, kept up to date.

Everything here may run twice, at the same time, and be killed at any moment:

- *What is missing* is always asked of the tables, never remembered.
- A batch takes advisory locks on the bytes of its pictures, for as long as its transaction lasts. Pictures in another
  worker's hands are left to it; where it dies, its locks die with it and the pictures are missing still. Row locks
  would do the same, but staff could not save a picture while a network is looking at it.
- Rows are written by one upsert that never replaces a vector by an error for the same bytes.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, Q, QuerySet
from pgvector import HalfVector

from catalog.models import ProductImage
from visualsearch import engine
from visualsearch.embedding.preprocess import UnreadablePicture
from visualsearch.looks import Vector
from visualsearch.models import ImageEmbedding, Network

logger = logging.getLogger(__name__)

# Found first and locked then: in one WHERE, every picture of a small table would be locked, whatever its id.
LOCK = """
WITH wanted AS MATERIALIZED (SELECT id, sha256 FROM catalog_productimage WHERE id = ANY(%s))
SELECT id FROM wanted WHERE pg_try_advisory_xact_lock(%s, hashtext(sha256))
"""
# Joined with the pictures, so that one deleted meanwhile is left out and not an error for the rest.
WRITE = """
INSERT INTO visualsearch_imageembedding AS old
    (image_id, network_id, vector, image_sha256, attempts, error, updated_at)
SELECT picture.id, %s, new.vector::halfvec, new.image_sha256, 1, new.error, now()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS new (image_id, vector, image_sha256, error)
JOIN catalog_productimage AS picture ON picture.id = new.image_id
ORDER BY picture.id FOR KEY SHARE OF picture
ON CONFLICT (image_id, network_id) DO UPDATE
SET vector = excluded.vector, image_sha256 = excluded.image_sha256, error = excluded.error, updated_at = now(),
    attempts = CASE WHEN old.image_sha256 = excluded.image_sha256 THEN old.attempts + 1 ELSE 1 END
WHERE excluded.vector IS NOT NULL OR old.vector IS NULL OR old.image_sha256 <> excluded.image_sha256
"""
# The vectors are unit vectors, so that the inner product is the cosine, and the cheaper of the two.
CREATE_INDEX = """
CREATE INDEX {concurrently} IF NOT EXISTS {name} ON visualsearch_imageembedding
USING hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops) WITH (m = 16, ef_construction = 64)
WHERE network_id = {network} AND NOT is_copy
"""
# Where a row is deleted while another with the same vector is written, both transactions may miss the other.
MEND = """
UPDATE visualsearch_imageembedding SET is_copy = false WHERE id IN (
    SELECT DISTINCT ON (copy.network_id, copy.vector_hash) copy.id FROM visualsearch_imageembedding AS copy
    WHERE copy.is_copy AND NOT EXISTS (
        SELECT FROM visualsearch_imageembedding AS first
        WHERE first.network_id = copy.network_id AND first.vector_hash = copy.vector_hash AND NOT first.is_copy))
"""
FORGET = """
DELETE FROM visualsearch_imageembedding WHERE id IN
    (SELECT id FROM visualsearch_imageembedding WHERE network_id = %s LIMIT 5000)
"""
INDEX_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


@dataclass(frozen=True)
class Outcome:
    """What became of one picture: a vector, or the reason why there is none."""

    image_id: int
    image_sha256: str
    vector: str | None
    error: str = ""


def missing(network: Network, ids: Sequence[int] | None = None) -> QuerySet[ProductImage, int]:
    """Keys of the pictures that need an embedding, oldest first; of those in `ids` where they are given.

    Those never tried, those with other bytes since, and those that failed fewer than VISUALSEARCH_ATTEMPTS times.
    """
    rows = ImageEmbedding.objects.filter(network=network)
    settled = Q(vector__isnull=False) | Q(attempts__gte=settings.VISUALSEARCH_ATTEMPTS)
    done = rows.filter(settled, image_sha256=F("image__sha256")).values("image_id")
    pictures = ProductImage.objects.all() if ids is None else ProductImage.objects.filter(pk__in=ids)
    return pictures.exclude(pk__in=done).order_by("pk").values_list("pk", flat=True)


def untried(network: Network, since: datetime) -> QuerySet[ProductImage, int]:
    """Those of the missing that nobody has tried since: what a caller who handed them to the workers waits for."""
    tried = ImageEmbedding.objects.filter(network=network, updated_at__gte=since)
    return missing(network).exclude(pk__in=tried.values("image_id"))


def refresh(ids: Iterable[int], network: Network) -> int:
    """Bring the embeddings of these pictures up to date; says of how many pictures something was written.

    A picture that cannot be read is noted with its reason and hurts no other. What is wrong with the database or
    with the network itself is raised.
    """
    return sum(_refresh_batch(batch, network) for batch in batches(ids))


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in lists of at most VISUALSEARCH_BATCH."""
    everything = list(ids)
    for start in range(0, len(everything), settings.VISUALSEARCH_BATCH):
        yield everything[start : start + settings.VISUALSEARCH_BATCH]


def retry(embeddings: QuerySet[ImageEmbedding]) -> list[int]:
    """Let the failed ones among them be tried again; the keys of their pictures."""
    failed = embeddings.filter(vector__isnull=True)
    ids = list(failed.values_list("image_id", flat=True))
    failed.update(attempts=0)
    return ids


def prepare(network: Network) -> None:
    """Make the HNSW index of the network where it is missing or was left half built.

    Outside a transaction the shop goes on writing meanwhile. The lock keeps a second caller from taking the index that
    the first is building for one that was left half built.
    """
    name = f"embedding_hnsw_{network.pk}"
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            _create_index(cursor, name, network, "")
            return
        cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [network.pk])
        if cursor.fetchone()[0]:
            try:
                cursor.execute(INDEX_IS_VALID, [name])
                if cursor.fetchone() == (False,):
                    cursor.execute(f"DROP INDEX {name}")
                _create_index(cursor, name, network, "CONCURRENTLY")
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [network.pk])


def mend_copies() -> int:
    """See that each vector stands in its index, whatever happened at the same time. Return how many did not."""
    with connection.cursor() as cursor:
        cursor.execute(MEND)
        return int(cursor.rowcount)


def forget(network: Network) -> None:
    """Remove the network's vectors and its index; safe to stop and run again. What another worker writes stays."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {'' if connection.in_atomic_block else 'CONCURRENTLY'} IF EXISTS "
                       f"embedding_hnsw_{network.pk}")  # fmt: skip
        while cursor.rowcount:
            cursor.execute(FORGET, [network.pk])


def _create_index(cursor: CursorWrapper, name: str, network: Network, concurrently: str) -> None:
    numbers = {"dimensions": network.dimensions, "network": network.pk}
    cursor.execute(CREATE_INDEX.format(name=name, concurrently=concurrently, **numbers))


def _refresh_batch(ids: list[int], network: Network) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [ids, network.pk])
        mine = [row[0] for row in cursor.fetchall()]
        pictures = list(ProductImage.objects.filter(pk__in=missing(network, mine)).order_by("pk"))
        if not pictures:
            return 0
        outcomes = _look_at(pictures, network)
        columns = zip(*((o.image_id, o.vector, o.image_sha256, o.error) for o in outcomes), strict=True)
        cursor.execute(WRITE, [network.pk, *map(list, columns)])
        return int(cursor.rowcount)


def _look_at(pictures: list[ProductImage], network: Network) -> list[Outcome]:
    """The same bytes are looked at once for each network, in this batch and in all that came before."""
    hashes = {picture.sha256 for picture in pictures if picture.sha256}
    known = ImageEmbedding.objects.filter(network=network, image_sha256__in=hashes, vector__isnull=False)
    vectors = {row.image_sha256: HalfVector(row.vector).to_text() for row in known if row.vector}
    errors: dict[str, str] = {}
    data: dict[str, bytes] = {}
    for picture in pictures:
        if picture.sha256 not in vectors and picture.sha256 not in data:
            try:
                data[picture.sha256] = _read(picture)
            except Exception as error:  # a storage may raise what it likes
                logger.warning("The file of picture %s could not be read: %s", picture.pk, error)
                errors[picture.sha256] = f"The file could not be read: {error}"[:500]
    for sha256, found in _embed(data, network).items():
        if isinstance(found, str):
            errors[sha256] = found
        else:
            vectors[sha256] = HalfVector(found).to_text()
    return [Outcome(p.pk, p.sha256, vectors.get(p.sha256), errors.get(p.sha256, "")) for p in pictures]


def _embed(data: dict[str, bytes], network: Network) -> dict[str, Vector | str]:
    """A vector for each, or the reason. Together, which is faster; one by one where one of them cannot be read."""
    if not data:
        return {}
    try:
        return dict(zip(data, engine.embedder(network).embed(list(data.values())), strict=True))
    except UnreadablePicture as error:
        if len(data) == 1:
            return {sha256: str(error) for sha256 in data}
    return {sha256: found for key, value in data.items() for sha256, found in _embed({key: value}, network).items()}


def _read(picture: ProductImage) -> bytes:
    with picture.file.open("rb") as file:
        data: bytes = file.read()
        return data

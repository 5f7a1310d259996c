"""Write side: embed the shop's pictures and store the vectors.

All of it may run twice, run in parallel, and be killed at any moment:

- Missing pictures are always read from the tables (`networks.backlog`).
- A batch holds advisory locks on the hashes of its pictures while it embeds them, and skips pictures that another
  worker has locked. If a worker dies, its locks are released and the pictures are still missing. Row locks would stop
  staff from saving a picture in the meantime.
- The start of an attempt is committed first, so a picture that kills its worker is known: an attempt that never ended
  is retried alone, after all others, and at most VISUALSEARCH_ATTEMPTS times.
- One upsert writes the rows. It never replaces a vector with an error for the same bytes.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from pgvector import HalfVector

from catalog.models import ProductImage
from visualsearch.embedding.preprocess import UnreadablePicture
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import backlog, loading
from visualsearch.networks.pictures import Files
from visualsearch.photo import Vector

logger = logging.getLogger(__name__)

# Shown to staff for a picture that is not retried automatically.
UNFINISHED = (
    "The process ended while embedding this picture, perhaps because it ran out of memory. "
    "Replace the picture with a smaller one, or try again."
)
# Materialized, because in one WHERE PostgreSQL may lock every picture of a small table before it checks the id.
LOCK = """
WITH wanted AS MATERIALIZED (SELECT DISTINCT sha256 FROM catalog_productimage WHERE id = ANY(%s))
SELECT sha256 FROM wanted WHERE pg_try_advisory_lock(%s, hashtext(sha256))
"""
UNLOCK = "SELECT pg_advisory_unlock(%s, hashtext(sha256)) FROM unnest(%s::text[]) AS sha256"
# Attempts are counted by hash, so that 5,000 products with the same picture do not kill a worker each.
BEGIN = """
INSERT INTO visualsearch_imageembedding AS old
    (image_id, network_id, image_sha256, attempts, error, began_at, updated_at)
SELECT picture.id, %(network)s, picture.sha256, 1 + coalesce(
           (SELECT max(same.attempts) FROM visualsearch_imageembedding AS same
            WHERE same.network_id = %(network)s AND same.image_sha256 = picture.sha256 AND same.vector IS NULL), 0),
       %(unfinished)s, now(), now()
FROM catalog_productimage AS picture WHERE picture.id = ANY(%(pictures)s) ORDER BY picture.id FOR KEY SHARE OF picture
ON CONFLICT (image_id, network_id) DO UPDATE
SET vector = NULL, image_sha256 = excluded.image_sha256, attempts = excluded.attempts, error = excluded.error,
    began_at = now(), updated_at = now()
WHERE old.vector IS NULL OR old.image_sha256 <> excluded.image_sha256
"""
# Joined with the pictures, so that one deleted in the meantime is left out and fails no others.
WRITE = """
INSERT INTO visualsearch_imageembedding AS old
    (image_id, network_id, vector, image_sha256, attempts, error, updated_at)
SELECT picture.id, %s, new.vector::halfvec, new.image_sha256, greatest(new.attempts, 1), new.error, now()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::int[])
    AS new (image_id, vector, image_sha256, error, attempts)
JOIN catalog_productimage AS picture ON picture.id = new.image_id
ORDER BY picture.id FOR KEY SHARE OF picture
ON CONFLICT (image_id, network_id) DO UPDATE
SET vector = excluded.vector, image_sha256 = excluded.image_sha256, error = excluded.error, updated_at = now(),
    attempts = CASE WHEN old.image_sha256 = excluded.image_sha256 THEN greatest(old.attempts, excluded.attempts)
                    ELSE excluded.attempts END,
    began_at = NULL
WHERE excluded.vector IS NOT NULL OR old.vector IS NULL OR old.image_sha256 <> excluded.image_sha256
"""


@dataclass(frozen=True)
class Outcome:
    """The result for one picture: a vector, or an error."""

    image_id: int
    image_sha256: str
    vector: str | None
    error: str = ""
    attempts: int = 1


def suspects(network: Network, ids: Sequence[int]) -> set[int]:
    """Return the pictures whose last attempt never ended. They may have killed the worker."""
    begun = ImageEmbedding.objects.filter(network=network, began_at__isnull=False).values("image_sha256")
    return set(ProductImage.objects.filter(pk__in=ids, sha256__in=begun).values_list("pk", flat=True))


def refresh(ids: Iterable[int], network: Network, files: Files | None = None) -> int:
    """Embed the pictures that lack a current embedding. Return the number of rows written.

    An unreadable picture gets a row with the error. Errors of the database or the network are raised.
    """
    return sum(_refresh_batch(batch, network, files or Files()) for batch in batches(ids))


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """Split the ids into lists of at most VISUALSEARCH_BATCH."""
    everything = list(ids)
    for start in range(0, len(everything), settings.VISUALSEARCH_BATCH):
        yield everything[start : start + settings.VISUALSEARCH_BATCH]


def retry(embeddings: QuerySet[ImageEmbedding]) -> list[int]:
    """Reset the attempts of these failed embeddings. Return the keys of their pictures."""
    failed = embeddings.filter(vector__isnull=True)
    ids = list(failed.values_list("image_id", flat=True))
    same_bytes = ImageEmbedding.objects.filter(vector__isnull=True, image_sha256__in=failed.values("image_sha256"))
    same_bytes.update(attempts=0)
    return ids


def _refresh_batch(ids: list[int], network: Network, files: Files) -> int:
    with _locked_hashes(ids, network) as hashes:
        missing = backlog.missing(network, ids)
        pictures = list(ProductImage.objects.filter(pk__in=missing, sha256__in=hashes).order_by("pk"))
        if not pictures:
            return 0
        outcomes = _find_outcomes(pictures, network)
        written = _write([outcome for outcome in outcomes if outcome], network)
        others = [picture for picture, outcome in zip(pictures, outcomes, strict=True) if not outcome]
        return written + sum(_try(group, network, files) for group in _group_by_risk(others, network))


@contextmanager
def _locked_hashes(ids: list[int], network: Network) -> Iterator[list[str]]:
    """Lock the pictures that no other worker has locked, and yield their hashes."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [ids, network.pk])
        hashes = [row[0] for row in cursor.fetchall()]
    try:
        yield hashes
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection holds no locks
            cursor.execute(UNLOCK, [network.pk, hashes])


def _find_outcomes(pictures: list[ProductImage], network: Network) -> list[Outcome | None]:
    """Return an outcome for each picture whose bytes already have a vector or have failed too often."""
    rows = ImageEmbedding.objects.filter(network=network, image_sha256__in={picture.sha256 for picture in pictures})
    vectors = {row.image_sha256: HalfVector(row.vector).to_text() for row in rows.filter(vector__isnull=False)}
    given_up = {
        row.image_sha256: row for row in rows.filter(vector=None, attempts__gte=settings.VISUALSEARCH_ATTEMPTS)
    }
    found: list[Outcome | None] = []
    for picture in pictures:
        failed = given_up.get(picture.sha256)
        if picture.sha256 in vectors:
            found.append(Outcome(picture.pk, picture.sha256, vectors[picture.sha256]))
        elif failed:
            found.append(Outcome(picture.pk, picture.sha256, None, failed.error, failed.attempts))
        else:
            found.append(None)
    return found


def _group_by_risk(pictures: list[ProductImage], network: Network) -> Iterator[list[ProductImage]]:
    """Yield pictures without an unfinished attempt together, then the others by hash, fewest attempts first."""
    begun = ImageEmbedding.objects.filter(
        network=network, began_at__isnull=False, image_sha256__in={picture.sha256 for picture in pictures}
    )
    suspected = dict(begun.order_by("attempts").values_list("image_sha256", "attempts"))
    if free := [picture for picture in pictures if picture.sha256 not in suspected]:
        yield free
    for sha256 in sorted(suspected, key=lambda sha256: suspected[sha256]):
        yield [picture for picture in pictures if picture.sha256 == sha256]


def _try(pictures: list[ProductImage], network: Network, files: Files) -> int:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"network": network.pk, "unfinished": UNFINISHED, "pictures": [p.pk for p in pictures]})
    return _write(_embed_pictures(pictures, network, files), network)


def _write(outcomes: list[Outcome], network: Network) -> int:
    if not outcomes:
        return 0
    columns = zip(*((o.image_id, o.vector, o.image_sha256, o.error, o.attempts) for o in outcomes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [network.pk, *map(list, columns)])
        return int(cursor.rowcount)


def _embed_pictures(pictures: list[ProductImage], network: Network, files: Files) -> list[Outcome]:
    """Embed the pictures; equal bytes are embedded once."""
    vectors: dict[str, str] = {}
    errors: dict[str, str] = {}
    data: dict[str, bytes] = {}
    for picture in pictures:
        if picture.sha256 not in data:
            try:
                data[picture.sha256] = files.read(picture)
            except Exception as error:  # storages may raise anything
                logger.warning("The file of picture %s could not be read: %s", picture.pk, error)
                errors[picture.sha256] = f"The file could not be read: {error}"[:500]
    for sha256, found in _embed(data, network).items():
        if isinstance(found, str):
            errors[sha256] = found
        else:
            vectors[sha256] = HalfVector(found).to_text()
    return [Outcome(p.pk, p.sha256, vectors.get(p.sha256), errors.get(p.sha256, "")) for p in pictures]


def _embed(data: dict[str, bytes], network: Network) -> dict[str, Vector | str]:
    """Return a vector or an error for each hash. They run as one batch, or one by one if any is unreadable."""
    if not data:
        return {}
    try:
        return dict(zip(data, loading.embedder(network).embed(list(data.values())), strict=True))
    except UnreadablePicture as error:
        if len(data) == 1:
            return {sha256: str(error) for sha256 in data}
    return {sha256: found for key, value in data.items() for sha256, found in _embed({key: value}, network).items()}

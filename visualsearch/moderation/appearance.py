"""What a candidate looks like to the checks that compare pictures, computed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from PIL import Image

from visualsearch.moderation import nearest
from visualsearch.moderation.alignment import Sheet
from visualsearch.moderation.finding import Candidate
from visualsearch.moderation.frames import find_inner
from visualsearch.moderation.nearest import Neighbours, Probe, as_bits
from visualsearch.moderation.prints import Bits, make_hash, make_print
from visualsearch.networks import loading, serving

_NAME = "appearance"

# Joined with the pictures, so that one deleted in the meantime is left out. `first_at` stays with the bytes.
WRITE = """
INSERT INTO visualsearch_pictureprint AS old (image_id, image_sha256, hash, small, first_at)
SELECT picture.id, new.image_sha256, new.hash::bit(64), new.small, statement_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[]) AS new (image_id, image_sha256, hash, small)
JOIN catalog_productimage AS picture ON picture.id = new.image_id
ORDER BY picture.id FOR KEY SHARE OF picture
ON CONFLICT (image_id) DO UPDATE
SET image_sha256 = excluded.image_sha256, hash = excluded.hash, small = excluded.small,
    first_at = CASE WHEN old.image_sha256 = excluded.image_sha256 THEN old.first_at ELSE excluded.first_at END
WHERE old.image_sha256 <> excluded.image_sha256 OR old.hash <> excluded.hash OR old.small <> excluded.small
"""


@dataclass(frozen=True)
class Appearance:
    """The candidate to lay over others, without a frame or a screenshot's page, and the pictures to lay it over."""

    sheet: Sheet
    near: Neighbours


def appearances(candidates: Sequence[Candidate]) -> list[Appearance]:
    """Store the prints of the candidates and return their appearances. Two queries for those that are new.

    A picture inside a picture costs another run of the network.
    """
    new = [each for each in candidates if _NAME not in each.shared]
    if new:
        network = serving.cached().network
        whole = write_prints(new)
        inner = [find_inner(each.picture, each.small) for each in new]
        framed = {place: picture for place, picture in enumerate(inner) if picture}
        more = dict(zip(framed, loading.embedder(network).embed(list(framed.values())), strict=True)) if framed else {}
        probes = [_probe(each, whole[place], inner[place], more.get(place)) for place, each in enumerate(new)]
        for each, picture, near in zip(new, inner, nearest.find(probes, network), strict=True):
            each.shared[_NAME] = Appearance(Sheet(picture or each.small), near)
    return [each.shared[_NAME] for each in candidates]


def write_prints(candidates: Sequence[Candidate]) -> list[Bits]:
    """Store what these pictures look like, apart from searchers' photos, and return their hashes."""
    hashes = [make_hash(each.small) for each in candidates]
    rows = [(each.image, each.sha256, as_bits(hash_), make_print(each.small))
            for each, hash_ in zip(candidates, hashes, strict=True) if each.image is not None]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [*map(list, zip(*rows, strict=True))])
    return hashes


def _probe(candidate: Candidate, whole: Bits, inner: Image.Image | None, more: nearest.Vector | None) -> Probe:
    vectors = [vector for vector in (candidate.vector, more) if vector is not None]
    return Probe(vectors, whole if inner is None else make_hash(inner), candidate.sha256, candidate.image)

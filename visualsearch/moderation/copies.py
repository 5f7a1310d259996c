"""The check for pictures that another product had first, as the same bytes or in disguise.

Pictures of one product or of one family are no copies, nor are colour twins: see `alignment`. Only staff can tell a
copied listing from a product that is in the shop twice, so that nothing is refused unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from visualsearch.models import PicturePrint, Reason
from visualsearch.moderation.alignment import TWIN, compare, likeness
from visualsearch.moderation.appearance import Appearance, appearances
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.nearest import Near, as_bits, near_others
from visualsearch.moderation.prints import make_hash, make_print, read_print
from visualsearch.networks import serving

LOOK_AT = 0.7
WORTH_STORING = 0.2
SAME_PRODUCT = 0.93  # cosine from which two products may be one

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


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Store what the pictures look like, and compare them with the earlier ones of other products."""
    stored = [each for each in candidates if each.image is not None]  # not the photos of searchers
    if not stored:
        return [[] for _ in candidates]
    write_prints(stored)
    shown = appearances(stored)
    nearest = near_others([each.probe for each in shown], serving.cached().network)
    keys = {near.key for found in nearest for near in found if not near.is_same_file}
    prints = {row.image_id: row for row in PicturePrint.objects.filter(pk__in=keys)}
    found = {each.image: _find(appearance, near, prints)
             for each, appearance, near in zip(stored, shown, nearest, strict=True)}  # fmt: skip
    return [found[each.image] if each.image is not None else [] for each in candidates]


def write_prints(candidates: Sequence[Candidate]) -> None:
    """Store what these pictures look like."""
    rows = [(each.image, each.sha256, as_bits(make_hash(each.picture)), make_print(each.picture))
            for each in candidates]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [*map(list, zip(*rows, strict=True))])


def _find(candidate: Appearance, nearest: Sequence[Near], prints: dict[int, PicturePrint]) -> list[Finding]:
    for near in nearest:
        if near.is_same_file:
            return [Finding(Reason.COPY, "same_file", 1.0, _evidence(near, 1.0))]
    those = [near for near in nearest if near.key in prints]
    compared = compare(candidate.sheet, [read_print(bytes(prints[near.key].small)) for near in those])
    scored = [(likeness(each), near) for each, near in zip(compared, those, strict=True)]
    best = max(scored, key=lambda each: each[0], default=None)
    if best and best[0] >= WORTH_STORING:
        return [Finding(Reason.COPY, "same_picture", best[0], _evidence(best[1], best[0]))]
    return [_same_product(near) for near in those[:1] if (near.likeness or 0) >= SAME_PRODUCT]


def _evidence(near: Near, score: float) -> dict[str, Any]:
    return {"image": near.key, "product": near.product, "likeness": round(score, 3)}


def _same_product(near: Near) -> Finding:
    """Suggest that both products are one. It is worth knowing, but not a look."""
    score = near.likeness or 0.0
    return Finding(Reason.COPY, "same_product", min(TWIN, score / 2), _evidence(near, score))


CHECK = Check(Reason.COPY, examine, LOOK_AT)

"""What a candidate looks like to the checks that compare pictures, computed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from visualsearch.moderation.alignment import Sheet
from visualsearch.moderation.finding import Candidate
from visualsearch.moderation.frames import find_inner
from visualsearch.moderation.nearest import Probe
from visualsearch.moderation.prints import make_hash
from visualsearch.networks import loading, serving

_NAME = "appearance"


@dataclass(frozen=True)
class Appearance:
    """The candidate to lay over others, without a frame or a screenshot's page, and what to search with."""

    sheet: Sheet
    probe: Probe


def appearances(candidates: Sequence[Candidate]) -> list[Appearance]:
    """Return the appearance of each candidate. A picture inside a picture costs another run of the network."""
    new = [each for each in candidates if _NAME not in each.shared]
    inner = {id(each): find_inner(each.picture) for each in new}
    found = {key: picture for key, picture in inner.items() if picture is not None}
    extra = dict(zip(found, loading.embedder(serving.cached().network).embed(list(found.values())), strict=True)
                 ) if found else {}  # fmt: skip
    for each in new:
        shown: Image.Image = found.get(id(each), each.picture)
        vectors = [vector for vector in (each.vector, extra.get(id(each))) if vector is not None]
        probe = Probe(vectors, make_hash(shown), each.sha256, each.image)
        each.shared[_NAME] = Appearance(Sheet(shown), probe)
    return [each.shared[_NAME] for each in candidates]

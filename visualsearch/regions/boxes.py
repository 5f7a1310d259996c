"""The finder's output to boxes: the best of those that overlap, the most prominent first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.preprocess import Region

Floats = npt.NDArray[np.float32]

ITEMS_SIDE = 448  # pixels of the short side of a photo with things, so that small ones are sharp
MAX_THINGS = 5
MIN_SCORE = 0.5  # of a thing worth a dot
MARGIN = 0.1  # of the box, on each side
MIN_SIDE = 0.05  # of the photo; smaller boxes are too vague to search with
_CANDIDATES = 120  # cells of the output that are looked at, the most certain ones
_SAME = 0.55  # shared part of two boxes, of all that they cover, from which they are averaged
_OVERLAP = 0.3  # from which only the more certain one is kept
_INSIDE = 0.6  # the same, as a share of the smaller box: parts of a thing are not things


class Thing(NamedTuple):
    """Where a thing is in a photo, and how certain that is, from 0 to 1."""

    box: Region
    score: float


def read_boxes(output: Floats, least: float = MIN_SCORE) -> list[Thing]:
    """Return at most MAX_THINGS things, large and central ones first.

    `output` is (5, h, w): for each cell of the photo how certain it is that a thing is centred there, and how far the
    thing reaches left, up, right and down, as fractions of the photo's sides. A box is the average of those that its
    cell and others found for the same thing.
    """
    scores, corners = _candidates(output, least)
    is_left = np.ones(len(scores), dtype=bool)
    things: list[Thing] = []
    while is_left.any() and len(things) < MAX_THINGS:
        best = int(is_left.argmax())  # the most certain comes first
        of_both, of_smaller = _overlaps(corners, corners[best])
        votes = scores**2 * (is_left & (of_both >= _SAME))
        left, top, right, bottom = (float(edge) for edge in votes @ corners / votes.sum())
        things.append(Thing(_widened(left, top, right, bottom), float(scores[best])))
        is_left &= (of_both <= _OVERLAP) & (of_smaller <= _INSIDE)
        is_left[best] = False
    return sorted(things, key=prominence, reverse=True)


def prominence(thing: Thing) -> float:
    """Return how likely a thing is to be what the photo is about: large, near the middle and certain."""
    x, y, width, height = thing.box
    distance = np.hypot(x + width / 2 - 0.5, y + height / 2 - 0.5)
    return float(np.sqrt(width * height) * (1 - distance) * thing.score)


def dot_within(part: Region, things: Sequence[Thing]) -> Thing | None:
    """Return the thing that covers a part of the photo best, of those whose middle is in it."""
    inside = [thing for thing in things if _is_within(thing.box, part)]
    return max(inside, key=lambda thing: overlap(thing.box, part), default=None)


def overlap(one: Region, other: Region) -> float:
    """Return what two boxes share, of all that they cover."""
    first, second = (
        np.array([box.x, box.y, box.x + box.width, box.y + box.height], dtype=np.float32) for box in (one, other)
    )
    return float(_overlaps(first[None], second)[0][0])


def _overlaps(corners: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return what boxes (n, 4) share with another one, of all that both cover, and of the smaller one."""
    shared = np.clip(np.minimum(corners[:, 2:], other[2:]) - np.maximum(corners[:, :2], other[:2]), 0, None).prod(
        axis=1
    )
    areas, area = (corners[:, 2:] - corners[:, :2]).prod(axis=1), (other[2:] - other[:2]).prod()
    return shared / (areas + area - shared), shared / np.minimum(areas, area)


def _is_within(box: Region, part: Region) -> bool:
    across, down = box.x + box.width / 2, box.y + box.height / 2
    return part.x <= across <= part.x + part.width and part.y <= down <= part.y + part.height


def _widened(left: float, top: float, right: float, bottom: float) -> Region:
    """Return the box with a margin: a search finds more with a little background than with a part cut off."""
    across, down = MARGIN * (right - left), MARGIN * (bottom - top)
    x, y = max(0.0, left - across), max(0.0, top - down)
    return Region(x, y, min(1.0, right + across) - x, min(1.0, bottom + down) - y)


def _candidates(output: Floats, least: float) -> tuple[Floats, Floats]:
    """Return the scores and corners (n, 4) of the most certain cells, the most certain first."""
    height, width = output.shape[1:]
    down, across = (np.arange(height) + 0.5)[:, None] / height, (np.arange(width) + 0.5)[None] / width
    score, left, up, right, below = np.nan_to_num(output).clip(0, 1)
    edges = np.stack([across - left, down - up, across + right, down + below], axis=-1).clip(0, 1).reshape(-1, 4)
    order = np.argsort(-score, axis=None, kind="stable")[:_CANDIDATES]
    scores, corners = score.reshape(-1)[order], edges[order].astype(np.float32)
    is_usable = (scores >= least) & ((corners[:, 2:] - corners[:, :2]).min(axis=1) >= MIN_SIDE)
    return scores[is_usable], corners[is_usable]

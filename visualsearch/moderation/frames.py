"""Find a picture inside a picture: in a frame, or on the page of a screenshot. Imports no Django."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.moderation.prints import thumbnail

Pixels = npt.NDArray[np.int16]

SIDE = 192  # pixels of the long side to look at
ROUNDS = 3  # a framed picture may be on a page
# Difference in any colour from which a pixel does not belong to the page. The second is for goods on white that are on
# a page of nearly white.
UNLIKE = (24, 7)
LEAST = 16  # pixels; smaller things are not pictures
EMPTY = 0.04  # share of other pixels up to which a row or column belongs to the page
STRAIGHT = 0.6  # share of an edge that a picture fills; goods on a white background touch it in a few places
LARGEST = 0.97  # share of the picture; the rest is too little to be a page around it
SMALL = 0.5  # below this share, goods are taken, too, if they are on a flat page
FLAT = 4  # difference in any colour within a flat page
FLAT_SHARE = 0.75  # the rest may be text and bars


class Part(NamedTuple):
    """Rows and columns of an array."""

    top: int
    bottom: int
    left: int
    right: int


def find_inner(picture: Image.Image, smaller: Image.Image | None = None) -> Image.Image | None:
    """Return what is on a page of one colour, without the page; None if the picture fills its edges.

    `smaller` is the same picture, already scaled down, which is cheaper to look at.
    """
    small = thumbnail(smaller or picture, SIDE)
    pixels = np.asarray(small, np.int16)
    part = whole = Part(0, pixels.shape[0], 0, pixels.shape[1])
    for _ in range(ROUNDS):
        found = _on_page(pixels[part.top : part.bottom, part.left : part.right])
        if found is None:
            break
        part = Part(part.top + found.top, part.top + found.bottom, part.left + found.left, part.left + found.right)
        part = Part(part.top + 1, part.bottom - 1, part.left + 1, part.right - 1)  # without the blurred edge
    if part == whole:
        return None
    scale = picture.width / small.width
    edges = part.left, part.top, part.right, part.bottom
    return picture.crop(tuple(round(scale * edge) for edge in edges))  # type: ignore[arg-type]  # four of them


def _on_page(pixels: Pixels) -> Part | None:
    """Return the largest thing on the page, by its longest run of rows and of columns."""
    if min(pixels.shape[:2]) < LEAST:
        return None
    distance = np.abs(pixels - _page_colour(pixels)).max(axis=-1)
    found = (_thing(distance, least) for least in UNLIKE)
    return next((part for part in found if part), None)


def _thing(distance: Pixels, least: int) -> Part | None:
    height, width = distance.shape
    other = distance > least
    part = Part(0, height, 0, width)
    for _ in range(2):  # columns are judged within the rows, then rows within the columns
        top, bottom = _longest(other[:, part.left : part.right].mean(axis=1) > EMPTY)
        left, right = _longest(other[top:bottom].mean(axis=0) > EMPTY) if bottom > top else (0, 0)
        part = Part(top, bottom, left, right)
        if min(bottom - top, right - left) < LEAST:
            return None
    share = (part.bottom - part.top) * (part.right - part.left) / (height * width)
    if share > LARGEST or not (_is_straight(other, part) or (share < SMALL and _is_on_flat(distance, part))):
        return None
    return part


def _page_colour(pixels: Pixels) -> Pixels:
    """Return the most frequent colour of the edge."""
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    ring = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    kinds = (ring >> 4) @ np.array([256, 16, 1], np.int16)
    values, counts = np.unique(kinds, return_counts=True)
    colour: Pixels = np.median(ring[kinds == values[counts.argmax()]], axis=0).astype(np.int16)
    return colour


def _longest(lines: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lines.astype(np.int8), [0]]))).reshape(-1, 2)
    if not len(edges):
        return 0, 0
    start, end = edges[(edges[:, 1] - edges[:, 0]).argmax()]
    return int(start), int(end)


def _is_straight(other: npt.NDArray[np.bool_], part: Part) -> bool:
    """Return True if the thing fills its edges, as a picture does. The outermost line is blurred."""
    inner = other[part.top : part.bottom, part.left : part.right]
    edges = (inner[1:3], inner[-3:-1], inner[:, 1:3], inner[:, -3:-1])
    return min(float(edge.mean()) for edge in edges) >= STRAIGHT


def _is_on_flat(distance: Pixels, part: Part) -> bool:
    """Return True if nearly everything around the thing has exactly the page's colour, as on a screen."""
    around = np.ones(distance.shape, bool)
    around[part.top : part.bottom, part.left : part.right] = False
    return float((distance[around] <= FLAT).mean()) >= FLAT_SHARE

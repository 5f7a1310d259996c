"""Lay one picture over another, to see whether they are the same one in disguise. Imports no Django.

The vector of a network says that two pictures show the same kind of thing; this says that they are the same pixels
(`agreement`). Both are reduced to structure, so that text, light and colours weigh little. The best position, scale
and side (mirrored or not) has the highest correlation, found for all positions at once by Fourier transforms: first at
half the size, then near the best scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.moderation import agreement
from visualsearch.moderation.agreement import Agreement, Array, grey, structure
from visualsearch.moderation.prints import SIDE, thumbnail

Size = tuple[int, int]  # width, height

CANVAS = 80  # pixels around a print, so that the other picture may have a frame
COARSE = CANVAS // 2
SCALES = tuple(sorted({round(COARSE * 0.93**step) for step in range(18)}, reverse=True))  # long sides
LEAST = 8  # pixels of a short side
COARSE_LEAST = 0.5  # correlation at half the size below which a pair is not looked at again: 1 in 1,000 disguises
FINE_PAIRS = 2  # pairs to look at again
FINE_GAP = 0.1  # in correlation below the best pair
FINE_LEAST = 0.35  # correlation below which a better size is not worth the time


class Fit(NamedTuple):
    """How a picture lies on a print: its correlation, side, size, and corner, which may be outside."""

    score: float
    is_mirrored: bool
    size: Size
    left: int
    top: int


NO_FIT = Fit(0.0, False, (LEAST, LEAST), 0, 0)


class Templates(NamedTuple):
    """The structure of a picture in some sizes and from some sides, as spectra to correlate with.

    `energies` has a sum of squares for each size, and `spectra` is (sizes, sides, rows, columns).
    """

    sizes: Sequence[Size]
    sides: Sequence[bool]
    energies: Sequence[float]
    spectra: npt.NDArray[np.complex64]


class Sheet:
    """A picture to be laid over prints, in all sizes and from both sides."""

    def __init__(self, picture: Image.Image) -> None:
        self.picture = thumbnail(picture, 2 * SIDE)

    @cached_property
    def coarse(self) -> Templates:
        return self.templates([_scaled(self.picture.size, side) for side in SCALES], (False, True), COARSE)

    @cached_property
    def _grey(self) -> Image.Image:
        return Image.fromarray(grey(np.asarray(self.picture, np.float32)))

    def templates(self, sizes: Iterable[Size], sides: Sequence[bool], canvas: int) -> Templates:
        """Return the spectrum of the structure for each size and side."""
        fitting = [size for size in sizes if min(size) >= LEAST and max(size) <= canvas]
        layers, energies = np.zeros((len(fitting), len(sides), canvas, canvas), np.float32), []
        for place, (width, height) in enumerate(fitting):
            small = self._grey.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
            own = structure(np.asarray(small))
            for side, is_mirrored in enumerate(sides):
                layers[place, side, :height, :width] = own[:, ::-1] if is_mirrored else own
            energies.append(float((own * own).sum()))
        return Templates(fitting, sides, energies, np.conj(np.fft.rfft2(layers)))

    def pixels(self, size: Size) -> Array:
        return np.asarray(self.picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0), np.float32)


def compare(sheet: Sheet, prints: Sequence[Image.Image]) -> list[Agreement | None]:
    """Return how well the picture agrees with the likeliest of the prints, None for the others."""
    coarse = _coarse_fits(sheet, prints)
    best = sorted(range(len(prints)), key=lambda place: -coarse[place].score)[:FINE_PAIRS]
    found: list[Agreement | None] = [None] * len(prints)
    for place in best:
        if coarse[place].score >= max(COARSE_LEAST, coarse[best[0]].score - FINE_GAP):
            found[place] = _agreement(sheet, prints[place], _fine_fit(sheet, prints[place], coarse[place]))
    return found


def _coarse_fits(sheet: Sheet, prints: Sequence[Image.Image]) -> list[Fit]:
    halves = [print_.resize(_half(print_.size), Image.Resampling.BOX) for print_ in prints]
    return [_best(*_laid_out(half, COARSE), sheet.coarse) for half in halves]


def _fine_fit(sheet: Sheet, print_: Image.Image, coarse: Fit) -> Fit:
    canvas = _laid_out(print_, CANVAS)
    best, long = NO_FIT, 2 * max(coarse.size)
    sizes = [_scaled(sheet.picture.size, side) for side in range(long - 4, long + 5, 2)]
    for _ in range(3):
        last, best = best, max(best, _best(*canvas, sheet.templates(sizes, (coarse.is_mirrored,), CANVAS)))
        if best.score < FINE_LEAST or best == last:
            break
        width, height = best.size
        sizes = [(width + x, height + y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
    return best


def _laid_out(print_: Image.Image, side: int) -> tuple[Array, Size]:
    """Return the print's structure in the middle of a canvas, and its corner."""
    own = structure(grey(np.asarray(print_, np.float32)))
    height, width = own.shape
    canvas, left, top = np.zeros((side, side), np.float32), (side - width) // 2, (side - height) // 2
    canvas[top : top + height, left : left + width] = own
    return canvas, (left, top)


def _best(canvas: Array, corner: Size, templates: Templates) -> Fit:
    best = NO_FIT
    side = len(canvas)
    correlations = np.fft.irfft2(np.fft.rfft2(canvas) * templates.spectra, (side, side))
    sums = np.zeros((side + 1, side + 1), np.float32)
    (canvas * canvas).cumsum(axis=0).cumsum(axis=1, out=sums[1:, 1:])
    for size, own, every in zip(templates.sizes, templates.energies, correlations, strict=True):
        width, height = size
        energy = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
        weights = 1 / np.sqrt(np.maximum(energy, 0) * own + 1)
        for is_mirrored, found in zip(templates.sides, every, strict=True):
            scores = found[: side - height + 1, : side - width + 1] * weights
            top, left = divmod(int(scores.argmax()), scores.shape[1])
            if scores[top, left] > best.score:
                best = Fit(float(scores[top, left]), is_mirrored, size, left - corner[0], top - corner[1])
    return best


def _agreement(sheet: Sheet, print_: Image.Image, fit: Fit) -> Agreement | None:
    old, new = _overlap(np.asarray(print_, np.float32), sheet.pixels(fit.size), fit)
    return None if min(old.shape[:2]) < LEAST else agreement.measure(old, new, fit.score)


def _overlap(old: Array, new: Array, fit: Fit) -> tuple[Array, Array]:
    if fit.is_mirrored:
        new = new[:, ::-1]
    top, left = max(0, -fit.top), max(0, -fit.left)
    bottom, right = min(len(new), len(old) - fit.top), min(new.shape[1], old.shape[1] - fit.left)
    return old[fit.top + top : fit.top + bottom, fit.left + left : fit.left + right], new[top:bottom, left:right]


def _scaled(size: Size, side: int) -> Size:
    scale = side / max(size)
    return round(scale * size[0]), round(scale * size[1])


def _half(size: Size) -> Size:
    return max(LEAST, size[0] // 2), max(LEAST, size[1] // 2)

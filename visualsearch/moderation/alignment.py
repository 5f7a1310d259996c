"""Tell whether two pictures are the same one in disguise, by laying one over the other. Imports no Django.

The vector of a network says that two pictures show the same kind of thing; this says that they are the same pixels.
Both are reduced to structure: brightness without its slow changes, divided by the contrast around each pixel. So
text, light and colours weigh little. The best position, scale and side (mirrored or not) has the highest correlation,
found for all positions at once by Fourier transforms: first at half the size, then near the best scale.

Two products of one mould agree in structure, too, but where one of them is blue it has another brightness, or another
strength of colour. A picture whose hues were turned keeps both. A twin that differs in hue alone, such as a glass of
another tint, cannot be told from a disguise, and a large turn is taken for a twin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.moderation.prints import SIDE, thumbnail

Array = npt.NDArray[np.float32]
Size = tuple[int, int]  # width, height

CANVAS = 80  # pixels around a print, so that the other picture may have a frame
COARSE = CANVAS // 2
SCALES = tuple(sorted({round(COARSE * 0.93**step) for step in range(18)}, reverse=True))  # long sides
LEAST = 8  # pixels of a short side
COARSE_LEAST = 0.42  # correlation at half the size below which a pair is not looked at again
FINE_PAIRS = 2  # pairs to look at again
FINE_LEAST = 0.35  # correlation below which a better size is not worth the time
NOISE = 4.0  # contrast below which structure is noise
BLOCKS = 6  # by as many, of which the middle brightness is compared
# Logistic regression on 1,200 disguises and 3,900 pairs of the most alike pictures of other things.
WEIGHTS = np.array([0.14, 2.40, 3.51, 4.55, -1.30, -0.79], np.float32)
BIAS = -0.80
CERTAIN = 0.9  # of structure and of nearly all blocks; one mould in two patterns may agree in most
SAME_COLOUR = 12.0  # change of strength, and turn in degrees, up to which colours are the same
UNCERTAIN = 0.97  # the highest score of a pair that is not certain
OTHER_COLOUR = 75.0  # degrees; a twin in another colour rather than a disguise
TWIN = 0.45  # the highest score of a twin
CLEAR = 0.5  # correlation of a block from which nothing lies over it
COLOURFUL = 12.0  # strength of a colour from which it has a hue
HUES = np.exp(2j * np.pi * np.arange(3) / 3).astype(np.complex64)
GREY = np.array([0.299, 0.587, 0.114], np.float32)


class Fit(NamedTuple):
    """How a picture lies on a print: its correlation, side, size, and corner, which may be outside."""

    score: float
    is_mirrored: bool
    size: Size
    left: int
    top: int


NO_FIT = Fit(0.0, False, (LEAST, LEAST), 0, 0)


class Agreement(NamedTuple):
    """How well two pictures agree where they overlap.

    `structure` is the correlation. `most` and `nearly_all` are the shares of structure in blocks that agree well and
    very well; `middle` is the median block. `brightness` is the mean difference of blocks, in grey levels. `colour` is
    how much more or less colourful one of them is, and `turn` how far its hues are turned, in degrees.
    """

    structure: float
    most: float
    nearly_all: float
    middle: float
    brightness: float
    colour: float
    turn: float


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
        if coarse[place].score >= COARSE_LEAST:
            found[place] = _agreement(sheet, prints[place], _fine_fit(sheet, prints[place], coarse[place]))
    return found


def likeness(agreement: Agreement | None) -> float:
    """Return how likely it is, from 0 to 1, that both are one picture."""
    if agreement is None:
        return 0.0
    facts = np.array([*agreement[:4], *np.log1p(agreement[4:6])], np.float32)
    score = float(1 / (1 + np.exp(-(WEIGHTS @ facts + BIAS))))
    if agreement.turn > OTHER_COLOUR:
        return min(score, TWIN)
    is_same = max(agreement.colour, agreement.turn) <= SAME_COLOUR
    is_certain = is_same and min(agreement.structure, agreement.nearly_all) >= CERTAIN
    return score if is_certain else min(score, UNCERTAIN)


def grey(pixels: Array) -> Array:
    return pixels @ GREY


def structure(brightness: Array) -> Array:
    """Return the brightness without its slow changes, in units of the contrast around."""
    fast = brightness - _blurred(brightness, 2)
    contrast = np.sqrt(np.maximum(_blurred(fast * fast, 3), 0))
    return (fast / (contrast + NOISE)).astype(np.float32)


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
    """Compare both pictures where they overlap, block by block."""
    old, new = _overlap(np.asarray(print_, np.float32), sheet.pixels(fit.size), fit)
    if min(old.shape[:2]) < LEAST:
        return None
    first, second = _blocks(structure(grey(old))), _blocks(structure(grey(new)))
    energies, others, together = ((each * other).sum(axis=-1) for each, other in
                                  ((first, first), (second, second), (first, second)))  # fmt: skip
    agreeing = together / (np.sqrt(energies * others) + 1)
    shares = [float(energies[agreeing > least].sum() / (energies.sum() + 1)) for least in (0.7, 0.8)]
    # Turned hues keep either of the two, depending on the tool that turned them.
    brightness = min(_difference(grey(old), grey(new)), _difference(old.max(axis=-1), new.max(axis=-1)))
    colour, turn = _colour_change(old, new, agreeing >= CLEAR)
    return Agreement(fit.score, shares[0], shares[1], float(np.median(agreeing)), brightness, colour, turn)


def _colour_change(old: Array, new: Array, clear: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Compare the colours of blocks that agree, so that text over the picture does not count."""
    if not clear.any():
        return 0.0, 0.0
    first, second = (_blocks(_colours(each))[clear].ravel() for each in (old, new))
    strength, others = np.abs(first), np.abs(second)
    change = float(np.quantile(np.abs(strength - others), 0.9))
    weights = strength * others
    turned = float(np.abs(np.angle(np.vdot(first, second * (weights > COLOURFUL**2)), deg=True)))
    return change, turned if (weights > COLOURFUL**2).any() else 0.0


def _colours(pixels: Array) -> npt.NDArray[np.complex64]:
    """Return a complex number for each pixel: its direction is the hue, its length the strength of the colour."""
    colours = pixels @ HUES
    found: npt.NDArray[np.complex64] = _blurred(colours.real, 1) + np.complex64(1j) * _blurred(colours.imag, 1)
    return found


def _overlap(old: Array, new: Array, fit: Fit) -> tuple[Array, Array]:
    if fit.is_mirrored:
        new = new[:, ::-1]
    top, left = max(0, -fit.top), max(0, -fit.left)
    bottom, right = min(len(new), len(old) - fit.top), min(new.shape[1], old.shape[1] - fit.left)
    return old[fit.top + top : fit.top + bottom, fit.left + left : fit.left + right], new[top:bottom, left:right]


def _difference(old: Array, new: Array) -> float:
    """Return the mean difference of the blocks' middle brightness, apart from one that all share."""
    found = np.median(_blocks(new), axis=-1) - np.median(_blocks(old), axis=-1)
    return float(np.abs(found - np.median(found)).mean())


def _blocks(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the pixels of each block, (blocks, pixels). A few pixels on the right and below are left out."""
    height, width = (side // BLOCKS for side in array.shape)
    whole = array[: BLOCKS * height, : BLOCKS * width].reshape(BLOCKS, height, BLOCKS, width)
    return whole.swapaxes(1, 2).reshape(BLOCKS * BLOCKS, height * width)


def _blurred(array: Array, radius: int) -> Array:
    """Return the mean of the square around each pixel, where the edge goes on beyond the picture."""
    height, width = array.shape
    padded = array[_inside(height, radius)[:, None], _inside(width, radius)]
    sums = np.zeros((height + 2 * radius + 1, width + 2 * radius + 1), np.float32)
    padded.cumsum(axis=0).cumsum(axis=1, out=sums[1:, 1:])
    side = 2 * radius + 1
    window = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    mean: Array = (window / side**2).astype(np.float32)
    return mean


@cache
def _inside(side: int, radius: int) -> npt.NDArray[np.intp]:
    """Return the places of a row that has `radius` more pixels at both ends."""
    return np.arange(-radius, side + radius).clip(0, side - 1)


def _scaled(size: Size, side: int) -> Size:
    scale = side / max(size)
    return round(scale * size[0]), round(scale * size[1])


def _half(size: Size) -> Size:
    return max(LEAST, size[0] // 2), max(LEAST, size[1] // 2)

"""Tell whether two pictures that lie on each other are one, by their pixels. Imports no Django.

Text over a picture changes some blocks of it, and other light all of them a little. Two products of one mould agree in
structure, too, but where one of them is blue it has another brightness or another strength of colour, and what is grey
or wooden stays as it was. A picture whose hues were turned keeps brightness and strength, and all its hues turn alike.
A twin that differs in hue alone, such as a glass of another tint, cannot be told from a disguise, and a large turn is
taken for a twin.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

NOISE = 4.0  # contrast below which structure is noise
BLOCKS = 6  # by as many
CLEAR = 0.5  # correlation of a block from which nothing lies over it
AGAINST = 0.3  # correlation of a block up to which it shows something else
COLOURFUL = 8.0  # strength of a colour from which it has a hue
# Logistic regression on 4,900 disguises, 8,400 pairs of the most alike pictures of other things and 2,300 twins, for
# the fields of `Agreement` from `most` on; LIKELY moves the thresholds of both checks to where they were.
WEIGHTS = np.array([3.17, 5.82, -7.28, -1.65, -0.95, -1.88, 1.23], np.float32)
BIAS, LIKELY = 0.14, 1.45
CERTAIN = 0.9  # of structure and of nearly all blocks; one mould in two patterns may agree in most
SAME_COLOUR, SAME_HUE = 8.0, 12.0  # change of strength, and turn in degrees, up to which colours are the same
UNCERTAIN = 0.97  # the highest score of a pair that is not certain
HUES = np.exp(2j * np.pi * np.arange(3) / 3).astype(np.complex64)
GREY = np.array([0.299, 0.587, 0.114], np.float32)


class Agreement(NamedTuple):
    """How well two pictures agree where they overlap.

    `structure` is the correlation; `nearly_all` and `most` are the shares of structure in blocks that agree very well
    and well, `clear` is the share of blocks under nothing, and `against` that of structure in blocks that show
    something else. Of the clear blocks, `brightness` is how much the light differs, in grey levels, `colour` how much
    more or less colourful one of them is, `turn` how far the hues are turned, in degrees, and `evenly` whether all
    are turned alike, up to 1.
    """

    structure: float
    nearly_all: float
    most: float
    clear: float
    against: float
    brightness: float
    colour: float
    turn: float
    evenly: float


def likeness(agreement: Agreement | None) -> float:
    """Return how likely it is, from 0 to 1, that both are one picture."""
    if agreement is None:
        return 0.0
    _structure, nearly_all, most, clear, against, brightness, colour, turn, evenly = agreement
    facts = np.array([most, clear, against, np.log1p(brightness), np.log1p(colour), turn / 60, evenly], np.float32)
    score = float(1 / (1 + np.exp(-np.clip(WEIGHTS @ facts + BIAS + LIKELY, -30, 30))))
    is_same = colour <= SAME_COLOUR and turn <= SAME_HUE
    is_certain = is_same and min(agreement.structure, nearly_all) >= CERTAIN
    return score if is_certain else min(score, UNCERTAIN)


def measure(old: Array, new: Array, correlation: float) -> Agreement:
    """Compare two RGB pictures of the same size, at least BLOCKS pixels high and wide, block by block."""
    first, second = (_blocks(structure(grey(each))) for each in (old, new))
    energies, others, together = ((each * other).sum(axis=-1) for each, other in
                                  ((first, first), (second, second), (first, second)))  # fmt: skip
    agreeing, total = together / (np.sqrt(energies * others) + 1), float(energies.sum()) + 1
    nearly_all, most = (float(energies[agreeing > least].sum()) / total for least in (0.8, 0.7))
    against = float(energies[agreeing < AGAINST].sum()) / total
    clear = agreeing >= CLEAR
    seen = clear if clear.any() else agreeing >= np.quantile(agreeing, 0.7)
    # Turned hues keep either of the two, depending on the tool that turned them.
    brightness = min(_difference(grey(old), grey(new), seen), _difference(old.max(axis=-1), new.max(axis=-1), seen))
    share = float(clear.mean())
    return Agreement(correlation, nearly_all, most, share, against, brightness, *_colour_change(old, new, seen))


def grey(pixels: Array) -> Array:
    return pixels @ GREY


def structure(brightness: Array) -> Array:
    """Return the brightness without its slow changes, in units of the contrast around."""
    fast = brightness - _blurred(brightness, 2)
    contrast = np.sqrt(np.maximum(_blurred(fast * fast, 3), 0))
    return (fast / (contrast + NOISE)).astype(np.float32)


def _difference(old: Array, new: Array, seen: npt.NDArray[np.bool_]) -> float:
    """Return how much the light of these blocks differs, apart from what all pixels share."""
    found = (_blocks(_blurred(new, 1)) - _blocks(_blurred(old, 1)))[seen]
    return float(np.quantile(np.abs(found - np.median(found)), 0.9))


def _colour_change(old: Array, new: Array, seen: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return how much the colours of these blocks differ in strength and in hue, and whether all hues turn alike."""
    first, second = (_blocks(_colours(each))[seen].ravel() for each in (old, new))
    strength, others = np.abs(first), np.abs(second)
    change = float(np.quantile(np.abs(strength - others), 0.75))
    coloured = np.minimum(strength, others) > COLOURFUL
    if not coloured.any():
        return change, 0.0, 1.0
    turned = np.vdot(first, second * coloured)
    evenly = float(np.abs(turned) / (strength * others)[coloured].sum())
    return change, float(np.abs(np.angle(turned, deg=True))), evenly


def _colours(pixels: Array) -> npt.NDArray[np.complex64]:
    """Return a complex number for each pixel: its direction is the hue, its length the strength of the colour."""
    colours = pixels @ HUES
    found: npt.NDArray[np.complex64] = _blurred(colours.real, 1) + np.complex64(1j) * _blurred(colours.imag, 1)
    return found


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

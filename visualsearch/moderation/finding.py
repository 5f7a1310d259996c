"""What checks look at and what they say. Imports no Django, so that checks can be measured alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.moderation.measures import shrunk


@dataclass(frozen=True)
class Finding:
    """What one check found in a picture.

    `score` is from 0 (nothing) to 1 (certain), and the check's thresholds decide what follows from it. `evidence`
    can be stored as JSON, such as `{"refused": 7, "likeness": 0.97}`; `box` in it is (x, y, width, height) as shares
    of the picture.
    """

    check: str
    code: str
    score: float
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Candidate:
    """A picture to check: its pixels, decoded once, and its vector by the live network.

    `picture` is upright RGB on white with a short side of at least DECODED_SIDE pixels where the upload has them;
    `width` and `height` are those of the upload. `image` and `product` are keys, None for a searcher's photo.
    """

    picture: Image.Image
    width: int
    height: int
    sha256: str
    vector: npt.NDArray[np.float32] | None = None
    image: int | None = None
    product: int | None = None
    category: int | None = None
    is_from_customer: bool = False
    shared: dict[str, Any] = field(default_factory=dict)  # what several checks compute of it once

    @cached_property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """The picture as uint8 (height, width, 3)."""
        return np.asarray(self.picture)

    @cached_property
    def small(self) -> Image.Image:
        """The picture as a listing shows it, for checks that need no more."""
        return shrunk(self.picture)


DECODED_SIDE = 384  # pixels; enough to see blur and small text, cheap to decode

Examine = Callable[[Sequence[Candidate]], list[list[Finding]]]


@dataclass(frozen=True)
class Check:
    """A check: its name, what it does with a batch, and its thresholds until the owner sets others.

    A score of at least `look_at` needs a look; one of at least `refuse_at` is refused without a look. None: never.
    """

    name: str
    examine: Examine
    look_at: float
    refuse_at: float | None = None

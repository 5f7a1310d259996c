"""What a picture probably shows, in everyday words, for a shop that has nothing like it to compare with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.utils.functional import Promise

from catalog.models import Category
from visualsearch.kinds.vocabulary import NAMES
from visualsearch.models import Network
from visualsearch.networks import loading

Vector = npt.NDArray[np.float32]


class LikelyKind(NamedTuple):
    """A kind of goods: “an umbrella”, “Umbrellas”, and how likely the picture shows one."""

    name: str
    phrase: str | Promise
    plural: str | Promise
    probability: float

    def find_category(self, categories: Iterable[Category]) -> Category | None:
        """Return the category that is named like the kind."""
        plural = str(self.plural).casefold()
        return next((each for each in categories if each.name.casefold() == plural), None)


def likely_kind(vector: Vector, network: Network) -> LikelyKind | None:
    """Return the kind that a vector shows. None if that is unclear, or the head belongs to another network."""
    head = loading.kinds_head()
    guess = head.guess(vector) if head.card.network_sha256 == network.sha256 else None
    return LikelyKind(guess.kind, *NAMES[guess.kind], guess.probability) if guess else None

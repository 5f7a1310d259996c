"""Whether the shop sells the item in a photo: match, unsure or no_match.

The probability follows from two things that a search finds: the score of the nearest product, and how far the nearest
products agree on a category. `calibration` fits it to the network and the shop. Without a calibration, such as in a
shop of a few products, the threshold on the network's card decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from visualsearch.measuring.logistic import Curve
from visualsearch.models import Calibration, Network
from visualsearch.networks import loading, serving
from visualsearch.search import Hit

VERDICTS = ("match", "unsure", "no_match")
NEIGHBOURS = 10  # products that say which category the photo shows
SOFTNESS = 0.05  # of the score: a neighbour that is less alike by this has 1/e of the weight
UNSURE = 0.85  # of the card's threshold, without a calibration


class Evidence(NamedTuple):
    """The score of the nearest product, and the share of its neighbours' weight that is in its category."""

    best: float
    agreement: float


@dataclass(frozen=True)
class Judge:
    """Tells the verdicts apart. `threshold` is the score from which on a product is probably the item."""

    curve: Curve
    none_below: float
    match_from: float

    def probability(self, found: Evidence) -> float:
        """Return the probability that the shop sells the item."""
        return float(self.curve.probability(np.array([found]))[0])

    def verdict(self, found: Evidence) -> str:
        return self.verdict_of(self.probability(found))

    def verdict_of(self, chance: float) -> str:
        if chance >= self.match_from:
            return "match"
        return "unsure" if chance >= self.none_below else "no_match"


@dataclass(frozen=True)
class CardJudge:
    """Compares the best score with the threshold on the network's card."""

    threshold: float

    def verdict(self, found: Evidence) -> str:
        if found.best >= self.threshold:
            return "match"
        return "unsure" if found.best >= UNSURE * self.threshold else "no_match"


def evidence(hits: Sequence[Hit], categories: Mapping[int, int | None]) -> Evidence:
    """Return what the hits say, the best of each product; `categories` are by product."""
    nearest = sorted(hits, key=lambda hit: -hit.score)[:NEIGHBOURS]
    if not nearest:
        return Evidence(-1.0, 0.0)
    best, *others = nearest
    weights = [float(np.exp((hit.score - best.score) / SOFTNESS)) for hit in others]
    kind = categories.get(best.product_id)
    agreeing = sum(
        weight for hit, weight in zip(others, weights, strict=True) if categories.get(hit.product_id) == kind
    )
    return Evidence(best.score, agreeing / sum(weights) if others else 0.0)


def judge(network: Network) -> Judge | CardJudge:
    """Return the judge of a network. No query for a network that is live."""
    found = _calibration(network)
    if found is None:
        return CardJudge(loading.card(network).match_threshold)
    return Judge(Curve(found.bias, tuple(found.weights)), found.none_below, found.match_from)


def _calibration(network: Network) -> Calibration | None:
    live = {(each.pk, each.sha256): each for each in serving.cached().networks}
    return getattr(live.get((network.pk, network.sha256), network), "calibration", None)

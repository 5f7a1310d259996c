"""How close results should be: from exactly this to things like this, over the same stored vectors.

The dimensions of a network are principal axes, wide ones first (`Card.spread`). Wide axes tell kinds apart, narrow
ones single products. So the query is multiplied by a power of the spread, and nothing stored changes: the
larger the exponent, the more the same kind counts. Networks whose cards have no spread have only one step.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from visualsearch.models import Network

Weights = npt.NDArray[np.float32]

# Exponents, and how much of the shop's own map counts, which favours the same product. Measured in
# docs/visual-search.md.
STEPS: Mapping[str, float] = {"exact": 0.0, "alike": 0.5, "kind": 1.0}
MAP_SHARES: Mapping[str, float] = {"exact": 1.0, "alike": 0.5, "kind": 0.0}
PHOTO = "exact"
PRODUCT = "alike"  # for products that look like a product


def is_adjustable(network: Network) -> bool:
    return bool(network.card.get("spread"))


def default_step(*, is_of_product: bool) -> str:
    return PRODUCT if is_of_product else PHOTO


def axis_weights(network: Network, step: str) -> Weights | None:
    """Return what to multiply a query by before it is normalised; None to leave it as it is."""
    exponent = STEPS[step]
    return _power(tuple(network.card["spread"]), exponent) if exponent and is_adjustable(network) else None


@lru_cache(maxsize=32)
def _power(spread: tuple[float, ...], exponent: float) -> Weights:
    weights: Weights = (np.array(spread) ** exponent).astype(np.float32)
    return weights

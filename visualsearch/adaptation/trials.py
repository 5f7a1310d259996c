"""Try a map on pictures that it was not fitted on, against searching without it. Without labels but the categories."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from visualsearch.adaptation.samples import Again, Floats, Gallery, Keys
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.networks.comparison import TOLERANCE, Measure, paired_interval

SAME_KIND = "same kind"  # only a guard: queries share their neighbours, which makes its interval too narrow
FIRST = 10  # results that should be of the same kind
BATCH = 100  # queries; bounds memory


class _Marks(NamedTuple):
    """What each query found, from 0 to 1, or NaN where there was nothing to find."""

    rephotographed: Floats
    leave_one_out: Floats
    same_kind: Floats


def try_map(matrix: Floats, gallery: Gallery, again: Again) -> list[Measure]:
    """Measure searches with pictures taken again, without the map (old) and with it (new).

    - Rephotographed: the right product comes first.
    - Leave one out: it does by another picture of it.
    - Same kind: the share of the first ten other products that are of the product's category.
    """
    old = _marks(again.vectors, gallery, again.places)
    new = _marks(unit_vectors(again.vectors @ matrix), gallery, again.places)
    products = gallery.products[again.places]
    names = ("rephotographed", "leave one out", SAME_KIND)
    measures = [_measure(name, before, after, products) for name, before, after in zip(names, old, new, strict=True)]
    return [each for each in measures if each.queries]


def is_better(measures: Sequence[Measure]) -> bool:
    """Return True if products are found more often, beyond the noise, and no measure is worse."""
    is_worse = any(each.high < 0 or each.low < -TOLERANCE for each in measures)
    return not is_worse and any(each.low > 0 for each in measures if each.name != SAME_KIND)


def _measure(name: str, old: Floats, new: Floats, products: Keys) -> Measure:
    known = ~np.isnan(old) & ~np.isnan(new)
    old, new, products = old[known], new[known], products[known]
    if not len(products):
        return Measure(name, 0, 0, 0.0, 0.0, 0.0, 0.0)
    low, high = paired_interval(new - old, products)
    return Measure(name, len(products), len(np.unique(products)), float(old.mean()), float(new.mean()), low, high)


def _marks(queries: Floats, gallery: Gallery, places: Keys) -> _Marks:
    parts = [
        _batch_marks(queries[part], gallery, places[part])
        for part in (slice(start, start + BATCH) for start in range(0, len(places), BATCH))
    ]
    return _Marks(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _batch_marks(queries: Floats, gallery: Gallery, places: Keys) -> _Marks:
    scores, rows = queries @ gallery.vectors.T, np.arange(len(places))
    products, categories = gallery.products[places], gallery.categories[places]
    is_own = gallery.products == products[:, None]
    rephotographed = is_own[rows, scores.argmax(axis=1)]
    scores[rows, places] = -2
    has_other = is_own.sum(axis=1) > 1
    left_out = np.where(has_other, is_own[rows, scores.argmax(axis=1)], np.nan)
    scores[is_own] = -2
    nearest = np.argpartition(-scores, min(FIRST, scores.shape[1]) - 1, axis=1)[:, :FIRST]
    is_kind = gallery.categories[nearest] == categories[:, None]
    has_kind = ((gallery.categories == categories[:, None]) & ~is_own).any(axis=1)
    same_kind = np.where(has_kind, is_kind.mean(axis=1), np.nan)
    return _Marks(*(each.astype(np.float32) for each in (rephotographed, left_out, same_kind)))

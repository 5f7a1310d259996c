"""Compare two networks on the shop's own pictures, without labels.

Queries are pictures of the shop, and the right result is their product:

- Rephotographed: pictures as another camera might have taken them (`measuring.rephotograph`) should find it first.
- Leave one out: each picture of a product that has several should find it by the others. Customers see these results
  as a row, as similar items or beside other angles, so the first five decide. How often it comes first is only shown:
  that favours a network trained on these very pictures.

Both networks get the same queries, so results are compared in pairs. The interval is the 95% interval of a paired
bootstrap (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", ch. 13). It resamples products, because the
pictures of one product are not independent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import F

from catalog.models import ProductImage
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import rank
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import loading
from visualsearch.networks.pictures import retake

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.float64]

TOLERANCE = 0.02  # loss of recall at 1 with which a network may still go live
MAX_PICTURES = 20_000  # beyond that, whole products are sampled
MAX_QUERIES = 2_000  # leaving one out
FIRST_RESULTS = 5
REPHOTOGRAPHED = 300  # pictures
RESAMPLES = 2_000
TIME_LIMIT = 60  # seconds to rephotograph: a task has four minutes, and a busy machine is slow
SEED = 0


@dataclass(frozen=True)
class Measure:
    """The recall of both networks. `low` and `high` bound the 95% interval of new minus old.

    A measure that does not decide is only shown.
    """

    name: str
    queries: int
    products: int
    old: float
    new: float
    low: float
    high: float
    decides: bool = True

    @property
    def is_not_worse(self) -> bool:
        """Return True if the interval lies above -TOLERANCE."""
        return self.low >= -TOLERANCE

    @property
    def verdict(self) -> str:
        """Return better or worse if the interval excludes 0, not worse if it ends above -TOLERANCE, else unsure."""
        if self.low > 0:
            return "better"
        if self.high < 0:
            return "worse"
        return "not worse" if self.is_not_worse else "unsure"

    def as_facts(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON."""
        rounded = {name: round(getattr(self, name), 4) for name in ("old", "new", "low", "high")}
        return {"measure": self.name, "queries": self.queries, "products": self.products, **rounded}


@dataclass(frozen=True)
class Comparison:
    """The measures of two networks on the shop's own pictures."""

    old: Network
    new: Network
    measures: list[Measure]

    @property
    def deciding(self) -> list[Measure]:
        return [measure for measure in self.measures if measure.decides]

    @property
    def is_not_worse(self) -> bool:
        """Return True if no deciding measure may be worse, also in a shop with nothing to measure."""
        return all(measure.is_not_worse for measure in self.deciding)

    @property
    def favours_new(self) -> bool:
        """Return True if the new network is not worse, or found as much where the shop is too small to tell."""
        return all(measure.is_not_worse or measure.new >= measure.old for measure in self.deciding)


@dataclass(frozen=True)
class _Gallery:
    """Pictures that both networks have embedded: keys, products numbered from 0, and the vectors of both networks."""

    images: Keys
    products: Keys
    vectors: tuple[Floats, Floats]


def compare(old: Network, new: Network, rephotographed: int = REPHOTOGRAPHED) -> Comparison:
    """Measure both networks on the pictures that both have embedded. Raises BadCard.

    The result is the same every time, unless TIME_LIMIT ends it.
    """
    gallery = _gallery(old, new)
    measures = [_rephotographed(gallery, (old, new), rephotographed), *_leave_one_out(gallery)]
    return Comparison(old, new, [measure for measure in measures if measure.queries])


def paired_interval(differences: Floats, groups: Keys) -> tuple[float, float]:
    """Return the 95% bootstrap interval of the mean difference, resampling whole groups."""
    random = np.random.default_rng(SEED)
    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, differences), np.bincount(group)
    means = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(counts), size=len(counts))
        means.append(sums[drawn].sum() / counts[drawn].sum())
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _measure(name: str, hits: Sequence[Bools], products: Keys, decides: bool = True) -> Measure:
    if not len(products):
        return Measure(name, 0, 0, 0.0, 0.0, 0.0, 0.0)
    old, new = (each.astype(np.float32) for each in hits)
    low, high = paired_interval(new - old, products)
    counts = len(products), len(set(products.tolist()))
    return Measure(name, *counts, float(old.mean()), float(new.mean()), low, high, decides)


def _leave_one_out(gallery: _Gallery) -> list[Measure]:
    views = np.bincount(gallery.products, minlength=1)[gallery.products]
    positions = _sample(np.flatnonzero(views > 1), MAX_QUERIES)
    ranks = [
        _ranks(vectors[positions], gallery.products[positions], vectors, gallery.products, positions)
        for vectors in gallery.vectors
        if len(positions)
    ]
    return [
        _measure("leave one out, first five", [each <= FIRST_RESULTS for each in ranks], gallery.products[positions]),
        _measure("leave one out", [each == 1 for each in ranks], gallery.products[positions], decides=False),
    ]


def _rephotographed(gallery: _Gallery, networks: tuple[Network, Network], most: int) -> Measure:
    positions = np.random.default_rng(SEED).permutation(len(gallery.images))[:most]
    hits: tuple[list[bool], list[bool]] = ([], [])
    products: list[int] = []
    ends_at = monotonic() + TIME_LIMIT
    for chunk in chunks_with_progress(positions.tolist(), 32, "Rephotographing"):
        if monotonic() > ends_at:  # in random order, so what has been measured is a fair sample
            break
        images = ProductImage.objects.in_bulk(gallery.images[chunk].tolist())  # some may be gone
        known = [(position, images.get(int(gallery.images[position]))) for position in chunk]
        photos = [(position, photo) for position, image in known if image and (photo := retake(image, SEED))]
        if not photos:
            continue
        keys = gallery.products[[position for position, _ in photos]]
        products += keys.tolist()
        for network, vectors, found in zip(networks, gallery.vectors, hits, strict=True):
            queries = loading.embedder(network).embed([photo for _, photo in photos])
            found += (_ranks(queries, keys, vectors, gallery.products) == 1).tolist()
    return _measure(
        "rephotographed", [np.array(each, dtype=bool) for each in hits], np.array(products, dtype=np.int64)
    )


def _ranks(queries: Floats, wanted: Keys, vectors: Floats, products: Keys, hidden: Keys | None = None) -> Ranks:
    """Return the rank of each query's product, leaving out its own position in `hidden`."""
    found: Ranks = rank(lambda some: some @ vectors.T, queries, wanted, products, hidden).rank
    return found


def _gallery(old: Network, new: Network) -> _Gallery:
    by_old = {image: product for image, product, _ in _embedded(old)}
    shared = {image: by_old[image] for image, _, _ in _embedded(new) if image in by_old}
    images = _whole_products(shared)
    position = {image: place for place, image in enumerate(images)}
    vectors = []
    for network in (old, new):
        table = np.zeros((len(images), network.dimensions), dtype=np.float32)
        for image, _, vector in _embedded(network, with_vector=True):
            if image in position:
                table[position[image]] = vector
        vectors.append(table)
    products = np.array([shared[image] for image in images], dtype=np.int64)
    return _Gallery(
        np.array(images, dtype=np.int64), np.unique(products, return_inverse=True)[1], (vectors[0], vectors[1])
    )


def _embedded(network: Network, with_vector: bool = False) -> Iterator[tuple[int, int, Any]]:
    """Yield picture, product and, on request, vector of every current embedding that customers find."""
    rows = ImageEmbedding.objects.shown(network).filter(image_sha256=F("image__sha256"))
    columns = ["image_id", "image__product_id", *(["vector"] if with_vector else [])]
    for row in rows.order_by("image_id").values_list(*columns).iterator(2000):
        yield row[0], row[1], np.asarray(row[2], dtype=np.float32) if with_vector else None


def _whole_products(products: dict[int, int]) -> list[int]:
    """Return all pictures, or pictures of random products until there are MAX_PICTURES."""
    if len(products) <= MAX_PICTURES:
        return sorted(products)
    images: dict[int, list[int]] = {}
    for image, product in products.items():
        images.setdefault(product, []).append(image)
    chosen: list[int] = []
    for product in np.random.default_rng(SEED).permutation(sorted(images)).tolist():
        if len(chosen) >= MAX_PICTURES:
            break
        chosen += images[product]
    return sorted(chosen)


def _sample(positions: Keys, most: int) -> Keys:
    return np.sort(np.random.default_rng(SEED).permutation(positions)[:most])

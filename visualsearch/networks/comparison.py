"""Compare two networks on the shop's own pictures, without labels.

There are two measures of recall at 1, the share of queries whose first result is the right product:

- Leave one out: search with each picture of a product that has several among all other pictures.
- Rephotographed: search with pictures as another camera might have taken them (`measuring.rephotograph`).

Both networks get the same queries, so results are compared in pairs. The interval is the 95% interval of a paired
bootstrap (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", ch. 13). It resamples products, because the
pictures of one product are not independent.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import F

from catalog.models import ProductImage
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import rank
from visualsearch.measuring.rephotograph import rephotograph
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import loading

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.int64]

TOLERANCE = 0.02  # loss of recall at 1 with which a network may still go live
MAX_PICTURES = 20_000  # beyond that, whole products are sampled
MAX_QUERIES = 2_000  # leaving one out
REPHOTOGRAPHED = 300  # pictures
RESAMPLES = 2_000
SIDE = 512  # pixels on the short side of a picture to rephotograph
SEED = 0


@dataclass(frozen=True)
class Measure:
    """The recall of both networks. `low` and `high` bound the 95% interval of new minus old."""

    name: str
    queries: int
    products: int
    old: float
    new: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return better or worse if the interval excludes 0, not worse if it ends above -TOLERANCE, else unsure."""
        if self.low > 0:
            return "better"
        if self.high < 0:
            return "worse"
        return "not worse" if self.low >= -TOLERANCE else "unsure"

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
    def is_not_worse(self) -> bool:
        """Return True if every interval lies above -TOLERANCE, also in a shop with nothing to measure."""
        return all(measure.low >= -TOLERANCE for measure in self.measures)


@dataclass(frozen=True)
class _Gallery:
    """Pictures that both networks have embedded: keys, products numbered from 0, and the vectors of both networks."""

    images: Keys
    products: Keys
    vectors: tuple[Floats, Floats]


def compare(old: Network, new: Network, rephotographed: int = REPHOTOGRAPHED) -> Comparison:
    """Measure both networks on the pictures that both have embedded. The result is deterministic. Raises BadCard."""
    gallery = _gallery(old, new)
    measures = [_leave_one_out(gallery), _rephotographed(gallery, (old, new), rephotographed)]
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


def _measure(name: str, hits: Sequence[Bools], products: Keys) -> Measure:
    if not len(products):
        return Measure(name, 0, 0, 0.0, 0.0, 0.0, 0.0)
    old, new = (each.astype(np.float32) for each in hits)
    low, high = paired_interval(new - old, products)
    return Measure(name, len(products), len(set(products.tolist())), float(old.mean()), float(new.mean()), low, high)


def _leave_one_out(gallery: _Gallery) -> Measure:
    views = np.bincount(gallery.products, minlength=1)[gallery.products]
    positions = _sample(np.flatnonzero(views > 1), MAX_QUERIES)
    hits = [
        _is_found(vectors[positions], gallery.products[positions], vectors, gallery.products, positions)
        for vectors in gallery.vectors
        if len(positions)
    ]
    return _measure("leave one out", hits, gallery.products[positions])


def _rephotographed(gallery: _Gallery, networks: tuple[Network, Network], most: int) -> Measure:
    positions = _sample(np.arange(len(gallery.images)), most)
    hits: tuple[list[bool], list[bool]] = ([], [])
    products: list[int] = []
    for chunk in chunks_with_progress(positions.tolist(), 32, "Rephotographing"):
        photos = [(position, photo) for position in chunk for photo in _rephotograph(int(gallery.images[position]))]
        if not photos:
            continue
        keys = gallery.products[[position for position, _ in photos]]
        products += keys.tolist()
        for network, vectors, found in zip(networks, gallery.vectors, hits, strict=True):
            queries = loading.embedder(network).embed([photo for _, photo in photos])
            found += _is_found(queries, keys, vectors, gallery.products).tolist()
    return _measure(
        "rephotographed", [np.array(each, dtype=bool) for each in hits], np.array(products, dtype=np.int64)
    )


def _is_found(queries: Floats, wanted: Keys, vectors: Floats, products: Keys, hidden: Keys | None = None) -> Bools:
    """Return whether each query finds its product first, leaving out its own position in `hidden`."""
    found: Bools = rank(lambda some: some @ vectors.T, queries, wanted, products, hidden).rank == 1
    return found


def _rephotograph(image: int) -> Iterator[Any]:
    """Yield the rephotographed picture, the same every time, or nothing if it is gone or unreadable."""
    picture = ProductImage.objects.filter(pk=image).first()
    if picture is None:
        return
    try:
        with picture.file.open("rb") as file:
            decoded = decode(file.read(), SIDE)
    except Exception as error:  # storages may raise anything
        logger.warning("Picture %s cannot be rephotographed: %s", image, error)
        return
    yield rephotograph(decoded, np.random.default_rng([SEED, image]))


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
    """Yield picture, product and, on request, vector of every current embedding."""
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False, image_sha256=F("image__sha256"))
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

"""Two networks on the shop's own pictures, where nobody has labelled any.

Two measures, each the share of questions whose first answer is right (recall at 1):

- Leave one out: each picture of a product that has several is looked for among all others; right is its own product.
- Taken again: pictures are photographed again by software (`measuring.rephotograph`) and looked for among all.

Both networks answer the same questions, so their answers are compared pair by pair. The interval is that of the paired
bootstrap (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", ch. 13): products are drawn with replacement,
since pictures of one product are no independent questions, and the middle 95 % of the differences are kept.
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

TOLERANCE = 0.02  # of recall at 1: what a network may lose and still count as not worse
MOST_PICTURES = 20_000  # of whole products; more are sampled
MOST_QUESTIONS = 2_000  # leaving one out
TAKEN_AGAIN = 300  # pictures that are photographed again
RESAMPLES = 2_000
SIDE = 512  # pixels, the short side of a picture that is photographed again
SEED = 0


@dataclass(frozen=True)
class Measure:
    """One measure of both networks. `low` and `high` bound the difference, new less old, with 95 % confidence."""

    name: str
    questions: int
    products: int
    old: float
    new: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Better or worse beyond doubt; not worse where the interval ends above -TOLERANCE; else unsure."""
        if self.low > 0:
            return "better"
        if self.high < 0:
            return "worse"
        return "not worse" if self.low >= -TOLERANCE else "unsure"

    def as_facts(self) -> dict[str, Any]:
        """The figures as plain values, for JSON."""
        rounded = {name: round(getattr(self, name), 4) for name in ("old", "new", "low", "high")}
        return {"measure": self.name, "questions": self.questions, "products": self.products, **rounded}


@dataclass(frozen=True)
class Comparison:
    """What two networks find of the shop's own pictures."""

    old: Network
    new: Network
    measures: list[Measure]

    @property
    def is_not_worse(self) -> bool:
        """Whether, in every measure, the lower end of the interval of the difference is at least -TOLERANCE.

        A shop in which there is nothing to measure has no reason to object.
        """
        return all(measure.low >= -TOLERANCE for measure in self.measures)


@dataclass(frozen=True)
class _Gallery:
    """Pictures that both networks know: keys, the products they show as 0, 1, 2, …, and both networks' vectors."""

    images: Keys
    products: Keys
    vectors: tuple[Floats, Floats]


def compare(old: Network, new: Network, taken_again: int = TAKEN_AGAIN) -> Comparison:
    """Measure both networks on the pictures that both know. The same pictures and the same figures every time.

    Raises BadCard where one of them cannot be loaded.
    """
    gallery = _gallery(old, new)
    measures = [_leave_one_out(gallery), _taken_again(gallery, (old, new), taken_again)]
    return Comparison(old, new, [measure for measure in measures if measure.questions])


def paired_interval(differences: Floats, groups: Keys) -> tuple[float, float]:
    """The middle 95 % of the mean difference, when groups are drawn with replacement."""
    chance = np.random.default_rng(SEED)
    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, differences), np.bincount(group)
    means = []
    for _ in range(RESAMPLES):
        drawn = chance.integers(len(counts), size=len(counts))
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
    asked = _some(np.flatnonzero(views > 1), MOST_QUESTIONS)
    hits = [
        _is_found(vectors[asked], gallery.products[asked], vectors, gallery.products, asked)
        for vectors in gallery.vectors
        if len(asked)
    ]
    return _measure("leave one out", hits, gallery.products[asked])


def _taken_again(gallery: _Gallery, networks: tuple[Network, Network], most: int) -> Measure:
    asked = _some(np.arange(len(gallery.images)), most)
    hits: tuple[list[bool], list[bool]] = ([], [])
    products: list[int] = []
    for chunk in chunks_with_progress(asked.tolist(), 32, "Photographing again"):
        photos = [(position, photo) for position in chunk for photo in _photo(int(gallery.images[position]))]
        if not photos:
            continue
        wanted = gallery.products[[position for position, _ in photos]]
        products += wanted.tolist()
        for network, vectors, found in zip(networks, gallery.vectors, hits, strict=True):
            looks = loading.embedder(network).embed([photo for _, photo in photos])
            found += _is_found(looks, wanted, vectors, gallery.products).tolist()
    return _measure("taken again", [np.array(each, dtype=bool) for each in hits], np.array(products, dtype=np.int64))


def _is_found(looks: Floats, wanted: Keys, vectors: Floats, products: Keys, hidden: Keys | None = None) -> Bools:
    """Whether each look's product comes first; `hidden` are the positions of the looks themselves."""
    found: Bools = rank(lambda some: some @ vectors.T, looks, wanted, products, hidden).rank == 1
    return found


def _photo(image: int) -> Iterator[Any]:
    """The picture taken again, in the same way every time; nothing where it is gone or cannot be read."""
    picture = ProductImage.objects.filter(pk=image).first()
    if picture is None:
        return
    try:
        with picture.file.open("rb") as file:
            decoded = decode(file.read(), SIDE)
    except Exception as error:  # a storage may raise what it likes
        logger.warning("Picture %s cannot be photographed again: %s", image, error)
        return
    yield rephotograph(decoded, np.random.default_rng([SEED, image]))


def _gallery(old: Network, new: Network) -> _Gallery:
    shown = {image: product for image, product, _ in _known(old)}
    shared = {image: shown[image] for image, _, _ in _known(new) if image in shown}
    kept = _whole_products(shared)
    position = {image: place for place, image in enumerate(kept)}
    vectors = []
    for network in (old, new):
        table = np.zeros((len(kept), network.dimensions), dtype=np.float32)
        for image, _, vector in _known(network, with_vector=True):
            if image in position:
                table[position[image]] = vector
        vectors.append(table)
    products = np.array([shared[image] for image in kept], dtype=np.int64)
    return _Gallery(
        np.array(kept, dtype=np.int64), np.unique(products, return_inverse=True)[1], (vectors[0], vectors[1])
    )


def _known(network: Network, with_vector: bool = False) -> Iterator[tuple[int, int, Any]]:
    """Picture, product, and where it is wanted the vector, of what the network has looked at as it is now."""
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False, image_sha256=F("image__sha256"))
    columns = ["image_id", "image__product_id", *(["vector"] if with_vector else [])]
    for row in rows.order_by("image_id").values_list(*columns).iterator(2000):
        yield row[0], row[1], np.asarray(row[2], dtype=np.float32) if with_vector else None


def _whole_products(shown: dict[int, int]) -> list[int]:
    """Pictures of products drawn one after another, until there are enough."""
    if len(shown) <= MOST_PICTURES:
        return sorted(shown)
    images: dict[int, list[int]] = {}
    for image, product in shown.items():
        images.setdefault(product, []).append(image)
    kept: list[int] = []
    for product in np.random.default_rng(SEED).permutation(sorted(images)).tolist():
        if len(kept) >= MOST_PICTURES:
            break
        kept += images[product]
    return sorted(kept)


def _some(positions: Keys, most: int) -> Keys:
    return np.sort(np.random.default_rng(SEED).permutation(positions)[:most])

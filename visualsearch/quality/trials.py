"""The searches that a check makes with a product. Each searches the shop as a customer's photo does.

- Taken again: one of its pictures, altered as another camera might have taken it. Does the product come first?
- By another picture: its newest picture, left out of the results.
- Second side: its second picture taken again, with the first picture alone and with both.
- Index: its first picture, with the index and without, for every tenth product.

Other members of the product's family do not count against it: the results show one member of a family.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from catalog.models import Product, ProductImage, ProductQuerySet
from visualsearch.models import ImageEmbedding, Network, QualityKind, QualityTrial
from visualsearch.networks import loading
from visualsearch.networks.pictures import retake
from visualsearch.photo import PhotoEmbedding, Vector
from visualsearch.quality.index_recall import found_by_index
from visualsearch.search import Hit, photo_hits

INDEX_EVERY = 10  # products: the exact search is slow in a large shop
OWN = 10  # products' worth of rows, enough for all pictures of one


@dataclass
class Subject:
    """A product to search for, with its embedded pictures in the order of its page."""

    product: int
    family: str
    images: list[ProductImage] = field(default_factory=list)
    vectors: dict[int, Vector] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """A number that is the same every week, to draw by."""
        return zlib.crc32(str(self.product).encode())


class Query(NamedTuple):
    """A picture to search with, and the kinds of trials that it is for."""

    subject: Subject
    image: ProductImage
    kinds: tuple[QualityKind, ...]


@dataclass(frozen=True)
class Outcome:
    """The scores of the product's own pictures, and the best hit among other products."""

    own: dict[int, float]
    other: Hit | None

    def trial(self, kind: QualityKind, query: Query, allowed: Iterable[int]) -> QualityTrial:
        """Return the trial in which the product has only the `allowed` pictures. A tie is a miss."""
        best = max((self.own.get(image, -1.0) for image in allowed), default=-1.0)
        lead = best - (self.other.score if self.other else -1.0)
        found = self.other.image_id if self.other else None
        return QualityTrial(
            kind=kind, product_id=query.subject.product, image=query.image, found_id=found, score=lead > 0, lead=lead
        )


def try_products(network: Network, keys: Sequence[int], visible: ProductQuerySet) -> list[QualityTrial]:
    """Search for these products in all ways that their pictures allow. Raises BadCard."""
    subjects = _subjects(network, keys)
    trials = []
    for query, vector in [*_taken_again(network, subjects), *_left_out(subjects)]:
        outcome = _search(PhotoEmbedding(vector, network), query.subject, visible)
        trials += [outcome.trial(kind, query, _allowed(kind, query)) for kind in query.kinds]
    return trials + [each for subject in subjects if (each := _try_index(network, subject, visible))]


def _subjects(network: Network, keys: Sequence[int]) -> list[Subject]:
    rows = ImageEmbedding.objects.shown(network).filter(image__product__in=keys)
    families = dict(Product.objects.filter(pk__in=keys).values_list("pk", "family"))
    subjects = {key: Subject(key, families[key]) for key in keys if key in families}
    for row in rows.select_related("image").order_by("image__position", "image"):
        if subject := subjects.get(row.image.product_id):
            subject.images.append(row.image)
            subject.vectors[row.image_id] = np.array(row.vector, dtype=np.float32)
    return [subject for subject in subjects.values() if subject.images]


def _taken_again(network: Network, subjects: Sequence[Subject]) -> list[tuple[Query, Vector]]:
    queries = [query for subject in subjects for query in _photos_of(subject)]
    taken = [(query, photo) for query in queries if (photo := retake(query.image))]
    if not taken:
        return []
    vectors = loading.embedder(network).embed([photo for _query, photo in taken])
    return [(query, vector) for (query, _photo), vector in zip(taken, vectors, strict=True)]


def _photos_of(subject: Subject) -> list[Query]:
    drawn = subject.images[subject.number % len(subject.images)]
    if len(subject.images) < 2:
        return [Query(subject, drawn, (QualityKind.RETAKEN,))]
    second, sides = subject.images[1], (QualityKind.FIRST_ONLY, QualityKind.BOTH)
    if drawn == second:
        return [Query(subject, second, (QualityKind.RETAKEN, *sides))]
    return [Query(subject, drawn, (QualityKind.RETAKEN,)), Query(subject, second, sides)]


def _left_out(subjects: Sequence[Subject]) -> list[tuple[Query, Vector]]:
    several = [subject for subject in subjects if len(subject.images) > 1]
    newest = [(subject, max(subject.images, key=lambda image: image.pk)) for subject in several]
    kinds = (QualityKind.OTHER_PICTURE,)
    return [(Query(subject, image, kinds), subject.vectors[image.pk]) for subject, image in newest]


def _allowed(kind: QualityKind, query: Query) -> list[int]:
    images = [image.pk for image in query.subject.images]
    if kind == QualityKind.OTHER_PICTURE:
        return [image for image in images if image != query.image.pk]
    limits = {QualityKind.FIRST_ONLY: 1, QualityKind.BOTH: 2}
    return images[: limits.get(kind, len(images))]


def _search(embedding: PhotoEmbedding, subject: Subject, visible: ProductQuerySet) -> Outcome:
    others: ProductQuerySet = visible.exclude(pk=subject.product)
    if subject.family:
        others = others.exclude(family=subject.family)
    own = photo_hits(embedding, Product.objects.filter(pk=subject.product), OWN)
    other = photo_hits(embedding, others, 1)
    return Outcome({hit.image_id: hit.score for hit in own}, other[0] if other else None)


def _try_index(network: Network, subject: Subject, visible: ProductQuerySet) -> QualityTrial | None:
    if subject.number % INDEX_EVERY:
        return None
    image = subject.images[0]
    share = found_by_index(subject.vectors[image.pk], network, visible)
    if share is None:
        return None
    return QualityTrial(kind=QualityKind.INDEX, product_id=subject.product, image=image, score=share)

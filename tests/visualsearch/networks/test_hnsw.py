"""The index holds one row of equal vectors, whatever is written or deleted."""

import pytest

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.many import Vectors, clustered
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import hnsw

pytestmark = pytest.mark.django_db


def embedded(network: Network, vector: Vectors, count: int = 1) -> list[ImageEmbedding]:
    images = [ImageFactory(product=ProductFactory()) for _ in range(count)]
    values = {"network": network, "vector": vector.tolist()}
    return [ImageEmbedding.objects.create(image=image, image_sha256=image.sha256, **values) for image in images]


def copies() -> list[bool]:
    return list(ImageEmbedding.objects.order_by("image_id").values_list("is_copy", flat=True))


def test_only_the_first_of_equal_vectors_is_indexed(network: Network) -> None:
    embedded(network, clustered(1)[0], 3)
    embedded(network, clustered(2)[1])
    assert copies() == [False, True, True, False]


def test_another_is_indexed_when_it_is_deleted(network: Network) -> None:
    first, *_rest = embedded(network, clustered(1)[0], 3)
    first.image.delete()
    assert copies() == [False, True]


def test_another_is_indexed_when_its_vector_changes(network: Network) -> None:
    first, *_rest = embedded(network, clustered(1)[0], 3)
    first.vector = clustered(2)[1].tolist()
    first.save()
    assert copies() == [False, False, True]
    first.vector = clustered(1)[0].tolist()
    first.save()
    assert copies() == [True, False, True]


def test_every_network_indexes_its_own_rows(network: Network, other: Network) -> None:
    (first,) = embedded(network, clustered(1)[0])
    ImageEmbedding.objects.create(image=first.image, network=other, vector=first.vector, image_sha256="x")
    assert copies() == [False, False]


def test_rows_with_an_error_are_no_copies(network: Network) -> None:
    for image in (ImageFactory(), ImageFactory()):
        ImageEmbedding.objects.create(image=image, network=network, image_sha256="x", error="damaged")
    assert copies() == [False, False]


def test_repair_indexes_vectors_that_dropped_out(network: Network) -> None:
    embedded(network, clustered(1)[0], 3)
    ImageEmbedding.objects.update(is_copy=True)  # as two transactions at the same time may leave it
    assert hnsw.repair_copies() == 1
    assert copies() == [False, True, True]
    assert hnsw.repair_copies() == 0

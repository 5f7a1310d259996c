"""A map is fitted on the shop's own pictures, and used only where it finds more."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Product, ProductImage
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch import index, search, tasks
from visualsearch.adaptation import refresh
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.rephotograph import rephotograph
from visualsearch.models import ImageEmbedding, Network, QueryMap
from visualsearch.networks import inventory, loading, serving
from visualsearch.photo import PhotoEmbedding
from visualsearch.query_map import find_matrix, make_probe

DEMO = Path(django_settings.BASE_DIR) / "demo" / "images"
NOW = timezone.now()


def stock(pictures: list[bytes], network: Network, kinds: int = 2) -> list[ProductImage]:
    """Create a product for each picture, in so many categories, and embed them."""
    categories = [CategoryFactory(name=f"Kind {number}") for number in range(kinds)]
    images = [
        ImageFactory(product=ProductFactory(category=categories[number % kinds]), data=data)
        for number, data in enumerate(pictures)
    ]
    index.refresh([image.pk for image in images], network)
    return images


def shaky_network(folder: Path) -> Path:
    """Return the card of the default network with directions enlarged in which a picture differs from itself."""
    embedder = Embedder.load()
    pictures = [decode(path.read_bytes(), 512) for path in sorted(DEMO.iterdir())[1::24]]
    again = [rephotograph(picture, np.random.default_rng(number)) for number, picture in enumerate(pictures)]
    differences = embedder.embed(again) - embedder.embed(pictures)
    axes = np.linalg.svd(differences, full_matrices=False)[2][:3]
    return make_network(folder, axes.shape[1], "shaky", turn=np.eye(axes.shape[1]) + 10 * axes.T @ axes)


def store(network: Network, matrix: np.ndarray) -> Network:
    """Store a map by hand, and return the network that uses it."""
    now = timezone.now()
    data = matrix.astype("<f2").tobytes()
    QueryMap.objects.create(network=network, matrix=data, strength=0.5, figures=[], pictures=10, fitted_at=now)
    Network.objects.filter(pk=network.pk).update(mapped_at=now)
    return serving.live()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_map_that_finds_more_is_used(network: Network, tmp_path: Path) -> None:
    """The network is the default one, but attends to light and crop far too much."""
    shaky = inventory.add(str(shaky_network(tmp_path)))
    images = stock([path.read_bytes() for path in sorted(DEMO.iterdir())[:720:3]], shaky, kinds=1)
    found = refresh.refresh(shaky, NOW)
    assert found is not None
    assert found.matrix
    by_name = {each["measure"]: each for each in found.figures}
    assert by_name["rephotographed"]["low"] > 0
    assert by_name["same kind"]["high"] >= 0
    live = Network.objects.get(pk=shaky.pk)
    assert live.mapped_at == NOW
    images = images[::3]
    photos = [rephotograph(decode(_bytes(image), 512), np.random.default_rng([9, image.pk])) for image in images]
    vectors = loading.embedder(live).embed(photos)
    firsts = [
        [
            _first(PhotoEmbedding(vector, each)) == image.product_id
            for image, vector in zip(images, vectors, strict=True)
        ]
        for each in (shaky, live)
    ]
    assert sum(firsts[1]) > sum(firsts[0]), "photos that neither fitted nor tried the map"


def _bytes(image: ProductImage) -> bytes:
    with image.file.open("rb") as file:
        data: bytes = file.read()
        return data


def _first(embedding: PhotoEmbedding) -> int:
    return search.photo_hits(embedding, Product.objects.visible(NOW), 1)[0].product_id


@pytest.mark.slow
@pytest.mark.django_db
def test_a_map_that_finds_no_more_is_refused_with_its_figures(network: Network) -> None:
    """The network knows the demo's pictures too well for a map to help."""
    stock([path.read_bytes() for path in sorted(DEMO.iterdir())[:420:2]], network)
    output = StringIO()
    call_command("fit_query_map", stdout=output)
    found = QueryMap.objects.get(network=network)
    assert bytes(found.matrix) == b""
    assert {each["measure"] for each in found.figures} == {"rephotographed", "same kind"}
    assert "The map is refused." in output.getvalue()
    assert serving.live().mapped_at is None
    assert find_matrix(serving.live()) is None


@pytest.mark.django_db
class TestStoredMap:
    """What a map does once it is stored."""

    def test_photos_go_through_it_but_not_at_the_other_end(self, network: Network) -> None:
        matrix = np.eye(network.dimensions, dtype=np.float32)
        matrix[0, 0] = 0.25
        live = store(network, matrix)
        vector = np.zeros(network.dimensions, dtype=np.float32)
        vector[[0, 1]] = 0.8, 0.6
        probe = make_probe(PhotoEmbedding(vector, live))
        np.testing.assert_allclose(probe.vector[:2], np.array([0.2, 0.6]) / np.hypot(0.2, 0.6), atol=1e-3)
        assert probe.score(vector) == pytest.approx(1)
        kind = make_probe(PhotoEmbedding(vector, live), "kind").vector
        assert kind[0] / kind[1] >= 0.8 / 0.6 - 1e-3

    def test_it_is_read_once(self, network: Network, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        live = store(network, np.eye(network.dimensions))
        with django_assert_num_queries(1):
            for _ in range(3):
                assert find_matrix(live) is not None

    def test_the_setting_switches_it_off(self, network: Network, settings: Any) -> None:
        live = store(network, 2 * np.eye(network.dimensions))
        settings.VISUALSEARCH_QUERY_MAP = False
        assert find_matrix(live) is None
        tasks.fit_query_maps()
        assert QueryMap.objects.get(network=network).strength == 0.5

    def test_remove_switches_it_off_at_once(self, network: Network) -> None:
        live = store(network, np.eye(network.dimensions))
        call_command("fit_query_map", "--remove", stdout=StringIO())
        assert serving.live().mapped_at is None
        assert find_matrix(serving.live()) is None
        assert live.mapped_at is not None

    def test_a_map_that_was_just_removed_is_none(self, network: Network) -> None:
        network.mapped_at = timezone.now()
        assert find_matrix(network) is None

    def test_it_is_fitted_again_after_a_tenth_of_the_pictures_has_changed(self, network: Network) -> None:
        images = [ImageFactory(product=ProductFactory()) for _ in range(10)]
        for image in images:
            ImageEmbedding.objects.create(
                image=image, network=network, vector=[1.0] * network.dimensions, image_sha256=image.sha256
            )
        later = timezone.now() + timedelta(seconds=1)
        values = {"strength": 0, "pictures": 10, "fitted_at": later}
        known = QueryMap.objects.create(network=network, **values)
        assert not refresh.is_stale(network)
        QueryMap.objects.filter(pk=known.pk).update(pictures=12)
        assert refresh.is_stale(network)


@pytest.mark.django_db
def test_a_small_shop_has_no_map(network: Network) -> None:
    stock([pattern(seed) for seed in range(3)], network)
    assert refresh.refresh(network, NOW) is None
    with pytest.raises(CommandError, match="needs 200 embedded pictures"):
        call_command("fit_query_map")
    tasks.fit_query_maps()
    assert not QueryMap.objects.exists()

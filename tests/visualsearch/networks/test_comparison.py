"""Comparing two networks on the shop's own pictures."""

from pathlib import Path

import numpy as np
import pytest

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch import index
from visualsearch.models import Network
from visualsearch.networks import comparison, inventory
from visualsearch.networks.comparison import Measure, compare, paired_interval

pytestmark = pytest.mark.django_db


@pytest.fixture
def images() -> list[int]:
    """Create ten products with two pictures and one with a single picture."""
    found = []
    for seed in range(10):
        product = ProductFactory()
        for again in (False, True):
            found.append(ImageFactory(product=product, data=pattern(seed, again=again)).pk)
    return [*found, ImageFactory(data=pattern(99)).pk]


def fill(images: list[int], *networks: Network) -> None:
    for network in networks:
        index.refresh(images, network)


def test_a_network_is_not_worse_than_itself(network: Network, images: list[int]) -> None:
    fill(images, network)
    found = compare(network, network, rephotographed=12)
    assert [(each.name, each.queries, each.products) for each in found.measures] == [
        ("leave one out", 20, 10),
        ("rephotographed", 12, found.measures[1].products),
    ]
    assert all((each.low, each.high, each.verdict) == (0, 0, "not worse") for each in found.measures)
    assert found.is_not_worse
    assert found.measures[0].old > 0.5


def test_a_network_with_two_dimensions_is_worse(network: Network, images: list[int], tmp_path: Path) -> None:
    poor = inventory.add(str(make_network(tmp_path / "poor", 2, "poor")))
    fill(images, network, poor)
    found = compare(network, poor, rephotographed=12)
    assert found.measures[0].verdict == "worse"
    assert found.measures[0].new < found.measures[0].old
    assert not found.is_not_worse
    assert compare(network, poor, rephotographed=12) == found
    assert compare(poor, network, rephotographed=12).measures[0].verdict == "better"


def test_networks_of_different_dimensions_are_comparable(network: Network, other: Network, images: list[int]) -> None:
    fill(images, network, other)
    found = compare(network, other, rephotographed=10)
    assert found.measures[0].new > 0.5
    assert [measure.queries for measure in found.measures] == [20, 10]


def test_only_pictures_that_both_have_embedded_take_part(network: Network, other: Network, images: list[int]) -> None:
    fill(images, network)
    fill(images[:4], other)
    assert [each.queries for each in compare(network, other, rephotographed=50).measures] == [4, 4]


def test_without_pictures_no_network_is_worse(network: Network, other: Network) -> None:
    found = compare(network, other)
    assert found.measures == []
    assert found.is_not_worse


def test_large_shop_is_sampled_by_whole_products(
    network: Network, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(images, network)
    monkeypatch.setattr(comparison, "MAX_PICTURES", 7)
    assert compare(network, network, rephotographed=0).measures[0].queries in (6, 8)


def test_interval_agrees_with_the_normal_approximation() -> None:
    """Of 400 differences with mean 0.1 and variance 0.29, a normal interval reaches 0.053 each way."""
    differences = np.repeat([1, 0, -1], [80, 280, 40]).astype(np.float32)
    low, high = paired_interval(differences, np.arange(400))
    assert (low, high) == pytest.approx((0.1 - 0.053, 0.1 + 0.053), abs=0.01)


def test_interval_is_wider_for_dependent_queries() -> None:
    differences = np.repeat([1, 0, -1], [80, 280, 40]).astype(np.float32)
    low, high = paired_interval(differences, np.repeat(np.arange(100), 4))
    assert high - low > 1.8 * 0.106


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.05, "better"), (-0.05, -0.01, "worse"), (-0.02, 0.03, "not worse"), (-0.03, 0.03, "unsure")],
)
def test_verdict_follows_the_interval(low: float, high: float, verdict: str) -> None:
    assert Measure("leave one out", 10, 5, 0.9, 0.9, low, high).verdict == verdict

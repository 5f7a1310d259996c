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
from visualsearch.networks.comparison import Comparison, Measure, compare, paired_interval

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
        ("rephotographed", 12, found.measures[0].products),
        ("leave one out, first five", 20, 10),
        ("leave one out", 20, 10),
    ]
    assert all((each.low, each.high, each.verdict) == (0, 0, "not worse") for each in found.measures)
    assert found.is_not_worse
    assert found.measures[2].old > 0.5


def test_a_network_with_two_dimensions_is_worse(network: Network, images: list[int], tmp_path: Path) -> None:
    poor = inventory.add(str(make_network(tmp_path / "poor", 2, "poor")))
    fill(images, network, poor)
    found = compare(network, poor, rephotographed=12)
    assert {each.name: each.verdict for each in found.measures}["leave one out"] == "worse"
    assert all(measure.new <= measure.old for measure in found.measures)
    assert not found.is_not_worse
    assert compare(network, poor, rephotographed=12) == found
    assert compare(poor, network, rephotographed=12).measures[-1].verdict == "better"


def test_networks_of_different_dimensions_are_comparable(network: Network, other: Network, images: list[int]) -> None:
    fill(images, network, other)
    found = compare(network, other, rephotographed=10)
    assert found.measures[-1].new > 0.5
    assert [measure.queries for measure in found.measures] == [10, 20, 20]


def test_only_pictures_that_both_have_embedded_take_part(network: Network, other: Network, images: list[int]) -> None:
    fill(images, network)
    fill(images[:4], other)
    assert [each.queries for each in compare(network, other, rephotographed=50).measures] == [4, 4, 4]


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


def test_a_busy_machine_ends_early_but_measures_something(
    network: Network, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(images, network)
    monkeypatch.setattr(comparison, "TIME_LIMIT", 0)
    assert [each.name for each in compare(network, network).measures] == ["leave one out, first five", "leave one out"]


@pytest.mark.parametrize(
    ("old", "new", "low", "is_not_worse", "favours_new"),
    [
        (0.9, 0.95, 0.01, True, True),
        (0.9, 0.89, -0.02, True, True),  # within the tolerance
        (0.9, 0.9, -0.08, False, True),  # too few pictures to tell
        (0.9, 0.88, -0.08, False, False),
        (0.9, 0.8, -0.15, False, False),
    ],
)
def test_in_doubt_the_network_that_found_more_is_favoured(
    old: float, new: float, low: float, is_not_worse: bool, favours_new: bool
) -> None:
    first, second = Network(pk=1), Network(pk=2)
    found = Comparison(first, second, [Measure("rephotographed", 50, 50, old, new, low, low + 0.1)])
    assert (found.is_not_worse, found.favours_new) == (is_not_worse, favours_new)


def test_a_measure_that_is_only_shown_decides_nothing() -> None:
    shown = Measure("leave one out", 700, 350, 0.93, 0.83, -0.12, -0.08, decides=False)
    found = Comparison(Network(pk=1), Network(pk=2), [shown])
    assert found.is_not_worse
    assert found.favours_new


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

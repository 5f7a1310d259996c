"""Activating, rolling back, splitting and retiring networks."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.factories import ImageFactory
from tests.races import race
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Activation, Network
from visualsearch.networks import inventory, serving, swap
from visualsearch.networks.comparison import Comparison, Measure
from visualsearch.networks.inventory import NetworkRefused

pytestmark = pytest.mark.django_db


def measured(old: Network, new: Network, low: float) -> Comparison:
    return Comparison(old, new, [Measure("leave one out", 100, 50, 0.9, 0.9 + low + 0.01, low, low + 0.02)])


def activate(network: Network, low: float = 0.0, **options: Any) -> Activation:
    return swap.activate(network, "alice", measured(serving.live(), network, low), **options)


def test_activate_and_rollback_add_one_row_each(network: Network, other: Network) -> None:
    rows = Activation.objects.count()
    row = activate(other)
    assert serving.live() == other
    assert (row.author, row.is_forced, row.reason) == ("alice", False, "activate")
    assert row.figures[0]["measure"] == "leave one out"
    swap.rollback("bob")
    assert serving.live() == network
    assert Activation.objects.count() == rows + 2
    with pytest.raises(NetworkRefused, match="no earlier network"):
        swap.rollback("bob")


def test_rollback_goes_back_step_by_step(network: Network, other: Network, tmp_path: Path) -> None:
    third = Network.objects.create(name="third", sha256="3" * 64, dimensions=8, card=network.card)
    third.files.create(suffix=".onnx", data=b"")
    activate(other)
    activate(third)
    assert [swap.rollback("bob").network, swap.rollback("bob").network] == [other, network]


def test_activate_refuses_the_live_network(network: Network) -> None:
    with pytest.raises(NetworkRefused, match="live already"):
        activate(network)


def test_activate_reports_the_number_of_missing_pictures(network: Network, other: Network) -> None:
    images = [ImageFactory(data=pattern(n)) for n in range(3)]
    index.refresh([images[0].pk], other)
    with pytest.raises(NetworkRefused, match="not embedded 2 of"):
        activate(other)
    assert serving.live() == network
    index.refresh([image.pk for image in images], other)
    activate(other)


def test_activate_needs_a_comparison_with_the_live_network(network: Network, other: Network) -> None:
    for comparison in (None, measured(other, network, 0.0), measured(other, other, 0.0)):
        with pytest.raises(NetworkRefused, match="has not been compared"):
            swap.activate(other, "alice", comparison)


def test_activate_refuses_a_network_that_may_be_worse(network: Network, other: Network) -> None:
    with pytest.raises(NetworkRefused, match=r"leave one out: .* from -0\.021"):
        activate(other, low=-0.021)
    assert serving.live() == network
    activate(other, low=-0.02)
    assert serving.live() == other


def test_forced_activation_is_logged(network: Network, other: Network, caplog: pytest.LogCaptureFixture) -> None:
    ImageFactory(data=pattern(1))
    row = swap.activate(other, "alice", is_forced=True)
    assert row.is_forced
    assert serving.live() == other
    assert f"{other.identity} was FORCED live by alice: 1 pictures are missing" in caplog.text


def test_force_needs_the_files(network: Network) -> None:
    bare = Network.objects.create(name="bare", sha256="0" * 64, dimensions=8)
    with pytest.raises(NetworkRefused, match="retired or has no files"):
        swap.activate(bare, "alice", is_forced=True)


def test_split_serves_two_and_rolls_back_to_one(network: Network, other: Network) -> None:
    row = swap.split(other, 20, "alice")
    live = serving.current()
    assert (live.network, live.other, live.share) == (network, other, 20)
    assert {tally.network: tally.searches for tally in row.tallies.all()} == {network: 0, other: 0}
    swap.split(other, 50, "alice")
    swap.rollback("alice")
    assert serving.current().networks == [network]


def test_split_ends_with_either_network(network: Network, other: Network) -> None:
    swap.split(other, 20, "alice")
    swap.activate(network, "alice")  # needs no comparison: it is live
    assert serving.current().networks == [network]
    swap.split(other, 20, "alice")
    activate(other)
    assert serving.current().networks == [other]
    assert swap.rollback("alice").network == network


@pytest.mark.parametrize("share", [-1, 0, 100])
def test_split_refuses_other_shares(other: Network, share: int) -> None:
    with pytest.raises(NetworkRefused, match="from 1 to 99"):
        swap.split(other, share, "alice")


def test_split_refuses_the_live_and_an_unfinished_network(network: Network, other: Network) -> None:
    ImageFactory(data=pattern(1))
    with pytest.raises(NetworkRefused, match="is the live network"):
        swap.split(network, 20, "alice")
    with pytest.raises(NetworkRefused, match="not embedded 1 of"):
        swap.split(other, 20, "alice")


def test_retire_refuses_live_networks_and_the_rollback_target(network: Network, other: Network) -> None:
    with pytest.raises(NetworkRefused, match="is live, or a rollback"):
        swap.retire(network, timezone.now())
    swap.split(other, 20, "alice")
    with pytest.raises(NetworkRefused, match="is live, or a rollback"):
        swap.retire(other, timezone.now())
    activate(other)
    with pytest.raises(NetworkRefused, match="is live, or a rollback"):
        swap.retire(network, timezone.now())
    swap.rollback("alice")
    swap.retire(other, timezone.now())
    with pytest.raises(NetworkRefused, match="retired or has no files"):
        activate(other)


def test_database_refuses_an_invalid_split(network: Network, other: Network) -> None:
    for wrong in ({"other": network, "share": 5}, {"other": other, "share": 0}, {"share": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Activation.objects.create(network=network, reason="split", **wrong)


@pytest.mark.django_db(transaction=True)
def test_only_one_of_several_parallel_activations_succeeds(other_card: Path) -> None:
    first, second = serving.live(), inventory.add(str(other_card))
    compared = measured(first, second, 0.0)
    outcomes = race(4, lambda _number: swap.activate(second, "alice", compared))
    done = [each for each in outcomes if isinstance(each, Activation)]
    refused = [str(each) for each in outcomes if isinstance(each, NetworkRefused)]
    assert (len(done), len(refused)) == (1, 3)
    assert all("live already" in each for each in refused)


@pytest.mark.django_db(transaction=True)
def test_new_shop_activates_its_network_once() -> None:
    found = race(4, lambda _number: serving.current().activation)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert Activation.objects.count() == 1

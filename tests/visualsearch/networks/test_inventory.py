"""Adding networks: completely or not at all, and runnable on every machine."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from django.utils import timezone

from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch import index
from visualsearch.embedding.card import DEFAULT_CARD, BadCard, file_sha256
from visualsearch.models import Network, NetworkFile
from visualsearch.networks import inventory, loading, registry, serving, swap

pytestmark = pytest.mark.django_db


def rewrite(card: Path, **values: object) -> None:
    card.write_text(json.dumps(json.loads(card.read_text()) | values))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Create the card of a network, to be damaged by tests."""
    return make_network(tmp_path / "card", dimensions=16, name="mine")


def test_adding_a_network_twice_changes_nothing(card: Path) -> None:
    network = inventory.add(str(card))
    assert inventory.add(str(card.parent)) == network
    assert (network.name, network.dimensions) == ("mine", 16)
    assert network.identity == loading.embedder(network).card.identity
    assert {file.suffix for file in network.files.all()} == {".safetensors", ".onnx"}


def test_network_runs_from_the_database_alone(card: Path, settings: Any, tmp_path: Path) -> None:
    network = inventory.add(str(card))
    before = loading.embedder(network).embed([pattern(1)])
    shutil.rmtree(card.parent)
    settings.VISUALSEARCH_CACHE = tmp_path / "elsewhere"
    local = registry.local_card(network)
    assert str(local.path).startswith(str(tmp_path / "elsewhere"))
    loading._embedders.clear()
    assert np.array_equal(loading.embedder(network).embed([pattern(1)]), before)


def test_damaged_file_is_unpacked_again(card: Path) -> None:
    network = inventory.add(str(card))
    graph = registry.local_card(network).graph_path
    graph.write_bytes(b"half a file")
    assert file_sha256(registry.local_card(network).graph_path) == network.card["graph_sha256"]
    assert sorted(each.name for each in graph.parent.iterdir()) == ["network.onnx", "network.safetensors"]


def test_network_without_files_is_refused(card: Path) -> None:
    network = inventory.add(str(card))
    shutil.rmtree(registry.local_card(network).graph_path.parent)
    NetworkFile.objects.all().delete()
    with pytest.raises(BadCard, match=r"networks add CARD"):
        registry.local_card(network)
    assert network not in Network.objects.available()


def missing_file(card: Path) -> None:
    card.with_suffix(".onnx").unlink()


def other_weights(card: Path) -> None:
    card.with_suffix(".safetensors").write_bytes(b"others")


def no_graph(card: Path) -> None:
    card.with_suffix(".onnx").write_bytes(b"no graph")
    rewrite(card, graph_sha256=file_sha256(card.with_suffix(".onnx")))


def too_many_dimensions(card: Path) -> None:
    rewrite(card, dimensions=5000)


def longer_vectors(card: Path) -> None:
    """Let the graph skip the normalisation to unit length."""
    model = onnx.load(card.with_suffix(".onnx"), load_external_data=False)
    model.graph.node[-1].CopyFrom(onnx.helper.make_node("Add", ["linear", "linear"], ["vectors"]))
    onnx.save(model, card.with_suffix(".onnx"))
    rewrite(card, graph_sha256=file_sha256(card.with_suffix(".onnx")))


BAD: dict[str, Callable[[Path], object]] = {
    "is missing": missing_file,
    "sha256 differs": other_weights,
    "cannot be run": no_graph,
    "index 1 to 4000": too_many_dimensions,
    "its card says 17": lambda card: rewrite(card, dimensions=17),
    "printable characters": lambda card: rewrite(card, name="two\nlines"),
    "have 1 to 100 printable": lambda card: rewrite(card, name=["a", "list"]),
    "1 to 100 printable characters": lambda card: rewrite(card, name="n" * 101),
    "of unit length": longer_vectors,
    "no std may be 0": lambda card: rewrite(card, std=[0.0, 0.5, 0.5]),
    "std must be numbers": lambda card: rewrite(card, crop="0.9"),
    "spread must be empty": lambda card: rewrite(card, spread=[1.0, 0.5]),
    "must be 16 to": lambda card: rewrite(card, input_size=10**6),
    "incomplete": lambda card: rewrite(card, more="than a card has"),
    "is not the card": lambda card: card.write_text("no JSON"),
    "not the card of": lambda card: card.write_text("[1, 2]"),
}


@pytest.mark.parametrize("message", BAD)
def test_invalid_networks_are_refused_and_not_stored(card: Path, message: str) -> None:
    BAD[message](card)
    with pytest.raises(BadCard, match=message):
        inventory.add(str(card))
    assert not Network.objects.filter(dimensions__lt=100).exists()
    assert not NetworkFile.objects.exists()


def test_adding_a_corrected_card_updates_the_network(card: Path) -> None:
    network = inventory.add(str(card))
    rewrite(card, match_threshold=0.7)
    assert inventory.add(str(card)) == network
    assert loading.card(Network.objects.get(pk=network.pk)).match_threshold == 0.7


def test_find_accepts_name_identity_and_hash(network: Network, other: Network) -> None:
    for name in ("other", other.identity, other.sha256[:6], other.sha256.upper()):
        assert inventory.find(name) == other
    for unknown in ("", "othe", other.sha256[:5]):
        with pytest.raises(inventory.NetworkRefused, match="There is no network"):
            inventory.find(unknown)


def test_find_refuses_a_name_of_two_networks(other: Network, tmp_path: Path) -> None:
    twin = inventory.add(str(make_network(tmp_path / "twin", 16, "other", seed=2)))
    with pytest.raises(inventory.NetworkRefused, match=twin.identity):
        inventory.find("other")


def test_state_and_coverage_show_progress(network: Network, other: Network) -> None:
    images = [ImageFactory(data=pattern(n)) for n in range(3)]
    index.refresh([images[0].pk], other)
    assert inventory.coverage(other) == inventory.Coverage(embedded=1, pictures=3)
    assert inventory.state(other) == "filling, 2 missing"
    index.refresh([image.pk for image in images], other)
    assert inventory.state(other) == "ready"
    assert inventory.state(network) == "live"
    swap.split(other, 20, "alice")
    assert [inventory.state(each) for each in (network, other)] == [
        "live, 80% of the visitors",
        "live, 20% of the visitors",
    ]


def test_retired_network_is_not_filled_until_it_is_added_again(other: Network, other_card: Path) -> None:
    image = ImageFactory(data=pattern(1))
    index.refresh([image.pk], other)
    swap.retire(other, timezone.now())
    assert not other.embeddings.exists()
    assert other not in serving.available()
    assert inventory.state(Network.objects.get(pk=other.pk)) == "retired"
    assert inventory.add(str(other_card)) in serving.available()


def test_configured_network_can_be_added_as_well(network: Network) -> None:
    assert inventory.add(str(DEFAULT_CARD)) == network

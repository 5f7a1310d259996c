"""Joining two bodies in one network."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from tests.visualsearch.embedding.test_bodies import published_lite2
from tests.visualsearch.pictures import catalogue
from visualsearch.embedding.bodies import EFFICIENTNET_LITE2, find_body
from visualsearch.embedding.card import DEFAULT_CARD, check_files, read_card
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.training.export import Description, save
from visualsearch.training.join import join, joined_projection
from visualsearch.training.objective import Objective
from visualsearch.training.plan import Plan, TrainingError


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def unit(rows: np.ndarray) -> np.ndarray:
    units: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


@pytest.fixture
def space(tmp_path: Path) -> LabelSpace:
    return read_folder(catalogue(tmp_path / "images", 3))


@pytest.fixture
def lite2() -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return published_lite2(find_body(EFFICIENTNET_LITE2).build())


def test_both_halves_have_the_same_weight() -> None:
    """Without whitening and with all components, the projection only rotates the two halves."""
    random = np.random.default_rng(5)
    pooled = random.uniform(size=(20, 60))
    weight, bias = random.normal(size=(10, 40)), random.normal(size=10)
    left, right = pooled[:, :40] @ weight.T + bias, 9 * pooled[:, 40:]
    halves = np.concatenate([half / np.linalg.norm(half, axis=1).mean() for half in (left, right)], axis=1)
    expected = unit(halves - halves.mean(axis=0))
    pooled[:, 40:] *= 9
    joined, shift = joined_projection(pooled, weight, bias, whitening=0.0, dimensions=30)
    vectors = unit(pooled @ joined.T + shift)
    np.testing.assert_allclose(vectors @ vectors.T, expected @ expected.T, atol=1e-6)


def test_whitening_equalises_the_components() -> None:
    random = np.random.default_rng(6)
    pooled = random.normal(size=(500, 12)) * np.linspace(1, 9, 12)
    spreads = []
    for whitening in (0.0, 0.5, 1.0):
        joined, shift = joined_projection(pooled, np.eye(6), np.zeros(6), whitening, dimensions=8)
        spread = (pooled @ joined.T + shift).std(axis=0)
        spreads.append(spread.max() / spread.min())
    assert spreads[0] > spreads[1] > spreads[2]
    assert spreads[2] == pytest.approx(1.0)


def test_a_joined_network_trains_with_its_first_stages_frozen(
    space: LabelSpace, lite2: dict[str, torch.Tensor]
) -> None:
    joined = join(EmbeddingNetwork(dimensions=8).eval(), lite2, space.paths).network
    objective = Objective(joined, [space], Plan(frozen_blocks=4), bfloat16=False)
    objective.start_epoch(0)
    labels = torch.from_numpy(space.labels[:2])
    objective(torch.randn(2, 3, 32, 32), torch.zeros(2, dtype=torch.long), labels, labels).backward()
    trained = [
        block for block, stage in enumerate(joined.features) if any(p.grad is not None for p in stage.parameters())
    ]
    assert trained == [4, 5, 6]


def test_join_refuses_other_bodies_and_other_weights(space: LabelSpace, lite2: dict[str, torch.Tensor]) -> None:
    with pytest.raises(TrainingError, match="joined to mobilenet_v2, not to resnet18"):
        join(EmbeddingNetwork(body="resnet18"), lite2, space.paths)
    with pytest.raises(TrainingError, match="not the weights of efficientnet_lite2"):
        join(EmbeddingNetwork(), {"_conv_stem.weight": torch.zeros(3)}, space.paths)


def test_join_network_refuses_a_missing_file(tmp_path: Path) -> None:
    images = catalogue(tmp_path / "images", 2)
    files = ["--start", DEFAULT_CARD, "--beside", tmp_path / "missing.pth"]
    with pytest.raises(CommandError, match=r"missing\.pth"):
        call_command("join_network", images, *files, "--out", tmp_path / "out")


@pytest.mark.slow
def test_join_network_writes_a_card_that_names_both_bodies(tmp_path: Path, lite2: dict[str, torch.Tensor]) -> None:
    images, weights, output = catalogue(tmp_path / "images", 3), tmp_path / "lite2.pth", StringIO()
    torch.save(lite2, weights)
    described = Description("start", "MIT", training={"started_from": "random weights"})
    start = save(EmbeddingNetwork(dimensions=16), described, tmp_path / "start" / "start.json")
    call_command(
        "join_network", images, "--start", start.path, "--beside", weights, "--out", tmp_path / "out", stdout=output
    )
    card = read_card(tmp_path / "out")
    check_files(card)
    assert card.body == "mobilenet_v2_beside_efficientnet_lite2"
    assert card.training["beside"].startswith("lite2.pth, sha256 ")
    assert card.identity in output.getvalue()
    assert len(card.spread) == card.dimensions
    assert list(card.spread) == sorted(card.spread, reverse=True)

"""Fitting a projection to pictures and their photos."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from tests.visualsearch.pictures import catalogue
from visualsearch.embedding.card import DEFAULT_CARD, SYMMETRIC, check_files, read_card
from visualsearch.embedding.network import EmbeddingNetwork, load_network
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.training.plan import TrainingError
from visualsearch.training.projection import MIN_PICTURES, Pairs, fit_projection, paired_features

CHANNELS = 1280


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def made_pairs(count: int, seed: int) -> Pairs:
    """Pictures of two classes that differ in 16 channels. Photos differ in 40 others, twice as much."""
    random = np.random.default_rng(seed)
    pictures = np.zeros((count, CHANNELS), dtype=np.float32)
    pictures[:, :16] = random.normal(size=(count, 16))
    pictures[:, 0] = random.choice([-2, 2], size=count)
    pictures[:, 16:56] = 2 * random.normal(size=(count, 40))
    photos = pictures.copy()
    photos[:, 16:56] = 2 * random.normal(size=(count, 40))
    numbers = np.arange(count)
    return Pairs(pictures, photos, numbers, (pictures[:, 0] > 0).astype(np.int64), np.zeros(count, dtype=np.int64))


def vectors(network: EmbeddingNetwork, features: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.nn.functional.normalize(network.projection(torch.from_numpy(features)), dim=1).numpy()


def found_first(network: EmbeddingNetwork, pairs: Pairs) -> float:
    likeness = vectors(network, pairs.photos) @ vectors(network, pairs.pictures).T
    return float((likeness.argmax(axis=1) == np.arange(len(pairs.pictures))).mean())


def same_class_nearest(network: EmbeddingNetwork, pairs: Pairs) -> float:
    rows = vectors(network, pairs.pictures)
    likeness = rows @ rows.T - 2 * np.eye(len(rows))
    return float((pairs.classes[likeness.argmax(axis=1)] == pairs.classes).mean())


@pytest.fixture(scope="module")
def fitted() -> tuple[EmbeddingNetwork, EmbeddingNetwork]:
    """A network before and after the fit."""
    torch.manual_seed(1)
    before = EmbeddingNetwork(dimensions=16).eval()
    after = EmbeddingNetwork(dimensions=16).eval()
    after.load_state_dict(before.state_dict())
    fit_projection(after, made_pairs(400, seed=2))
    return before, after


def test_photos_of_unseen_pictures_are_found_where_they_were_not(
    fitted: tuple[EmbeddingNetwork, EmbeddingNetwork],
) -> None:
    before, after = fitted
    unseen = made_pairs(200, seed=3)
    assert found_first(before, unseen) < 0.2
    assert found_first(after, unseen) > 0.8


def test_pictures_of_a_class_come_nearer(fitted: tuple[EmbeddingNetwork, EmbeddingNetwork]) -> None:
    before, after = fitted
    unseen = made_pairs(200, seed=4)
    assert same_class_nearest(after, unseen) > same_class_nearest(before, unseen) + 0.1


def test_a_fit_without_classes_works(fitted: tuple[EmbeddingNetwork, EmbeddingNetwork]) -> None:
    before, _after = fitted
    network = EmbeddingNetwork(dimensions=16).eval()
    network.load_state_dict(before.state_dict())
    pairs = made_pairs(MIN_PICTURES, seed=5)
    fit_projection(network, pairs._replace(classes=np.full(MIN_PICTURES, -1)))
    assert found_first(network, pairs) > found_first(before, pairs)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(TrainingError, match="needs at least 64 pictures; these are 3"):
        fit_projection(EmbeddingNetwork(dimensions=4), made_pairs(3, seed=6))


def test_pairs_number_the_products_of_a_catalogue_and_the_pictures_of_classes(tmp_path: Path) -> None:
    products = read_folder(catalogue(tmp_path / "images", 2))
    kinds = LabelSpace("kinds", ("cup",), products.paths, np.zeros(len(products), dtype=np.int64))
    card = read_card(DEFAULT_CARD)
    network = load_network(card.weights_path, card.body)
    pairs = paired_features(network, [products, kinds], SYMMETRIC)
    count = len(products)
    assert pairs.pictures.shape == pairs.photos.shape == (2 * count, network.projection.in_features)
    assert not np.allclose(pairs.pictures, pairs.photos)
    assert len(set(pairs.products[:count])) == 2
    assert len(set(pairs.products[count:])) == count
    assert set(pairs.classes[:count]) == {-1}
    assert len(set(pairs.classes[count:])) == 1
    assert pairs.spaces.tolist() == [0] * count + [1] * count


def test_fit_projection_refuses_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("fit_projection", tmp_path / "missing", "--out", tmp_path / "out")


@pytest.mark.slow
def test_fit_projection_writes_a_network_with_the_same_body(tmp_path: Path) -> None:
    start = read_card(DEFAULT_CARD)
    images, output = catalogue(tmp_path / "images", 40), StringIO()
    call_command("fit_projection", images, "--out", tmp_path / "out", stdout=output)
    card = read_card(tmp_path / "out")
    check_files(card)
    assert (tmp_path / "out" / "curves.png").is_file()
    assert len(card.training["history"]) > 1
    assert card.identity in output.getvalue()
    assert card.body == start.body
    assert card.weights_sha256 != start.weights_sha256
    assert card.training["previous"]["weights_sha256"] == start.weights_sha256
    assert list(card.spread) == sorted(card.spread, reverse=True)

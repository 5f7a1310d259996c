import numpy as np
import pytest

from tests.visualsearch.pictures import (
    SHAPES,
    encoded,
    noise,
    thing,
)
from visualsearch.embedding.embedder import Embedder
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.measuring.metrics import classification, classification_intervals, retrieval
from visualsearch.measuring.rephotograph import match_threshold, rephotograph


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(runtime="onnxruntime", threads=1)


def directions(*degrees: float) -> np.ndarray:
    turns = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def test_retrieval_counts_a_class_once_with_its_best_picture() -> None:
    gallery, labels = directions(0, 1, 2, 50, 90), np.array([0, 0, 0, 1, 2])
    figures = retrieval(directions(10, 60, 10), np.array([0, 1, 2]), gallery, labels)
    assert figures.recall_at_1 == pytest.approx(2 / 3)
    assert figures.recall_at_5 == 1.0
    assert figures.mean_reciprocal_rank == pytest.approx((1 + 1 + 1 / 3) / 3)
    assert (figures.queries, figures.gallery, figures.worst_rank) == (3, 5, 3)


def test_retrieval_cannot_find_classes_missing_from_the_gallery() -> None:
    figures = retrieval(directions(0, 90), np.array([0, 7]), directions(0), np.array([0]))
    assert figures.recall_at_10 == figures.mean_reciprocal_rank == figures.mean_average_precision == 0.5
    assert figures.as_dict()["worst_rank"] is None, "JSON has no infinity"


def test_macro_metrics_weight_classes_equally() -> None:
    shares = classification(np.array([0, 0, 0, 0, 0]), np.array([0, 0, 0, 0, 1]))
    assert shares["accuracy"] == 0.8
    assert shares["macro_recall"] == 0.5
    assert shares["macro_precision"] == pytest.approx((4 / 5 + 0) / 2)
    assert shares["macro_f1"] == pytest.approx((8 / 9) / 2)


def test_macro_metrics_cover_only_actual_classes() -> None:
    shares = classification(np.array([2, 2, 9]), np.array([2, 2, 2]))
    assert [shares["macro_precision"], shares["macro_recall"]] == pytest.approx([1.0, 2 / 3])


def test_intervals_contain_the_metric_and_depend_on_the_seed() -> None:
    random = np.random.default_rng(3)
    actual, predicted = random.integers(0, 4, (2, 300))
    predicted = np.where(random.random(300) < 0.7, actual, predicted)
    shares = classification(predicted, actual)
    spread = classification_intervals(predicted, actual, seed=1)
    assert spread == classification_intervals(predicted, actual, seed=1)
    assert spread != classification_intervals(predicted, actual, seed=2)
    assert all(low < shares[name] < high for name, (low, high) in spread.items())
    low, high = spread["accuracy"]
    by_the_normal = 2 * 1.96 * np.sqrt(shares["accuracy"] * (1 - shares["accuracy"]) / 300)
    assert high - low == pytest.approx(by_the_normal, rel=0.15)


def test_rephotograph_crops_to_60_percent_and_depends_on_the_seed() -> None:
    picture = noise(400, 300)
    one, same, other = (rephotograph(picture, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.width * one.height == pytest.approx(0.6 * 400 * 300, rel=0.01)
    assert encoded(one) == encoded(same) != encoded(other)


@pytest.fixture(scope="module")
def two_sided(tmp_path_factory: pytest.TempPathFactory) -> LabelSpace:
    """Return products whose two pictures look different."""
    root = tmp_path_factory.mktemp("two-sided")
    for number in range(12):
        thing(SHAPES[number % 4], 37 * number % 256, number).save(root / f"thing-{number // 2}-{number % 2}.png")
    return read_folder(root)


def test_match_threshold_compares_with_other_pictures_of_the_product(
    two_sided: LabelSpace, embedder: Embedder
) -> None:
    one_picture_each = two_sided.subset(range(0, 12, 2))
    assert match_threshold(embedder, two_sided) < match_threshold(embedder, one_picture_each) - 0.1


def test_match_threshold_rises_with_the_share_missed(two_sided: LabelSpace, embedder: Embedder) -> None:
    assert match_threshold(embedder, two_sided, missed=0.05) < match_threshold(embedder, two_sided, missed=0.5)

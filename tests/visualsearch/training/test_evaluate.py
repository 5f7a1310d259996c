from pathlib import Path

import numpy as np
import pytest

from tests.visualsearch.pictures import (
    COLOURS,
    SHAPES,
    catalogue,
    encoded,
    folders_of_colours,
    noise,
    photographed,
    thing,
)
from visualsearch.embedding.embedder import Embedder
from visualsearch.training import comparison
from visualsearch.training.dataset import LabelSpace, read_folder
from visualsearch.training.evaluate import classification, leave_one_out, ranked_classes, retrieval, table
from visualsearch.training.rephotograph import match_threshold, rephotograph


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(runtime="onnxruntime", threads=1)


def directions(*degrees: float) -> np.ndarray:
    turns = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def test_retrieval_counts_a_class_once_with_its_best_picture() -> None:
    gallery, labels = directions(0, 1, 2, 50, 90), np.array([0, 0, 0, 1, 2])
    assert ranked_classes(directions(10), gallery, labels).tolist() == [[0, 1, 2]]
    figures = retrieval(directions(10, 60, 10), np.array([0, 1, 2]), gallery, labels)
    assert figures.recall_at_1 == pytest.approx(2 / 3)
    assert figures.recall_at_5 == 1.0
    assert (figures.queries, figures.gallery) == (3, 5)


def test_retrieval_cannot_find_what_the_gallery_does_not_have() -> None:
    figures = retrieval(directions(0, 90), np.array([0, 7]), directions(0), np.array([0]))
    assert figures.recall_at_5 == 0.5


def test_leave_one_out_never_finds_the_picture_itself() -> None:
    figures = leave_one_out(directions(0, 90, 1, 91, 45), np.array([0, 0, 1, 1, 2]))
    assert figures.recall_at_1 == 0.0
    assert figures.queries == 4, "a class of one picture is asked for nothing"


def test_classification_weighs_classes_alike() -> None:
    shares = classification(np.array([0, 0, 0, 0, 0]), np.array([0, 0, 0, 0, 1]))
    assert shares["accuracy"] == 0.8
    assert shares["macro_recall"] == 0.5
    assert shares["macro_f1"] == pytest.approx((8 / 9) / 2)


def test_rephotograph_keeps_six_tenths_and_follows_its_seed() -> None:
    picture = noise(400, 300)
    one, same, other = (rephotograph(picture, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.width * one.height == pytest.approx(0.6 * 400 * 300, rel=0.01)
    assert encoded(one) == encoded(same) != encoded(other)


def test_a_comparison_measures_everything_asked_for(tmp_path: Path, embedder: Embedder) -> None:
    folders_of_colours(tmp_path / "data" / "train", 4)
    folders_of_colours(tmp_path / "data" / "val", 2, first_seed=70)
    shop, photos = catalogue(tmp_path / "images", 4), photographed(tmp_path / "photos")
    task = comparison.read_task([tmp_path / "data"], shop, photos, photos / "truth.csv", True)
    outcome = comparison.measure(embedder, task)
    figures = dict(outcome.rows)
    assert figures["data: held out to train"].queries == 2 * len(COLOURS)
    assert figures["catalogue: taken again"].recall_at_1 > 0.5, "a fourth by chance"
    assert figures["customers' photos"].queries == 2
    assert outcome.customers is not None
    assert outcome.customers.separation == 1.0
    assert comparison.as_facts(outcome)["network"] == embedder.card.name
    assert table(outcome.rows).count("\n") == 1 + len(outcome.rows)


def test_photos_need_a_gallery_and_a_truth(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--gallery, --photos and --truth"):
        comparison.read_task([], None, tmp_path, None, False)


@pytest.fixture(scope="module")
def two_sided(tmp_path_factory: pytest.TempPathFactory) -> LabelSpace:
    """Products whose two pictures have nothing in common."""
    root = tmp_path_factory.mktemp("two-sided")
    for number in range(12):
        thing(SHAPES[number % 4], 37 * number % 256, number).save(root / f"thing-{number // 2}-{number % 2}.png")
    return read_folder(root)


def test_match_threshold_asks_the_other_picture_of_a_product(two_sided: LabelSpace, embedder: Embedder) -> None:
    one_picture_each = two_sided.subset(range(0, 12, 2))
    assert match_threshold(embedder, two_sided) < match_threshold(embedder, one_picture_each) - 0.1


def test_match_threshold_rises_with_the_share_that_may_be_missed(two_sided: LabelSpace, embedder: Embedder) -> None:
    assert match_threshold(embedder, two_sided, missed=0.05) < match_threshold(embedder, two_sided, missed=0.5)

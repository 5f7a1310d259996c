"""Defects are made alike from the same seed, and the network that sees them is trained by a command."""

from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tests.architecture.source import ROOT
from visualsearch.moderation.defect_network import DefectNetwork
from visualsearch.training.defect_network import CODES, Round, examples, train_defects
from visualsearch.training.defects import MAKERS, MEASURING, TRAINING, Random, is_held_out

PICTURES = sorted((ROOT / "demo" / "images").glob("*.jpg"))[:40]
TINY = Round(64, 12, 1, 1e-3, {"text": 1.0, "collage": 0.5})


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in PICTURES[:4]]


@pytest.mark.parametrize("code", MAKERS)
def test_a_seed_makes_the_same_defect_again(images: list[Image.Image], code: str) -> None:
    one, again = (MAKERS[code](images[0], Random(3), images[1:]) for _ in range(2))
    assert one.mode == "RGB"
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != images[0].tobytes()


def test_the_benchmark_writes_what_training_never_read() -> None:
    assert not set(TRAINING.phrases) & set(MEASURING.phrases)
    assert not set(TRAINING.fonts) & set(MEASURING.fonts)


def test_half_of_the_pictures_are_held_out() -> None:
    held_out = [is_held_out(path) for path in PICTURES]
    assert 10 < sum(held_out) < 30
    assert held_out == [is_held_out(Path("elsewhere") / path.name) for path in PICTURES]


def test_examples_name_the_defect_they_show() -> None:
    pictures, targets = examples(PICTURES[:8], TINY, Random(1))
    assert pictures.shape[1:] == (64, 64, 3)
    assert len(pictures) == len(targets)
    assert targets[:, CODES.index("text")].sum() == 8
    assert (targets.sum(axis=1) == 0).sum() == 8  # good ones


@pytest.mark.slow
def test_training_writes_a_network_that_runs(tmp_path: Path, images: list[Image.Image]) -> None:
    train_defects(PICTURES, tmp_path / "defects.json", [TINY])
    network = DefectNetwork.load(tmp_path / "defects.json")
    scores = network.scores(images[0])
    assert list(scores) == list(CODES)
    assert all(np.isfinite(list(scores.values())))


def test_the_command_says_when_there_is_too_little_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / PICTURES[0].name).write_bytes(PICTURES[0].read_bytes())
    with pytest.raises(CommandError):
        call_command("train_defects", tmp_path, out=tmp_path / "defects.json")

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.visualsearch.pictures import folders_of_colours
from visualsearch.embedding.card import DEFAULT_CARD, file_sha256
from visualsearch.embedding.network import EmbeddingNetwork, load_network, save_network
from visualsearch.measuring.dataset import Split, read_folder
from visualsearch.measuring.metrics import embed_space, leave_one_out
from visualsearch.training import checkpoint
from visualsearch.training.plan import Plan, TrainingError, read_sizes
from visualsearch.training.train import Training

PLAN = Plan(epochs=1, batch=16, paired=4, sizes=((0.0, 48),), checkpoint_every=1, body_rate=1e-3, frozen_blocks=2)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # the machine that tests run on is busy, and threads that wait for each other are slow


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> list[Split]:
    root = tmp_path_factory.mktemp("data")
    train = read_folder(folders_of_colours(root / "train", 8))
    held_out = read_folder(folders_of_colours(root / "held", 4, first_seed=500), classes=train.classes)
    return [Split(train, held_out)]


def beginner() -> EmbeddingNetwork:
    """A network that has seen nothing yet, always the same one."""
    torch.manual_seed(7)
    return EmbeddingNetwork()


def recall(training: Training, split: Split) -> float:
    assert split.held_out is not None
    return leave_one_out(embed_space(training.embedder(), split.held_out), split.held_out.labels).recall_at_1


def weights(training: Training) -> torch.Tensor:
    values = training.network.state_dict().values()
    return torch.cat([value.flatten() for value in values if value.is_floating_point()])


def test_training_raises_recall_on_pictures_held_out(splits: list[Split], tmp_path: Path) -> None:
    start = load_network(DEFAULT_CARD.with_suffix(".safetensors"))
    plan = replace(PLAN, epochs=8, sizes=((0.0, 128),), body_rate=2e-3, contrast_weight=0.0, patience=8)
    training = Training(start, splits, plan, tmp_path)
    before = recall(training, splits[0])
    training.run()
    assert recall(training, splits[0]) > before + 0.2


def test_one_seed_gives_one_network(splits: list[Split], tmp_path: Path) -> None:
    one, same, other = (
        Training(beginner(), splits, replace(PLAN, seed=seed), tmp_path / name)
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    histories = [training.run() for training in (one, same, other)]
    assert histories[0][0]["loss"] == histories[1][0]["loss"] != histories[2][0]["loss"]
    files = [tmp_path / f"{name}.safetensors" for name in ("one", "same", "other")]
    for training, file in zip((one, same, other), files, strict=True):
        save_network(training.network, file)
    hashes = [file_sha256(file) for file in files]
    assert hashes[0] == hashes[1] != hashes[2]


RUN_AND_WAIT = """
import sys, torch
from pathlib import Path
from tests.visualsearch.training.test_train import PLAN, beginner
from visualsearch.measuring.dataset import Split, read_folder
from visualsearch.training.train import Training
torch.set_num_threads(1)
root = Path(sys.argv[1])
train = read_folder(root / "train")
split = Split(train, read_folder(root / "held", classes=train.classes))
def stop_after_the_first(epoch, step, steps, loss):
    if step == 2:  # the checkpoint of step 1 is on disk, step 2 is done and lost
        print("ready", flush=True)
        sys.stdin.read()
Training(beginner(), [split], PLAN, Path(sys.argv[2])).run(stop_after_the_first)
"""


def test_a_killed_run_goes_on_to_the_same_network(splits: list[Split], tmp_path: Path) -> None:
    root = Path(splits[0].train.paths[0]).parents[3]
    command = [sys.executable, "-c", RUN_AND_WAIT, str(root), str(tmp_path / "killed")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        run.send_signal(signal.SIGKILL)
    resumed = Training(beginner(), splits, PLAN, tmp_path / "killed")
    steps: list[int] = []
    resumed.run(lambda epoch, step, total, loss: steps.append(step))
    assert steps == [2]
    whole = Training(beginner(), splits, PLAN, tmp_path / "whole")
    whole.run()
    torch.testing.assert_close(weights(resumed), weights(whole), rtol=0, atol=0)


def test_what_is_measured_and_kept_is_an_average_over_the_steps(splits: list[Split], tmp_path: Path) -> None:
    last = Training(beginner(), splits, replace(PLAN, average=0.0), tmp_path / "last")
    mean = Training(beginner(), splits, replace(PLAN, average=0.5), tmp_path / "mean")
    steps: list[torch.Tensor] = []
    last.run()
    mean.run(lambda *_: steps.append(weights(mean)))
    assert len(steps) == 2
    torch.testing.assert_close(weights(last), steps[-1], rtol=0, atol=0)
    torch.testing.assert_close(weights(mean), torch.lerp(steps[0], steps[1], 0.5))


def test_frozen_blocks_are_left_as_they_were_and_the_rest_is_not(splits: list[Split], tmp_path: Path) -> None:
    training = Training(beginner(), splits, PLAN, tmp_path)
    training.run()
    before, after = beginner().features.state_dict(), training.network.features.state_dict()
    moved = {int(name.split(".")[0]) for name, value in before.items() if not torch.equal(value, after[name])}
    assert moved == set(range(PLAN.frozen_blocks, 19))


def test_the_head_learns_before_the_body(splits: list[Split], tmp_path: Path) -> None:
    training = Training(beginner(), splits, replace(PLAN, epochs=2, head_epochs=1, optimizer="adam"), tmp_path)
    heads: list[torch.Tensor] = []
    bodies: list[dict[str, torch.Tensor]] = []

    def look(*_: object) -> None:
        heads.append(training.network.projection.weight.detach().clone())
        bodies.append({name: value.clone() for name, value in training.network.features.state_dict().items()})

    training.run(report=look)
    start = beginner()
    assert not torch.equal(heads[0], start.projection.weight)
    assert all(torch.equal(value, bodies[0][name]) for name, value in start.features.state_dict().items())
    assert any(not torch.equal(value, bodies[1][name]) for name, value in bodies[0].items())


def test_a_checkpoint_of_another_run_is_refused(splits: list[Split], tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "checkpoint.pt", {"fingerprint": "of another run"})
    with pytest.raises(TrainingError, match="another run"):
        Training(beginner(), splits, replace(PLAN, seed=9), tmp_path).run()


def test_a_run_stops_when_nothing_gets_better_and_keeps_the_best(splits: list[Split], tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=6, patience=1, body_rate=0.0, head_rate=0.0, frozen_blocks=19)
    training = Training(beginner(), splits, plan, tmp_path)
    history = training.run()
    assert len(history) < 6
    scores = [record["score"] for record in history]
    assert int(np.argmax(scores)) == len(scores) - 2


def test_the_rate_warms_up_and_falls_to_nothing() -> None:
    plan = Plan(epochs=10, warm_up=0.1)
    rates = [plan.rate(epochs) for epochs in (0.0, 0.5, 1.0, 5.5, 10.0)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.5, 0.0], abs=1e-6)


def test_the_rate_starts_anew_when_the_body_joins_in() -> None:
    plan = Plan(epochs=12, head_epochs=2, warm_up=0.1)
    rates = [plan.rate(epochs) for epochs in (0.0, 0.2, 1.1, 2.0, 3.0, 7.5, 12.0)]
    assert rates == pytest.approx([0.01, 1.0, 0.5, 0.01, 1.0, 0.5, 0.0], abs=1e-6)


def test_sizes_grow_over_the_run() -> None:
    plan = Plan(epochs=10, sizes=read_sizes("0.5:160,0:128,0.9:224"))
    assert [plan.size(epoch) for epoch in (0, 4, 5, 8, 9)] == [128, 128, 160, 160, 224]
    with pytest.raises(ValueError, match="start at 0"):
        read_sizes("0.5:160")

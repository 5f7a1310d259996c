import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.visualsearch.pictures import folders_of_colours
from visualsearch.embedding.card import DEFAULT_CARD, file_sha256, read_card
from visualsearch.embedding.network import EmbeddingNetwork, load_network, save_network
from visualsearch.measuring.dataset import Split, embed_space, read_folder
from visualsearch.measuring.ranking import rank
from visualsearch.training.plan import Plan, TrainingError, read_sizes
from visualsearch.training.trainer import CHECKPOINT, Trainer

PLAN = Plan(epochs=1, batch=16, paired=4, sizes=((0.0, 48),), checkpoint_every=1, body_rate=1e-3, frozen_blocks=2)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> list[Split]:
    root = tmp_path_factory.mktemp("data")
    train = read_folder(folders_of_colours(root / "train", 8))
    held_out = read_folder(folders_of_colours(root / "held", 4, first_seed=500), classes=train.classes)
    return [Split(train, held_out)]


def untrained() -> EmbeddingNetwork:
    """Return the same untrained network every time."""
    torch.manual_seed(7)
    return EmbeddingNetwork()


def recall(trainer: Trainer, split: Split) -> float:
    assert split.held_out is not None
    vectors, labels = embed_space(trainer.embedder(), split.held_out), split.held_out.labels
    rankings = rank(lambda queries: queries @ vectors.T, vectors, labels, labels, hidden=np.arange(len(labels)))
    return float(np.mean(rankings.rank == 1))


def weights(trainer: Trainer) -> torch.Tensor:
    values = trainer.network.state_dict().values()
    return torch.cat([value.flatten() for value in values if value.is_floating_point()])


def test_training_raises_recall_on_held_out_pictures(splits: list[Split], tmp_path: Path) -> None:
    start = load_network(DEFAULT_CARD.with_suffix(".safetensors"), read_card(DEFAULT_CARD).body)
    plan = replace(PLAN, epochs=8, sizes=((0.0, 128),), body_rate=2e-3, contrast_weight=0.0, patience=8)
    trainer = Trainer(start, splits, plan, tmp_path)
    before = recall(trainer, splits[0])
    trainer.run()
    assert recall(trainer, splits[0]) > before + 0.2


def test_a_seed_determines_the_network(splits: list[Split], tmp_path: Path) -> None:
    one, same, other = (
        Trainer(untrained(), splits, replace(PLAN, seed=seed), tmp_path / name)
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    histories = [trainer.run() for trainer in (one, same, other)]
    assert histories[0][0]["loss"] == histories[1][0]["loss"] != histories[2][0]["loss"]
    files = [tmp_path / f"{name}.safetensors" for name in ("one", "same", "other")]
    for trainer, file in zip((one, same, other), files, strict=True):
        save_network(trainer.network, file)
    hashes = [file_sha256(file) for file in files]
    assert hashes[0] == hashes[1] != hashes[2]


RUN_AND_WAIT = """
import sys, torch
from pathlib import Path
from tests.visualsearch.training.test_trainer import PLAN, untrained
from visualsearch.measuring.dataset import Split, read_folder
from visualsearch.training.trainer import Trainer
torch.set_num_threads(1)
root = Path(sys.argv[1])
train = read_folder(root / "train")
split = Split(train, read_folder(root / "held", classes=train.classes))
def stop_after_first_step(epoch, step, steps, loss):
    if step == 2:  # the checkpoint of step 1 is on disk; step 2 is done but not saved
        print("ready", flush=True)
        sys.stdin.read()
Trainer(untrained(), [split], PLAN, Path(sys.argv[2])).run(stop_after_first_step)
"""


def test_a_killed_run_resumes_to_the_same_network(splits: list[Split], tmp_path: Path) -> None:
    root = Path(splits[0].train.paths[0]).parents[3]
    command = [sys.executable, "-c", RUN_AND_WAIT, str(root), str(tmp_path / "killed")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        run.send_signal(signal.SIGKILL)
    resumed = Trainer(untrained(), splits, PLAN, tmp_path / "killed")
    steps: list[int] = []
    resumed.run(lambda epoch, step, total, loss: steps.append(step))
    assert steps == [2]
    whole = Trainer(untrained(), splits, PLAN, tmp_path / "whole")
    whole.run()
    torch.testing.assert_close(weights(resumed), weights(whole), rtol=0, atol=0)


def test_evaluated_weights_are_a_moving_average(splits: list[Split], tmp_path: Path) -> None:
    last = Trainer(untrained(), splits, replace(PLAN, average=0.0), tmp_path / "last")
    mean = Trainer(untrained(), splits, replace(PLAN, average=0.5), tmp_path / "mean")
    steps: list[torch.Tensor] = []
    last.run()
    mean.run(lambda *_: steps.append(weights(mean)))
    assert len(steps) == 2
    torch.testing.assert_close(weights(last), steps[-1], rtol=0, atol=0)
    torch.testing.assert_close(weights(mean), torch.lerp(steps[0], steps[1], 0.5))


def test_only_frozen_blocks_keep_their_weights(splits: list[Split], tmp_path: Path) -> None:
    trainer = Trainer(untrained(), splits, PLAN, tmp_path)
    trainer.run()
    before, after = untrained().features.state_dict(), trainer.network.features.state_dict()
    moved = {int(name.split(".")[0]) for name, value in before.items() if not torch.equal(value, after[name])}
    assert moved == set(range(PLAN.frozen_blocks, 19))


def test_head_epochs_train_the_head_before_the_body(splits: list[Split], tmp_path: Path) -> None:
    trainer = Trainer(untrained(), splits, replace(PLAN, epochs=2, head_epochs=1, optimizer="adam"), tmp_path)
    heads: list[torch.Tensor] = []
    bodies: list[dict[str, torch.Tensor]] = []

    def look(*_: object) -> None:
        heads.append(trainer.network.projection.weight.detach().clone())
        bodies.append({name: value.clone() for name, value in trainer.network.features.state_dict().items()})

    trainer.run(on_epoch=look)
    start = untrained()
    assert not torch.equal(heads[0], start.projection.weight)
    assert all(torch.equal(value, bodies[0][name]) for name, value in start.features.state_dict().items())
    assert any(not torch.equal(value, bodies[1][name]) for name, value in bodies[0].items())


def test_a_checkpoint_of_another_run_is_refused(splits: list[Split], tmp_path: Path) -> None:
    torch.save({"fingerprint": "another"}, tmp_path / CHECKPOINT)
    with pytest.raises(TrainingError, match="another run"):
        Trainer(untrained(), splits, replace(PLAN, seed=9), tmp_path).run()


def test_early_stopping_restores_the_best_epoch(splits: list[Split], tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=6, patience=1, body_rate=0.0, head_rate=0.0, frozen_blocks=19)
    trainer = Trainer(untrained(), splits, plan, tmp_path)
    history = trainer.run()
    assert len(history) < 6
    scores = [record["score"] for record in history]
    assert int(np.argmax(scores)) == len(scores) - 2


def test_learning_rate_warms_up_and_decays_to_zero() -> None:
    plan = Plan(epochs=10, warm_up=0.1)
    rates = [plan.rate(epochs) for epochs in (0.0, 0.5, 1.0, 5.5, 10.0)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.5, 0.0], abs=1e-6)


def test_learning_rate_restarts_when_the_body_is_unfrozen() -> None:
    plan = Plan(epochs=12, head_epochs=2, warm_up=0.1)
    rates = [plan.rate(epochs) for epochs in (0.0, 0.2, 1.1, 2.0, 3.0, 7.5, 12.0)]
    assert rates == pytest.approx([0.01, 1.0, 0.5, 0.01, 1.0, 0.5, 0.0], abs=1e-6)


def test_picture_sizes_grow_during_the_run() -> None:
    plan = Plan(epochs=10, sizes=read_sizes("0.5:160,0:128,0.9:224"))
    assert [plan.size(epoch) for epoch in (0, 4, 5, 8, 9)] == [128, 128, 160, 160, 224]
    with pytest.raises(ValueError, match="start at 0"):
        read_sizes("0.5:160")

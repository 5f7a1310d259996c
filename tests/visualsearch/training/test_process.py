"""Training in several processes started by torchrun."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.visualsearch.pictures import catalogue
from visualsearch.embedding.card import check_files, read_card
from visualsearch.training.plan import TrainingError
from visualsearch.training.process import open_process

ROOT = Path(__file__).parents[3]
OPTIONS = ["--epochs", "1", "--batch", "8", "--sizes", "0:32", "--frozen-blocks", "15", "--device", "cpu"]


def train(data: Path, out: Path, *launcher: str) -> subprocess.CompletedProcess[str]:
    command = [*launcher, "manage.py", "train_network", str(data), "--out", str(out), *OPTIONS, "--threads", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_two_processes_train_one_network(tmp_path: Path) -> None:
    data, out = catalogue(tmp_path / "images", 8), tmp_path / "out"
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    done = train(data, out, *launcher)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("semblance-trained@") == 1, "only one process prints and writes"
    assert done.stderr.count("epoch 1: ") + done.stdout.count("epoch 1: ") == 1
    card = read_card(out)
    check_files(card)
    history = json.loads((out / "report.json").read_text())["history"]
    assert len(history) == 1
    assert 0.0 < history[0]["loss"] < 20.0
    refused = train(data, out)
    assert refused.returncode != 0
    assert "another run" in refused.stderr, "one process does not resume a run of two"


def test_a_batch_that_processes_cannot_share_is_refused(tmp_path: Path) -> None:
    data = catalogue(tmp_path / "images", 4)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "3")
    done = train(data, tmp_path / "out", *launcher)
    assert done.returncode != 0
    assert "3 processes cannot share batches of 8" in done.stderr


@pytest.mark.parametrize(
    ("device", "message"), [("abacus", "no device"), ("cuda:99", "no GPU number 99"), ("mps", "not on mps")]
)
def test_a_missing_device_is_refused(device: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message), open_process(device):
        pass

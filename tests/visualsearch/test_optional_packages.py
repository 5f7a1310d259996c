"""The shop runs without the packages of training; commands that need one say how to install it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from visualsearch.embedding.packages import OPENCV

pytestmark = pytest.mark.slow
TRAINING = ("torch", "torchvision", "onnx", "onnxscript", "matplotlib", "cv2")


def manage(missing: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command as if these packages, separated by spaces, were not installed."""
    script = (
        "import sys; sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()));"
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings';"
        "from django.core.management import execute_from_command_line; execute_from_command_line(sys.argv)"
    )
    command = [sys.executable, "-c", script, missing, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["torch", "torchvision", "onnx", "onnxscript", "matplotlib"])
def test_train_network_names_the_package_that_is_missing(missing: str, tmp_path: Path) -> None:
    done = manage(missing, "train_network", "demo/images", "--out", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"CommandError: {missing} is not installed. Run `pip install -r requirements.txt`.\n"


def test_join_network_names_the_package_that_is_missing(tmp_path: Path) -> None:
    files = ["--start", "default.json", "--beside", "lite2.pth"]
    done = manage("torch", "join_network", "demo/images", *files, "--out", str(tmp_path))
    assert done.stderr == "CommandError: torch is not installed. Run `pip install -r requirements.txt`.\n"


@pytest.mark.parametrize(
    ("missing", "arguments", "package"),
    [
        ("torch", ["--runtime", "torch"], "-r requirements.txt"),
        ("torch", ["--against", "body.safetensors"], "-r requirements.txt"),
        ("cv2", ["--baselines", "hog"], OPENCV),
        ("cv2", ["--baselines", "sift"], OPENCV),
    ],
)
def test_evaluate_network_names_the_package_that_is_missing(missing: str, arguments: list[str], package: str) -> None:
    done = manage(missing, "evaluate_network", "--unlabelled", "demo/photos", "--most", "1", *arguments)
    assert done.stderr == f"CommandError: {missing} is not installed. Run `pip install {package}`.\n"


def test_a_network_is_measured_and_options_are_listed_without_any_of_them() -> None:
    done = manage(" ".join(TRAINING), "evaluate_network", "--unlabelled", "demo/photos", "--most", "1")
    assert done.returncode == 0, done.stderr
    for command in ("train_network", "join_network", "fit_projection", "evaluate_network"):
        assert manage(" ".join(TRAINING), command, "--help").returncode == 0


def test_opencv_is_tested_at_the_version_to_install() -> None:
    assert OPENCV in (ROOT / "requirements-dev.txt").read_text().splitlines()

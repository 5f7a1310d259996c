"""Pictures that are not fit to sell with: each made defect is found, and good pictures pass."""

import json
import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.architecture.source import ROOT
from visualsearch.embedding.card import BadCard
from visualsearch.models import Reason
from visualsearch.moderation import defect_network, defects, pipeline
from visualsearch.moderation.defect_network import DefectNetwork
from visualsearch.moderation.finding import Candidate
from visualsearch.moderation.measures import measure
from visualsearch.training.defects import MAKERS, MEASURING, Random, finish

PICTURES = sorted((ROOT / "demo" / "images").glob("*.jpg"))[::40]


def candidate(picture: Image.Image, *, is_from_customer: bool = False) -> Candidate:
    return Candidate(picture, *picture.size, sha256="0" * 64, is_from_customer=is_from_customer)


@pytest.fixture(autouse=True)
def _look_for_defects(settings: Any) -> None:
    settings.MODERATION_QUALITY = True


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in PICTURES]


def codes(each: Candidate) -> list[str]:
    """Return the defects for which this picture needs a look."""
    (findings,) = defects.examine([each])
    return [finding.code for finding in findings if finding.score >= defects.LOOK_AT]


@pytest.mark.parametrize("code", MAKERS)
def test_a_made_defect_is_found(images: list[Image.Image], code: str) -> None:
    random = Random(5, MEASURING)
    found = [code in codes(candidate(finish(MAKERS[code](image, random, images[:3]), random))) for image in images]
    assert sum(found) >= 0.7 * len(images)


def test_good_pictures_pass(images: list[Image.Image]) -> None:
    assert sum(bool(codes(candidate(image))) for image in images) <= 1


def test_a_small_upload_is_too_small_however_it_was_decoded(images: list[Image.Image]) -> None:
    each = replace(candidate(images[0]), width=120, height=90)
    assert codes(each) == ["too_small"]


def test_a_customers_photo_need_not_show_goods() -> None:
    wall = Image.new("RGB", (400, 300), (120, 130, 140))
    assert "empty" in codes(candidate(wall))
    assert "empty" not in codes(candidate(wall, is_from_customer=True))


def test_at_most_three_defects_are_named() -> None:
    each = replace(candidate(Image.new("RGB", (60, 40), (5, 5, 5))), width=60, height=40)
    (findings,) = defects.examine([each])
    assert 2 <= len(findings) <= defects.MAX_FINDINGS
    assert [finding.score for finding in findings] == sorted((finding.score for finding in findings), reverse=True)
    assert all(json.dumps(dict(finding.evidence)) for finding in findings)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (16, 16)])
def test_any_shape_of_picture_is_measured(size: tuple[int, int]) -> None:
    assert codes(candidate(Image.new("RGB", size, (200, 10, 10)))) is not None
    assert all(np.isfinite(measure(Image.new("RGB", size))))


def test_nothing_is_refused_unseen(images: list[Image.Image]) -> None:
    (findings,) = defects.examine([candidate(Image.new("RGB", (40, 30)))])
    assert pipeline.conclude(findings, [defects.CHECK]) == ("look", Reason.QUALITY)


def test_the_setting_turns_the_check_off(settings: Any, images: list[Image.Image]) -> None:
    settings.MODERATION_QUALITY = False
    assert defects.examine([candidate(Image.new("RGB", (40, 30)))]) == [[]]


def test_another_graph_is_refused(tmp_path: Path) -> None:
    for name in ("defects.json", "defects.onnx"):
        shutil.copy(defect_network.DEFAULT.with_name(name), tmp_path / name)
    with (tmp_path / "defects.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BadCard, match="sha256"):
        DefectNetwork.load(tmp_path / "defects.json")


def test_a_forked_worker_loads_a_network_of_its_own(images: list[Image.Image]) -> None:
    codes(candidate(images[0]))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_forked, (PICTURES[0],)).get(timeout=60) == codes(candidate(images[0]))
    assert defects.network.is_loaded


def _forked(path: Path) -> list[str]:
    assert not defects.network.is_loaded
    return codes(candidate(Image.open(path).convert("RGB")))

"""`manage.py evaluate_network`, with the default network on small pictures."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from safetensors.numpy import save

from tests.visualsearch.pictures import catalogue, folders_of_colours, photographed, thing


def evaluate(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command("evaluate_network", *arguments, stdout=out, threads=1, runtime="onnxruntime", resamples=20, **options)
    return out.getvalue()


def test_all_trials_together_make_tables_and_one_page(tmp_path: Path) -> None:
    folders_of_colours(tmp_path / "data" / "train", 3)
    folders_of_colours(tmp_path / "data" / "val", 1, first_seed=70)
    shop, photos = catalogue(tmp_path / "images", 4), photographed(tmp_path / "photos")
    printed = evaluate(
        str(tmp_path / "data"), gallery=shop, photos=photos, truth=photos / "truth.csv", rephotograph=True,
        baselines=["colour"], report=tmp_path / "report", worst=tmp_path / "worst.jpg", json=tmp_path / "figures.json",
    )  # fmt: skip
    for title in (
        "data: held out to train",
        "catalogue: leave one out",
        "catalogue: rephotographed",
        "customer photos",
    ):
        assert f"## {title}" in printed
    assert "AUROC" in printed
    assert (tmp_path / "worst.jpg").read_bytes().startswith(b"\xff\xd8")
    facts = json.loads((tmp_path / "report" / "report.json").read_text())
    assert facts == json.loads((tmp_path / "figures.json").read_text())
    assert [method["method"] for method in facts[0]["methods"]][1] == "colour histogram"
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("<section>") == len(facts) == 4
    assert re.findall(r'(?:src|href)="(?!data:)', page) == [], "the page needs no other file"
    assert "confusion matrix" in page


def test_file_names_are_escaped(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(3):
        thing("circle", 0, number).save(pictures / f"<script>alert({number})<|script>.png")
    evaluate(unlabelled=pictures, report=tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert "<script" not in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to measure"),
        (["/nowhere/at/all"], "is not a folder"),
        (["--gallery", "/nowhere/at/all"], "is not a folder"),
        (["--unlabelled", "/nowhere/at/all"], "has no pictures"),
        (["--baselines", "colour,bagofwords"], "bagofwords: choose from colour, hog, sift or all"),
        (["--most", "0"], "not a number of at least 1"),
        (["--resamples", "-3"], "not a number of at least 1"),
        (["--network", "/nowhere.json", "--unlabelled", "demo/photos"], "is not the card of a network"),
    ],
)
def test_bad_arguments_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("evaluate_network", *arguments)


@pytest.mark.parametrize("content", [b"", b"not weights", save({"features.0.weight": np.zeros(3)})])
def test_other_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "body.safetensors").write_bytes(content)
    with pytest.raises(CommandError, match="does not hold a body"):
        evaluate(unlabelled=Path("demo/photos"), against=[tmp_path / "body.safetensors"])


def test_a_report_is_overwritten(tmp_path: Path) -> None:
    shop = catalogue(tmp_path / "images", 3)
    for _ in range(2):
        evaluate(gallery=shop, report=tmp_path / "report")
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["report.html", "report.json"]

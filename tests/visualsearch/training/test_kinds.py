"""Training the head that names kinds of goods."""

import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests.visualsearch.regions.scenes import PICTURES
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.kinds.head import OTHER, KindsCard, KindsHead
from visualsearch.kinds.vocabulary import NAMES
from visualsearch.training.kinds import kind_of, measure


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Create folders of mugs, lamps and, for the rest, chairs under a name that is no kind."""
    root = tmp_path / "things"
    for folder, name in (("cup", "halden-mug"), ("Table Lamps", "gourd-lamp"), ("thrones", "refectory-chair")):
        pictures = sorted(PICTURES.glob(f"{name}-*.jpg"))[:8]
        assert pictures, name
        (root / folder).mkdir(parents=True)
        for number in range(10):  # of which one is held out
            shutil.copy(pictures[number % len(pictures)], root / folder / f"{number}.jpg")
    return root


def test_command_writes_a_head_that_names_the_kinds(folders: Path, tmp_path: Path) -> None:
    out, output = tmp_path / "head" / "kinds.json", StringIO()
    call_command("train_kinds", folders, out=out, stdout=output)
    head = KindsHead.load(out)
    assert head.card.kinds == ("mug", OTHER, "table-lamp")
    assert head.card.network_sha256 == read_card(DEFAULT_CARD).weights_sha256
    assert head.card.training["pictures"] == 27
    assert head.card.training["held_out"]["top_1"] == 1
    assert head.card.training["held_out"]["others"] == 1
    assert "3 outputs" in output.getvalue()


def test_command_refuses_folders_that_name_no_kinds(folders: Path, tmp_path: Path) -> None:
    shutil.rmtree(folders / "cup")
    with pytest.raises(CommandError, match="pictures of 1 kinds"):
        call_command("train_kinds", folders, out=tmp_path / "kinds.json")
    assert not (tmp_path / "kinds.json").exists()


def test_command_needs_both_pictures_and_categories_of_a_catalogue(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="needs both"):
        call_command("train_kinds", folders, gallery=PICTURES, out=tmp_path / "kinds.json")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("umbrella", "umbrella"),
        ("Fruit/Apple/Granny-Smith", "apple"),
        ("Packages/Juice/Bravo-Orange-Juice", "juice"),
        ("Candle Holders", "candle-holder"),
        ("Glasses", "glass"),
        ("soccer_ball", "football"),
        ("elephant", OTHER),
        ("not-sure", None),
    ],
)
def test_folder_says_which_kind_its_pictures_show(folder: str, kind: str | None) -> None:
    assert kind_of(folder, list(NAMES)) == kind


def test_figures_count_what_is_named_and_what_should_not_be() -> None:
    card = KindsCard("", "", ("hat", OTHER, "shoe"), 20.0, 0.7, 0.4, "", {})
    cosines = np.array([[0.9, 0, 0], [0.3, 0, 0], [0.9, 0, 0], [0, 0, 0.8], [0, 0.9, 0]], dtype=np.float32)
    figures = measure(cosines, np.array([0, 0, 2, 1, 1]), card)
    assert figures["pictures"] == 3
    assert figures["top_1"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["named"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["right_if_named"] == 0.5
    assert (figures["others"], figures["others_named"]) == (2, 0.5)

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.visualsearch.pictures import catalogue, folders_of_colours
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder
from visualsearch.training.validation import check_splits, hold_out


@pytest.fixture
def splits(tmp_path: Path) -> list[Split]:
    colours, things = folders_of_colours(tmp_path / "colours", 3), catalogue(tmp_path / "images", 2)
    return [Split(read_folder(colours), None), Split(read_folder(things), None)]


def test_photos_of_known_classes_are_held_out(splits: list[Split], tmp_path: Path) -> None:
    photos = folders_of_colours(tmp_path / "photos", 2, first_seed=700)
    colours, things = hold_out(splits, photos)
    assert colours.held_out is not None
    assert len(colours.held_out) == 8
    assert colours.held_out.classes == colours.train.classes
    assert things is splits[1]


def test_held_out_photos_are_dropped_from_training(splits: list[Split], tmp_path: Path) -> None:
    photos = folders_of_colours(tmp_path / "photos", 2, first_seed=700)
    duplicate = splits[0].train.paths[0]
    shutil.copy(duplicate, photos / "things" / "blue" / "the-same-photo.png")
    colours = hold_out(splits, photos)[0]
    assert set(splits[0].train.paths) - set(colours.train.paths) == {duplicate}
    assert len(colours.train.labels) == len(colours.train)


def test_a_folder_of_unknown_classes_is_refused(splits: list[Split], tmp_path: Path) -> None:
    (tmp_path / "photos" / "purple").mkdir(parents=True)
    with pytest.raises(BadDataset, match=r"named like a class, such as thing-0, .*"):
        hold_out(splits, tmp_path / "photos")
    with pytest.raises(BadDataset, match="is not a folder"):
        hold_out(splits, tmp_path / "missing")


def test_a_single_class_is_refused() -> None:
    space = LabelSpace("lamps", ("lamp", "vase"), (Path("a.png"), Path("b.png")), np.array([0, 0]))
    with pytest.raises(BadDataset, match="Training needs at least 2"):
        check_splits([Split(space, None)])

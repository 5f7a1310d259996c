import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.visualsearch.pictures import catalogue, folders_of_colours
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder
from visualsearch.training.held_out import check_enough, stop_on


@pytest.fixture
def splits(tmp_path: Path) -> list[Split]:
    colours, things = folders_of_colours(tmp_path / "colours", 3), catalogue(tmp_path / "images", 2)
    return [Split(read_folder(colours), None), Split(read_folder(things), None)]


def test_photos_are_held_out_where_their_classes_are_known(splits: list[Split], tmp_path: Path) -> None:
    photos = folders_of_colours(tmp_path / "photos", 2, first_seed=700)
    colours, things = stop_on(splits, photos)
    assert colours.held_out is not None
    assert len(colours.held_out) == 8
    assert colours.held_out.classes == colours.train.classes
    assert things is splits[1]


def test_a_photo_to_stop_on_is_never_learnt_from(splits: list[Split], tmp_path: Path) -> None:
    photos = folders_of_colours(tmp_path / "photos", 2, first_seed=700)
    learnt = splits[0].train.paths[0]
    shutil.copy(learnt, photos / "things" / "blue" / "the-same-photo.png")
    colours = stop_on(splits, photos)[0]
    assert set(splits[0].train.paths) - set(colours.train.paths) == {learnt}
    assert len(colours.train.labels) == len(colours.train)


def test_a_folder_of_unknown_classes_is_refused(splits: list[Split], tmp_path: Path) -> None:
    (tmp_path / "photos" / "purple").mkdir(parents=True)
    with pytest.raises(BadDataset, match=r"called like a class, such as thing-0, .*"):
        stop_on(splits, tmp_path / "photos")
    with pytest.raises(BadDataset, match="is not a folder"):
        stop_on(splits, tmp_path / "missing")


def test_one_class_is_too_little() -> None:
    space = LabelSpace("lamps", ("lamp", "vase"), (Path("a.png"), Path("b.png")), np.array([0, 0]))
    with pytest.raises(BadDataset, match="At least 2 are needed"):
        check_enough([Split(space, None)])

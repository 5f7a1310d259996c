from pathlib import Path

import numpy as np
import pytest

from tests.visualsearch.pictures import COLOURS, catalogue, folders_of_colours, noise
from visualsearch.measuring.dataset import BadDataset, read_folder, read_split


def test_a_class_is_the_path_of_its_folder(tmp_path: Path) -> None:
    space = read_folder(folders_of_colours(tmp_path / "data", 3))
    assert space.name == "data"
    assert space.classes == tuple(sorted(f"things/{colour}" for colour in COLOURS))
    named = [space.classes[label] for label in space.labels]
    assert named == [f"things/{path.parent.name}" for path in space.paths]


def test_a_flat_folder_is_labelled_by_product(tmp_path: Path) -> None:
    space = read_folder(catalogue(tmp_path / "images", 3))
    assert space.classes == ("thing-0", "thing-1", "thing-2")
    assert space.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert space.is_catalogue


def test_a_split_on_disk_shares_its_classes(tmp_path: Path) -> None:
    folders_of_colours(tmp_path / "data" / "train", 3)
    folders_of_colours(tmp_path / "data" / "val", 1, first_seed=50)
    noise().save(tmp_path / "data" / "val" / "things" / "red" / "more.png")
    (tmp_path / "data" / "val" / "unknown").mkdir()
    noise().save(tmp_path / "data" / "val" / "unknown" / "stranger.png")
    split = read_split(tmp_path / "data")
    assert split.held_out is not None
    assert split.train.name == split.held_out.name == "data"
    assert split.held_out.classes == split.train.classes
    assert len(split.held_out) == 5


def test_an_unsplit_folder_holds_out_a_share_of_every_class(tmp_path: Path) -> None:
    root = folders_of_colours(tmp_path / "data", 10)
    split = read_split(root, held_out_share=0.2, seed=3)
    assert split.held_out is not None
    assert np.bincount(split.held_out.labels).tolist() == [2, 2, 2, 2]
    assert np.bincount(split.train.labels).tolist() == [8, 8, 8, 8]
    assert not set(split.train.paths) & set(split.held_out.paths)
    again = read_split(root, held_out_share=0.2, seed=3)
    assert again.held_out is not None
    assert again.held_out.paths == split.held_out.paths


def test_a_catalogue_holds_nothing_out(tmp_path: Path) -> None:
    split = read_split(catalogue(tmp_path / "images", 4))
    assert split.held_out is None
    assert len(split.train) == 8


@pytest.mark.parametrize("files", [[], ["a/1.png", "b.png"], ["lamp.png"]])
def test_other_layouts_are_refused(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        noise().save(tmp_path / name)
    with pytest.raises(BadDataset):
        read_folder(tmp_path)

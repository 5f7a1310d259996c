from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.visualsearch.pictures import COLOURS, catalogue, folders_of_colours, photographed, thing
from visualsearch.measuring.dataset import BadDataset, read_folder, read_split
from visualsearch.measuring.sources import Sources, read_trials
from visualsearch.measuring.trials import held_out, leave_one_out, read_unlabelled, rephotographed, studio


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folders_of_colours(tmp_path / "data" / "train", 3)
    folders_of_colours(tmp_path / "data" / "val", 2, first_seed=70)
    return tmp_path / "data"


def studio_folder(root: Path, colours: list[str]) -> Path:
    """Create one picture per class, in another folder structure."""
    for colour in colours:
        (root / "clean" / colour).mkdir(parents=True)
        thing("circle", COLOURS[colour], 5).save(root / "clean" / colour / "picture.png")
    return root


def titles(sources: Sources) -> list[str]:
    return [trial.title for trial in read_trials(sources)]


def test_held_out_pictures_query_the_training_pictures(labelled: Path) -> None:
    trial = held_out(read_split(labelled, 0.0), {})
    assert (len(trial.queries), len(trial.gallery), trial.hidden) == (8, 12, None)
    assert all("val" in query.path.parts for query in trial.queries)


def test_leave_one_out_hides_each_query_from_itself(labelled: Path) -> None:
    trial = leave_one_out(read_folder(labelled / "train"), {})
    assert trial.hidden is not None
    assert [trial.gallery.paths[i] for i in trial.hidden] == [query.path for query in trial.queries]


def test_leave_one_out_queries_only_classes_of_several_pictures(tmp_path: Path) -> None:
    space = read_folder(catalogue(tmp_path / "images", 3)).subset([0, 1, 2])
    assert leave_one_out(space, {}).wanted.tolist() == [0, 0]


def test_leave_one_out_refuses_one_picture_per_class(tmp_path: Path) -> None:
    space = read_folder(catalogue(tmp_path / "images", 3)).subset([0, 2, 4])
    with pytest.raises(BadDataset, match="one picture per class"):
        leave_one_out(space, {})


def test_studio_pictures_match_classes_by_folder(tmp_path: Path, labelled: Path) -> None:
    clean = studio_folder(tmp_path / "studio", list(COLOURS))
    photos = read_folder(labelled / "val")
    trial = studio(photos, read_folder(clean), {})
    gallery = trial.gallery
    found = [(gallery.classes[i], path.parent.name) for i, path in zip(gallery.labels, gallery.paths, strict=True)]
    assert found == [(f"things/{colour}", colour) for colour in sorted(COLOURS)]
    assert trial.wanted.tolist() == photos.labels.tolist()


def test_a_class_without_a_studio_picture_is_named(tmp_path: Path, labelled: Path) -> None:
    clean = studio_folder(tmp_path / "studio", ["red", "blue"])
    with pytest.raises(BadDataset, match=r"things/green, things/yellow"):
        studio(read_folder(labelled / "val"), read_folder(clean), {})


def test_unlabelled_pictures_are_rephotographed(tmp_path: Path) -> None:
    trial = rephotographed(read_unlabelled(photographed(tmp_path / "photos")), {}, seed=3)
    assert [query.rephotograph_seed for query in trial.queries] == [(3, 0), (3, 1), (3, 2)]
    one, same, other = (trial.queries[i].picture() for i in (0, 0, 1))
    assert np.asarray(one).tolist() == np.asarray(same).tolist() != np.asarray(other).tolist()


def test_a_sample_keeps_the_gallery_and_depends_on_the_seed(labelled: Path) -> None:
    whole = leave_one_out(read_folder(labelled / "train"), {})
    few = whole.sample(5, seed=1)
    assert len(few.queries) == len(few.wanted) == 5
    assert few.hidden is not None
    assert [few.gallery.paths[i] for i in few.hidden] == [query.path for query in few.queries]
    assert few.queries == whole.sample(5, seed=1).queries != whole.sample(5, seed=2).queries
    assert whole.sample(500, seed=1) is whole


def test_sources_yield_all_their_trials(tmp_path: Path, labelled: Path) -> None:
    shop, photos = catalogue(tmp_path / "images", 3), photographed(tmp_path / "photos")
    assert titles(Sources(roots=(labelled,), studio=studio_folder(tmp_path / "studio", list(COLOURS)))) == [
        "data: held out to train",
        "data: photos to studio pictures",
    ]
    assert titles(Sources(roots=(labelled / "train",), rephotograph=True)) == [
        "train: leave one out",
        "train: rephotographed",
    ]
    assert titles(Sources(gallery=shop, photos=photos, truth=photos / "truth.csv", rephotograph=True)) == [
        "catalogue: leave one out",
        "catalogue: rephotographed",
        "customer photos",
    ]
    assert titles(Sources(unlabelled=photos)) == ["photos: rephotographed"]


def test_another_folder_can_be_held_out(labelled: Path) -> None:
    folders_of_colours(labelled / "test", 1, first_seed=90)
    (trial,) = read_trials(Sources(roots=(labelled,), held_out="test"))
    assert len(trial.queries) == len(COLOURS)
    (labelled / "test" / "things" / "red").rename(labelled / "test" / "things" / "crimson")
    with pytest.raises(BadDataset, match="things/crimson"):
        read_trials(Sources(roots=(labelled,), held_out="test"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "Nothing to measure"),
        (("gallery", "photos"), "--gallery, --photos and --truth"),
        (("photos", "truth"), "--gallery, --photos and --truth"),
        (("studio",), "give their folder as DATA"),
    ],
)
def test_incomplete_sources_are_refused(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    arguments: dict[str, Any] = dict.fromkeys(names, tmp_path)
    with pytest.raises(BadDataset, match=message):
        read_trials(Sources(**arguments))

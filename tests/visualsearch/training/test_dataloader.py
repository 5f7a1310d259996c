from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.pictures import catalogue, folders_of_colours, noise
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.training.dataloader import DataLoader, PictureCache
from visualsearch.training.plan import Strength


def test_a_resumed_epoch_yields_the_same_batches(tmp_path: Path) -> None:
    spaces = [read_folder(folders_of_colours(tmp_path / "a", 4)), read_folder(catalogue(tmp_path / "b", 4))]
    whole, part = (DataLoader(spaces, (2.0, 1.0), seed=5, batch=6, paired=2, threads=t) for t in (2, 1))
    epoch = list(whole.epoch(3, 32))
    resumed = list(part.epoch(3, 32, first=2))
    assert len(epoch) == len(whole) == 4
    assert len(resumed) == 2
    for ours, theirs in zip(epoch[2:], resumed, strict=True):
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    assert epoch[0].inputs.shape == (8, 3, 32, 32)
    assert not np.array_equal(epoch[0].inputs[0], epoch[0].inputs[6]), "second views differ"
    assert not np.array_equal(next(whole.epoch(4, 32)).inputs, epoch[0].inputs)


def test_label_spaces_are_drawn_by_their_shares(tmp_path: Path) -> None:
    spaces = [read_folder(folders_of_colours(tmp_path / "a", 8)), read_folder(catalogue(tmp_path / "b", 2))]
    loader = DataLoader(spaces, (1.0, 3.0), seed=0, batch=36, paired=0)
    shown = np.concatenate([batch.spaces for epoch in range(12) for batch in loader.epoch(epoch, 16)])
    assert 0.68 < (shown == 1).mean() < 0.82


@pytest.mark.parametrize(("balance", "low", "high"), [("none", 0.03, 0.17), ("sqrt", 0.15, 0.36), ("class", 0.4, 0.6)])
def test_balance_sets_how_often_a_rare_class_is_drawn(balance: str, low: float, high: float, tmp_path: Path) -> None:
    paths = sorted(catalogue(tmp_path / "b", 5).glob("*.png"))
    space = LabelSpace("b", ("many", "one"), tuple(paths), np.array([0] * 9 + [1]))
    loader = DataLoader([space], (1.0,), seed=0, batch=10, paired=0, balance=balance)
    shown = np.concatenate([batch.labels for epoch in range(30) for batch in loader.epoch(epoch, 8)])
    assert low < (shown == 1).mean() < high


def test_processes_split_a_batch_without_overlap(tmp_path: Path) -> None:
    space = read_folder(catalogue(tmp_path / "b", 6))
    whole, one, two = (
        next(DataLoader([space], (1.0,), seed=1, batch=8, paired=4, rank=rank, world_size=ranks).epoch(0, 16))
        for rank, ranks in ((0, 1), (0, 2), (1, 2))
    )
    np.testing.assert_array_equal(whole.inputs[:8:2], one.inputs[:4])
    np.testing.assert_array_equal(whole.inputs[1:8:2], two.inputs[:4])
    np.testing.assert_array_equal(
        whole.inputs[8:], np.stack([one.inputs[4], two.inputs[4], one.inputs[5], two.inputs[5]])
    )


def test_the_second_view_shows_another_picture_of_the_product(tmp_path: Path) -> None:
    black, white, lone = (tmp_path / f"{name}.png" for name in ("black", "white", "lone"))
    for path, grey in ((black, 5), (white, 250), (lone, 128)):
        noise().point([grey] * 768).save(path)
    space = LabelSpace("b", ("a", "b"), (black, white, lone), np.array([0, 0, 1]), np.array([7, 7, 8]))
    still = Strength(light=0.0, cast=0.0, camera_fault=0.0, occlusion=0.0, new_background=0.0)
    loader = DataLoader([space], (1.0,), seed=3, batch=3, paired=3, strength=still)
    batches = [batch for epoch in range(6) for batch in loader.epoch(epoch, 8)]
    means = np.concatenate(
        [np.stack([b.inputs[:3].max((1, 2, 3)), b.inputs[3:].max((1, 2, 3))], axis=1) for b in batches]
    )
    instances = np.concatenate([b.instances for b in batches])
    assert (np.abs(means[:, 0] - means[:, 1]) > 1.0).tolist() == (instances == 7).tolist()
    assert set(instances.tolist()) == {7, 8}


def test_cache_shrinks_pictures_and_stays_within_its_budget(tmp_path: Path) -> None:
    for index in range(3):
        noise(800, 600, seed=index).save(tmp_path / f"{index}.png")
    cache = PictureCache(budget=4 * 341 * 256 * 2, side=256)
    first, second, third = (cache[tmp_path / f"{index}.png"] for index in range(3))
    assert first.size == (341, 256)
    assert cache[tmp_path / "1.png"] is second
    assert cache[tmp_path / "2.png"] is not third


def test_cached_masks_are_the_same_and_stay_within_their_budget(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(2)]
    for index, path in enumerate(paths):
        shown = Image.new("RGB", (300, 300), "#f4f4f4")
        shown.paste(noise(120, 120, seed=index), (90, 90))
        shown.save(path)
    cache = PictureCache(mask_budget=5_000)
    first, again = (cache.mask(paths[0], cache[paths[0]]) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first is not again
    assert first.tobytes() == again.tobytes()
    full = PictureCache(mask_budget=0)
    assert full.mask(paths[1], full[paths[1]]) is not full.mask(paths[1], full[paths[1]])
    assert not full._masks

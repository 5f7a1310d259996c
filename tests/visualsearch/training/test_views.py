from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.visualsearch.pictures import catalogue, folders_of_colours, noise, thing
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.training.augment import Strength, textured, view
from visualsearch.training.background import flood_from_border, foreground
from visualsearch.training.views import PictureCache, Views


def ringed() -> Image.Image:
    """A dark ring, white inside, on a ground that gets darker downwards."""
    ground = np.linspace(245, 200, 128)[:, None, None] * np.ones((1, 128, 3))
    image = Image.fromarray(ground.astype(np.uint8))
    ImageDraw.Draw(image).ellipse((30, 30, 98, 98), fill="white", outline=(40, 30, 90), width=10)
    return image


def test_foreground_finds_the_product_and_keeps_what_is_white_inside() -> None:
    mask = foreground(ringed())
    assert mask is not None
    values = np.asarray(mask)
    assert values[64, 64] > 200, "the white inside is the product's"
    assert values[64, 33] > 200
    assert max(values[3, 3], values[120, 64], values[64, 120]) < 30


def test_foreground_is_none_for_a_picture_without_a_plain_ground() -> None:
    assert foreground(noise()) is None
    assert foreground(Image.new("RGB", (64, 64), (20, 20, 20))) is None
    assert foreground(Image.new("RGB", (64, 64), "white")) is None


def test_flood_goes_round_corners_but_not_through_walls() -> None:
    maze = np.array([list("#####"), list("#..##"), list("##..#"), list("#.#.."), list("#####")]) == "."
    reached = flood_from_border(maze)
    assert reached[1, 1]
    assert not reached[3, 1]


def test_a_view_puts_the_product_somewhere_else() -> None:
    picture, mask = thing("square", 160, 1, side=128), Image.new("L", (128, 128))
    ImageDraw.Draw(mask).rectangle((30, 30, 98, 98), fill=255)
    always = Strength(new_background=1.0, occlusion=0.0, camera_fault=0.0, light=0.0, cast=0.0)
    shown = [view(picture, mask, noise(seed=9), 64, np.random.default_rng(seed), always) for seed in range(8)]
    assert all(v.shape == (64, 64, 3) and v.dtype == np.uint8 for v in shown)
    corners = np.array([v[:4, :4].mean(axis=(0, 1)) for v in shown])
    assert corners.std(axis=0).max() > 20, "grounds differ from view to view"


def test_textured_fills_the_whole_view() -> None:
    for seed in range(12):
        assert textured(noise(), 48, np.random.default_rng(seed)).size == (48, 48)


def test_views_are_the_same_whenever_they_are_made(tmp_path: Path) -> None:
    spaces = [read_folder(folders_of_colours(tmp_path / "a", 4)), read_folder(catalogue(tmp_path / "b", 4))]
    whole, part = (Views(spaces, (2.0, 1.0), seed=5, batch=6, paired=2, threads=t) for t in (2, 1))
    epoch = list(whole.epoch(3, 32))
    resumed = list(part.epoch(3, 32, first=2))
    assert len(epoch) == whole.steps() == 4
    assert len(resumed) == 2
    for ours, theirs in zip(epoch[2:], resumed, strict=True):
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    assert epoch[0].inputs.shape == (8, 3, 32, 32)
    assert not np.array_equal(epoch[0].inputs[0], epoch[0].inputs[6]), "the second view of a picture is another view"
    assert not np.array_equal(next(whole.epoch(4, 32)).inputs, epoch[0].inputs)


def test_views_show_each_space_by_its_share(tmp_path: Path) -> None:
    spaces = [read_folder(folders_of_colours(tmp_path / "a", 8)), read_folder(catalogue(tmp_path / "b", 2))]
    views = Views(spaces, (1.0, 3.0), seed=0, batch=36, paired=0)
    shown = np.concatenate([batch.spaces for epoch in range(12) for batch in views.epoch(epoch, 16)])
    assert 0.68 < (shown == 1).mean() < 0.82


@pytest.mark.parametrize(("balance", "low", "high"), [("none", 0.03, 0.17), ("sqrt", 0.15, 0.36), ("class", 0.4, 0.6)])
def test_balance_says_how_often_a_rare_class_is_shown(balance: str, low: float, high: float, tmp_path: Path) -> None:
    paths = sorted(catalogue(tmp_path / "b", 5).glob("*.png"))
    space = LabelSpace("b", ("many", "one"), tuple(paths), np.array([0] * 9 + [1]))
    views = Views([space], (1.0,), seed=0, batch=10, paired=0, balance=balance)
    shown = np.concatenate([batch.labels for epoch in range(30) for batch in views.epoch(epoch, 8)])
    assert low < (shown == 1).mean() < high


def test_processes_share_a_batch_without_overlap(tmp_path: Path) -> None:
    space = read_folder(catalogue(tmp_path / "b", 6))
    whole, one, two = (
        next(Views([space], (1.0,), seed=1, batch=8, paired=4, rank=rank, ranks=ranks).epoch(0, 16))
        for rank, ranks in ((0, 1), (0, 2), (1, 2))
    )
    np.testing.assert_array_equal(whole.inputs[:8:2], one.inputs[:4])
    np.testing.assert_array_equal(whole.inputs[1:8:2], two.inputs[:4])
    np.testing.assert_array_equal(
        whole.inputs[8:], np.stack([one.inputs[4], two.inputs[4], one.inputs[5], two.inputs[5]])
    )


def test_the_second_view_is_of_another_picture_of_the_product(tmp_path: Path) -> None:
    black, white, lone = (tmp_path / f"{name}.png" for name in ("black", "white", "lone"))
    for path, grey in ((black, 5), (white, 250), (lone, 128)):
        noise().point([grey] * 768).save(path)
    space = LabelSpace("b", ("a", "b"), (black, white, lone), np.array([0, 0, 1]), np.array([7, 7, 8]))
    still = Strength(light=0.0, cast=0.0, camera_fault=0.0, occlusion=0.0, new_background=0.0)
    views = Views([space], (1.0,), seed=3, batch=3, paired=3, strength=still)
    batches = [batch for epoch in range(6) for batch in views.epoch(epoch, 8)]
    means = np.concatenate(
        [np.stack([b.inputs[:3].max((1, 2, 3)), b.inputs[3:].max((1, 2, 3))], axis=1) for b in batches]
    )
    things = np.concatenate([b.things for b in batches])
    assert (np.abs(means[:, 0] - means[:, 1]) > 1.0).tolist() == (things == 7).tolist()
    assert set(things.tolist()) == {7, 8}


def test_the_cache_keeps_pictures_small_and_within_its_budget(tmp_path: Path) -> None:
    for index in range(3):
        noise(800, 600, seed=index).save(tmp_path / f"{index}.png")
    cache = PictureCache(budget=4 * 341 * 256 * 2, side=256)
    first, second, third = (cache[tmp_path / f"{index}.png"] for index in range(3))
    assert first.size == (341, 256)
    assert cache[tmp_path / "1.png"] is second
    assert cache[tmp_path / "2.png"] is not third

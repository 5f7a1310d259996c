"""Scenes: the thing is cut out of a plain picture and set before another background."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from visualsearch.measuring.scenes import SIDE, cut_out, scene


@pytest.fixture
def disc() -> Image.Image:
    """A red disc on white."""
    picture = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(picture).ellipse((50, 50, 150, 150), fill=(200, 20, 20))
    return picture


@pytest.fixture
def forest() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (160, 240, 3), dtype=np.uint8))


def test_what_differs_from_a_plain_border_is_cut_out(disc: Image.Image) -> None:
    mask = np.asarray(cut_out(disc).mask)
    assert mask[100, 100] == 255
    assert mask[10, 10] == 0


def test_pictures_without_a_plain_border_are_placed_whole(forest: Image.Image) -> None:
    assert np.asarray(cut_out(forest).mask).min() == 255


def test_empty_pictures_are_placed_whole() -> None:
    assert np.asarray(cut_out(Image.new("RGB", (50, 50), "white")).mask).min() == 255


def test_scene_shows_the_thing_before_another_background(disc: Image.Image, forest: Image.Image) -> None:
    pixels = np.asarray(scene(disc, forest, disc, np.random.default_rng(3)), dtype=int)
    middle = pixels[SIDE // 2 - 20 : SIDE // 2 + 20, SIDE // 2 - 20 : SIDE // 2 + 20].mean(axis=(0, 1))
    assert middle[0] > middle[1] + 60
    assert np.abs(pixels[:8].mean(axis=(0, 1)) - 255).max() > 20


def test_same_seed_makes_the_same_scene(disc: Image.Image, forest: Image.Image) -> None:
    first, again, other = (scene(disc, forest, disc, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (400, 2), (3, 500)])
def test_pictures_of_any_shape_make_a_scene(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "red")
    assert scene(picture, picture, picture, np.random.default_rng(0)).size == (SIDE, SIDE)

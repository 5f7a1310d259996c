import numpy as np
from PIL import Image, ImageDraw

from tests.visualsearch.pictures import noise, thing
from visualsearch.training.augment import augment, make_background
from visualsearch.training.plan import Strength


def test_augment_places_the_product_on_other_backgrounds() -> None:
    picture, mask = thing("square", 160, 1, side=128), Image.new("L", (128, 128))
    ImageDraw.Draw(mask).rectangle((30, 30, 98, 98), fill=255)
    strength = Strength(new_background=1.0, occlusion=0.0, camera_fault=0.0, light=0.0, cast=0.0)
    views = [augment(picture, mask, noise(seed=9), 64, np.random.default_rng(seed), strength) for seed in range(8)]
    assert all(v.shape == (64, 64, 3) and v.dtype == np.uint8 for v in views)
    corners = np.array([v[:4, :4].mean(axis=(0, 1)) for v in views])
    assert corners.std(axis=0).max() > 20, "backgrounds differ between views"


def test_make_background_fills_the_whole_view() -> None:
    for seed in range(12):
        assert make_background(noise(), 48, np.random.default_rng(seed)).size == (48, 48)

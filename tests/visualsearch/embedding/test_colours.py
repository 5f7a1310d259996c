"""The colours of a picture's foreground."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from visualsearch.embedding.colours import SIZE, measure_colours
from visualsearch.embedding.preprocess import Region


def thing(colour: str, background: str = "white") -> Image.Image:
    image = Image.new("RGB", (200, 150), background)
    ImageDraw.Draw(image).ellipse((60, 35, 140, 115), fill=colour)
    return image


def likeness(one: Image.Image, other: Image.Image) -> float:
    return float(measure_colours(one) @ measure_colours(other))


def test_histogram_is_a_small_unit_vector() -> None:
    found = measure_colours(thing("red"))
    assert found.shape == (SIZE,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
    assert found.min() >= 0


def test_background_does_not_count() -> None:
    assert likeness(thing("#b02020"), thing("#b02020", "#dcd0b8")) > 0.95
    assert likeness(thing("#b02020"), thing("#2040b0")) < 0.3


def test_near_colours_are_nearer_than_far_ones() -> None:
    orange = thing("#e07820")
    assert likeness(orange, thing("#d04020")) > likeness(orange, thing("#20a040")) + 0.2


def test_darker_light_changes_little() -> None:
    red = thing("#b02020")
    assert likeness(red, red.point(lambda value: int(value * 0.8))) > 0.8


def test_region_is_measured_alone() -> None:
    both = Image.new("RGB", (200, 100), "white")
    both.paste(thing("#b02020").resize((100, 100)), (0, 0))
    both.paste(thing("#2040b0").resize((100, 100)), (100, 0))
    right = measure_colours(both, Region(0.5, 0, 0.5, 1))
    assert float(right @ measure_colours(thing("#2040b0"))) > 0.9


@pytest.mark.parametrize("size", [(16, 16), (1, 400), (3000, 20)])
def test_any_size_has_colours(size: tuple[int, int]) -> None:
    assert np.isfinite(measure_colours(Image.new("RGB", size, "#447799"))).all()

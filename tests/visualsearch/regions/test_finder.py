"""The finder sees the things in a picture, and takes pictures of any shape."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.regions.scenes import blank, scene_of, stool_and_mug
from visualsearch.embedding.card import BadCard
from visualsearch.regions.boxes import overlap
from visualsearch.regions.finder import DEFAULT, Finder, input_size


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder.load()


def test_picture_of_two_products_gets_a_box_for_each(finder: Finder) -> None:
    scene, boxes = stool_and_mug()
    things = finder.find(scene)
    assert len(things) == 2
    for box in boxes:
        assert max(overlap(thing.box, box) for thing in things) > 0.5


def test_picture_of_one_product_gets_one_box(finder: Finder) -> None:
    (thing,) = finder.find(scene_of([(0.3, 0.2)]))
    assert thing.score > 0.5


@pytest.mark.parametrize("colour", ["white", "black", "#8a5a2b", "#3355aa"])
def test_blank_picture_gets_none(finder: Finder, colour: str) -> None:
    assert finder.find(blank(colour)) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (31, 33), (3000, 200)])
def test_pictures_of_any_size_are_taken(finder: Finder, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    assert len(finder.find(Image.fromarray(noise))) <= 5


def test_input_has_a_bounded_size_and_nearly_the_shape_of_the_picture() -> None:
    assert input_size((640, 480), 320) == (320, 256)
    assert input_size((480, 640), 320) == (256, 320)
    assert input_size((10_000, 1), 320) == (320, 128)


def test_changed_graph_is_refused(tmp_path: Path) -> None:
    card = tmp_path / "things.json"
    card.write_bytes(DEFAULT.read_bytes())
    card.with_suffix(".onnx").write_bytes(DEFAULT.with_suffix(".onnx").read_bytes() + b"\0")
    with pytest.raises(BadCard, match="sha256"):
        Finder.load(card)
    with pytest.raises(BadCard, match="not the card"):
        Finder.load(tmp_path / "missing.json")

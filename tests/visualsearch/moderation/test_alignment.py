"""Two pictures are one if their pixels agree, whatever was done to them; colour twins are two."""

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from tests.visualsearch.moderation.disguises import SINGLE, both
from visualsearch.moderation.agreement import likeness
from visualsearch.moderation.alignment import Sheet, compare
from visualsearch.moderation.copies import LOOK_AT
from visualsearch.moderation.frames import find_inner
from visualsearch.moderation.prints import make_hash, make_print, mirrored, read_print
from visualsearch.moderation.seen import REFUSE_AT

IMAGES = Path(settings.BASE_DIR) / "demo" / "images"


def demo(name: str) -> Image.Image:
    return Image.open(IMAGES / f"{name}.jpg").convert("RGB")


def score(old: Image.Image, new: Image.Image) -> float:
    return likeness(compare(Sheet(find_inner(new) or new), [read_print(make_print(old))])[0])


@pytest.mark.parametrize("name", sorted(SINGLE))
def test_each_disguise_is_seen_through(name: str) -> None:
    picture = demo("brisk-mug-navy-stripe-1")
    assert score(picture, SINGLE[name](picture, np.random.default_rng(1))) >= LOOK_AT


@pytest.mark.parametrize("names", [("mirror", "border"), ("crop", "jpeg"), ("hue", "screenshot")])
def test_pairs_of_disguises_are_seen_through(names: tuple[str, str]) -> None:
    picture = demo("brisk-mug-navy-stripe-1")
    assert score(picture, both(picture, np.random.default_rng(1), names)) >= LOOK_AT


@pytest.mark.parametrize("name", ["mirror", "half"])
def test_a_hardly_changed_picture_is_certain(name: str) -> None:
    picture = demo("brisk-mug-navy-stripe-1")
    assert score(picture, SINGLE[name](picture, np.random.default_rng(1))) >= REFUSE_AT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("halden-mug-blue-1", "halden-mug-oatmeal-1"),
        ("aster-teapot-plum-1", "aster-teapot-white-1"),
        ("cairn-vase-green-1", "cairn-vase-sand-1"),
        ("halden-mug-blue-1", "brisk-mug-navy-stripe-1"),
        ("halden-mug-blue-1", "halden-mug-blue-2"),
    ],
)
def test_colour_twins_and_similar_goods_are_two_pictures(old: str, new: str) -> None:
    assert score(demo(old), demo(new)) < LOOK_AT


def test_a_picture_without_any_structure_agrees_with_nothing() -> None:
    plain = Image.new("RGB", (300, 200), "grey")
    assert score(plain, plain) < LOOK_AT
    assert score(demo("halden-mug-blue-1"), plain) < LOOK_AT


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (9, 9)])
def test_odd_sizes_are_compared_like_all(size: tuple[int, int]) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    assert 0 <= score(demo("halden-mug-blue-1"), noise) < LOOK_AT
    assert 0 <= score(noise, demo("halden-mug-blue-1")) < LOOK_AT


def test_a_frame_is_taken_off_and_goods_on_white_are_left() -> None:
    picture = demo("halden-mug-blue-1")
    framed = Image.new("RGB", (700, 600), "navy")
    framed.paste(picture, (90, 40))
    inner = find_inner(framed)
    assert inner is not None
    assert np.allclose(inner.size, picture.size, atol=8)
    assert find_inner(picture) is None


def test_hashes_of_one_picture_are_alike() -> None:
    picture = demo("halden-mug-blue-1")
    smaller = picture.resize((200, 200))
    assert (make_hash(picture) != make_hash(smaller)).sum() <= 4
    assert (make_hash(picture) != make_hash(mirrored(picture))).sum() > 12

"""Compose scenes of several products, as customers photograph them, with the exact box of each product.

Products are cut out of catalogue pictures (see background.py) and pasted, partly over each other, in front of surfaces
that are drawn or taken from other pictures. All randomness comes from one numpy generator.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from visualsearch.embedding.preprocess import Region
from visualsearch.measuring.rephotograph import compress

Random = np.random.Generator
Pixels = npt.NDArray[np.float32]

LONG_SIDE = 320  # pixels of a scene
MAX_THINGS = 5
_NUMBERS = (0.06, 0.26, 0.34, 0.18, 0.1, 0.06)  # how often a scene shows 0, 1, 2 … things
_RATIOS = (0.6, 0.75, 0.75, 0.75, 1.0)  # short side to long side
_TRIES = 12  # places to try for a thing before it is left out
_MAX_HIDDEN = 0.4  # of a thing by the next one, or by the edge of the scene
_MIN_SIDE = 0.06  # of the scene; a smaller thing has no box


@dataclass(frozen=True)
class Cutout:
    """A product without its background: RGB, and a soft mask (mode L) of the same size."""

    picture: Image.Image
    mask: Image.Image


@dataclass(frozen=True)
class Scene:
    """A scene, and the box around the visible part of each thing in it."""

    picture: Image.Image
    boxes: tuple[Region, ...]


def compose(cutouts: Sequence[Cutout], backdrops: Sequence[Image.Image], random: Random) -> Scene:
    """Return a scene of up to MAX_THINGS random cutouts; `backdrops` are pictures to make backgrounds from."""
    size = _scene_size(random)
    scene = _background(backdrops, size, random)
    covers: list[npt.NDArray[np.bool_]] = []
    number = int(random.choice(len(_NUMBERS), p=_NUMBERS))
    largest = random.uniform(0.4, 1.0) / max(1.0, number**0.4)
    for _ in range(number):
        thing = _turned(cutouts[int(random.integers(len(cutouts)))], random)
        placed = _place(thing, covers, size, largest * random.uniform(0.5, 1.0) * min(size), random)
        if placed is None:
            continue
        shown, mask = placed
        _cast_shadow(scene, mask, random)
        scene.paste(shown, (0, 0), mask)
        covered = np.asarray(mask) > 127
        covers = [each & ~covered for each in covers] + [covered]
    boxes = tuple(box for each in covers if (box := _box(each)))
    return Scene(_photographed(scene, random), boxes)


def _scene_size(random: Random) -> tuple[int, int]:
    short = round(LONG_SIDE * float(random.choice(_RATIOS)))
    return (LONG_SIDE, short) if random.random() < 0.65 else (short, LONG_SIDE)


def _turned(cutout: Cutout, random: Random) -> Cutout:
    """Return the cutout tilted, squeezed and in another light, cut close around its mask."""
    angle = float(random.normal(0, 7)) if random.random() < 0.8 else float(random.uniform(-180, 180))
    picture = cutout.picture.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    mask = cutout.mask.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    if random.random() < 0.5:
        picture, mask = (each.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for each in (picture, mask))
    box = mask.point(lambda value: 255 * (value > 127)).getbbox() or (0, 0, *mask.size)
    picture, mask = picture.crop(box), mask.crop(box)
    squeezed = max(1, round(picture.width * float(random.uniform(0.8, 1.25)))), picture.height
    light = random.uniform(0.55, 1.15) * random.uniform(0.9, 1.1, 3)
    lit = np.clip(np.asarray(picture.resize(squeezed), dtype=np.float32) * light, 0, 255).astype(np.uint8)
    return Cutout(Image.fromarray(lit), mask.resize(squeezed))


def _place(
    thing: Cutout, covers: Sequence[npt.NDArray[np.bool_]], size: tuple[int, int], side: float, random: Random
) -> tuple[Image.Image, Image.Image] | None:
    """Return the thing and its mask on canvases of the scene's size, where it hides little of the others."""
    scale = side / max(thing.picture.size)
    small = max(4, round(thing.picture.width * scale)), max(4, round(thing.picture.height * scale))
    picture, mask = thing.picture.resize(small), thing.mask.resize(small)
    whole = float((np.asarray(mask) > 127).sum())
    for _ in range(_TRIES):
        middle = random.uniform(0.02, 0.98, 2) if random.random() < 0.7 else random.uniform(0.25, 0.75, 2)
        at = round(middle[0] * size[0] - small[0] / 2), round(middle[1] * size[1] - small[1] / 2)
        placed = Image.new("L", size)
        placed.paste(mask, at)
        shown = np.asarray(placed) > 127
        hides = max((float((each & shown).sum()) / max(1.0, float(each.sum())) for each in covers), default=0.0)
        if hides <= _MAX_HIDDEN * random.random() ** 2 and shown.sum() >= (1 - _MAX_HIDDEN) * whole:
            canvas = Image.new("RGB", size)
            canvas.paste(picture, at)
            return canvas, placed
    return None


def _box(cover: npt.NDArray[np.bool_]) -> Region | None:
    height, width = cover.shape
    across, down = np.flatnonzero(cover.any(axis=0)), np.flatnonzero(cover.any(axis=1))
    if not len(across):
        return None
    left, right, top, bottom = across[0], across[-1] + 1, down[0], down[-1] + 1
    box = Region(left / width, top / height, (right - left) / width, (bottom - top) / height)
    return box if max(box.width, box.height) >= _MIN_SIDE else None


def _cast_shadow(scene: Image.Image, mask: Image.Image, random: Random) -> None:
    if random.random() < 0.3:
        return
    shift = int(random.integers(-12, 13)), int(random.integers(0, 10))
    shadow = Image.new("L", scene.size)
    shadow.paste(mask, shift)
    strength = float(random.uniform(0.15, 0.6))
    shadow = shadow.filter(ImageFilter.GaussianBlur(float(random.uniform(2, 9)))).point(lambda v: round(v * strength))
    scene.paste((0, 0, 0), (0, 0), shadow)


def _background(backdrops: Sequence[Image.Image], size: tuple[int, int], random: Random) -> Image.Image:
    """Return a surface, or a wall above a table."""
    upper = _surface(backdrops, size, random)
    if random.random() < 0.5:
        horizon = round(size[1] * float(random.uniform(0.15, 0.75)))
        upper.paste(_surface(backdrops, size, random), (0, horizon))
    if random.random() < 0.3:
        _hang_frame(upper, random)
    return upper


def _surface(backdrops: Sequence[Image.Image], size: tuple[int, int], random: Random) -> Image.Image:
    kind = random.random()
    if kind < 0.12 and backdrops:
        backdrop = backdrops[int(random.integers(len(backdrops)))]
        return backdrop.resize(size).filter(ImageFilter.GaussianBlur(float(random.uniform(6, 14))))
    if kind < 0.4 and backdrops:
        backdrop = backdrops[int(random.integers(len(backdrops)))]
        share = float(random.uniform(0.08, 0.35))  # a small part, in which nothing can be recognised
        side = max(4, round(min(backdrop.size) * share))
        left, top = (int(random.integers(max(1, extent - side))) for extent in backdrop.size)
        part = backdrop.crop((left, top, left + side, top + side)).resize(size, Image.Resampling.BICUBIC)
        return part.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 6))))
    first, second = _colour(random), _colour(random, 40)
    if random.random() < 0.7:
        second = np.clip(first + random.normal(0, 18, 3), 0, 255).astype(np.float32)
    pattern = _gradient(size, random) if kind < 0.65 else _pattern(size, random)
    grain = random.normal(0, float(random.uniform(0, 7)), (size[1], size[0], 1))
    pixels = first * (1 - pattern[..., None]) + second * pattern[..., None] + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _gradient(size: tuple[int, int], random: Random) -> Pixels:
    down, across = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    angle = float(random.uniform(0, 2 * np.pi))
    ramp = down / size[1] * np.sin(angle) + across / size[0] * np.cos(angle)
    ramp = (ramp - ramp.min()) / max(1e-6, float(np.ptp(ramp)))
    return np.asarray(ramp, dtype=np.float32)


def _pattern(size: tuple[int, int], random: Random) -> Pixels:
    """Return stripes, joints between boards, tiles or checks, seen at an angle."""
    down, across = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    tilt, angle = float(random.uniform(0, 0.9)), float(random.uniform(-0.6, 0.6))
    depth = 1 + tilt * (1 - down / size[1])
    across = (across - size[0] / 2) * depth
    down = down * depth
    u, v = across * np.cos(angle) - down * np.sin(angle), across * np.sin(angle) + down * np.cos(angle)
    step = float(random.uniform(14, 90))
    columns, rows = u / step, v / (step * float(random.choice([1.0, 1.0, 3.0])))
    kind = int(random.integers(4))
    if kind == 0:
        return np.asarray(np.floor(columns) % 2, dtype=np.float32)
    if kind == 1:
        return np.asarray((np.floor(columns) + np.floor(rows)) % 2, dtype=np.float32)
    joints = columns % 1 < 0.06
    if kind == 2:
        joints |= rows % 1 < 0.06
    return np.asarray(joints, dtype=np.float32)


def _hang_frame(scene: Image.Image, random: Random) -> None:
    """Paste a plain rectangle that runs out of the scene: furniture and pictures on the wall are not products."""
    width, height = (round(extent * float(random.uniform(0.2, 0.7))) for extent in scene.size)
    left = -width // 3 if random.random() < 0.5 else scene.width - 2 * width // 3
    top = round(float(random.uniform(-0.5, 0.6)) * scene.height)
    colour = tuple(int(value) for value in _colour(random))
    scene.paste(Image.new("RGB", (max(1, width), max(1, height)), colour), (left, top))


def _colour(random: Random, least: int = 15) -> Pixels:
    grey = random.uniform(least, 245)
    return np.asarray(np.clip(grey + random.normal(0, 35, 3), 0, 255), dtype=np.float32)


def _photographed(scene: Image.Image, random: Random) -> Image.Image:
    """Return the scene in one light, through one lens."""
    blurred = scene.filter(ImageFilter.GaussianBlur(float(random.uniform(0.2, 1.4))))
    light = random.uniform(0.5, 1.25) * random.uniform(0.88, 1.12, 3)
    falling = 1 + (_gradient(scene.size, random)[..., None] - 0.5) * random.uniform(0, 0.7)
    pixels = np.asarray(blurred, dtype=np.float32) * light * falling
    pixels += random.normal(0, float(random.uniform(0, 6)), pixels.shape)
    return Image.fromarray(compress(np.clip(pixels, 0, 255).astype(np.uint8), int(random.integers(45, 92))))

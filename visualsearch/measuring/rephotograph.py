"""Catalogue pictures taken again by software: a measure that needs no labels and no customers.

A nearer crop (60 % of the area), a turn of up to ten degrees, another light, a little blur, and JPEG at quality 40.
Harsher in some ways than a customer and kinder in others: the background stays.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.dataset import LabelSpace
from visualsearch.measuring.metrics import Measured, embed_space, retrieval
from visualsearch.measuring.progress import chunks_with_progress

AREA = 0.6
ROTATION = 10.0  # degrees
QUALITY = 40

_COMPARED = 2000  # pictures: more would not move a quantile by a hundredth


def rephotograph(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """One picture as another camera might have taken it."""
    turned = picture.rotate(
        float(random.uniform(-ROTATION, ROTATION)), Image.Resampling.BILINEAR, fillcolor=_border_colour(picture)
    )
    width, height = (round(extent * AREA**0.5) for extent in picture.size)
    left, top = int(random.integers(picture.width - width + 1)), int(random.integers(picture.height - height + 1))
    near = turned.crop((left, top, left + width, top + height))
    blurred = near.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 1.5))))
    light = random.uniform(0.7, 1.3) * random.uniform(0.94, 1.06, 3)
    lit = np.clip(np.asarray(blurred, dtype=np.float32) * light, 0, 255).astype(np.uint8)
    return Image.fromarray(through_jpeg(lit, QUALITY))


def take_again(path: Path, seed: Sequence[int]) -> Image.Image:
    """A picture of the catalogue as another camera might have taken it. Raises UnreadablePicture."""
    return rephotograph(decode(path.read_bytes(), 512), np.random.default_rng(seed))


def measure(embedder: Embedder, catalogue: LabelSpace, seed: int = 0, most: int | None = None) -> Measured:
    """Re-photographed pictures of a catalogue against the catalogue itself; `most` bounds the number of queries."""
    gallery = embed_space(embedder, catalogue, f"{catalogue.name}: gallery")
    asked = np.sort(np.random.default_rng(seed).permutation(len(catalogue))[:most])
    queries = _taken_again(embedder, catalogue, asked, seed)
    return retrieval(queries, catalogue.labels[asked], gallery, catalogue.labels)


def match_threshold(embedder: Embedder, catalogue: LabelSpace, missed: float = 0.05, seed: int = 0) -> float:
    """The score that all but a share `missed` of the photos of sold things reach, as far as software can tell.

    Each picture taken again is compared with the *other* pictures of its product, because no customer stands where
    the catalogue's photographer stood; where a product has one picture only, with that one.
    """
    some = np.sort(np.random.default_rng(seed).permutation(len(catalogue))[:_COMPARED])
    part = catalogue.subset(some.tolist())
    scores = _taken_again(embedder, part, np.arange(len(part)), seed) @ embed_space(embedder, part).T
    same = part.labels[:, None] == part.labels[None, :]
    other = same & ~np.eye(len(part), dtype=bool)
    usable = np.where(other.any(axis=1)[:, None], other, same)
    return float(np.quantile(np.where(usable, scores, -1.0).max(axis=1), missed))


def through_jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    """The picture after one round of lossy compression."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as picture:
        return np.asarray(picture)


def _taken_again(embedder: Embedder, space: LabelSpace, asked: npt.NDArray[np.int64], seed: int) -> Vectors:
    chunks = chunks_with_progress(asked.tolist(), 64, f"{space.name}: taken again")
    return np.concatenate([embedder.embed([take_again(space.paths[i], (seed, i)) for i in c]) for c in chunks])


def _border_colour(picture: Image.Image) -> tuple[int, ...]:
    pixels: Sequence[npt.NDArray[np.uint8]] = [np.asarray(picture.crop((0, 0, picture.width, 1)))]
    return tuple(int(value) for value in np.median(np.concatenate(pixels)[0], axis=0))

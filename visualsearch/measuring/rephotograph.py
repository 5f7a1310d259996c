"""Rephotograph catalogue pictures in software: queries that need neither labels nor customers.

A closer crop (60% of the area), a rotation of up to 10 degrees, different light, slight blur, and JPEG at quality 40.
It is harder than a customer's photo in some ways and easier in others: the background stays.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.dataset import LabelSpace, embed_space
from visualsearch.measuring.metrics import retrieval
from visualsearch.measuring.progress import chunks_with_progress

AREA = 0.6
ROTATION = 10.0  # degrees
QUALITY = 40

_SIDE = 512  # pixels of the short side that a file is decoded to
_THRESHOLD_SAMPLE = 2000  # pictures; more would not move a quantile by 0.01


def rephotograph(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return the picture as another camera might have taken it."""
    rotated = picture.rotate(
        float(random.uniform(-ROTATION, ROTATION)), Image.Resampling.BILINEAR, fillcolor=_border_colour(picture)
    )
    width, height = (round(extent * AREA**0.5) for extent in picture.size)
    left, top = int(random.integers(picture.width - width + 1)), int(random.integers(picture.height - height + 1))
    cropped = rotated.crop((left, top, left + width, top + height))
    blurred = cropped.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 1.5))))
    light = random.uniform(0.7, 1.3) * random.uniform(0.94, 1.06, 3)
    lit = np.clip(np.asarray(blurred, dtype=np.float32) * light, 0, 255).astype(np.uint8)
    return Image.fromarray(compress(lit, QUALITY))


def rephotograph_file(path: Path, seed: Sequence[int]) -> Image.Image:
    """Return the picture of a file as another camera might have taken it. Raises UnreadablePicture."""
    return rephotograph(decode(path.read_bytes(), _SIDE), np.random.default_rng(seed))


def compress(pixels: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    """Return the pixels (h, w, 3) after JPEG compression."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as picture:
        return np.asarray(picture)


def rephotographed_recall(embedder: Embedder, catalogue: LabelSpace, seed: int, limit: int) -> float:
    """Return recall at 1 of at most `limit` rephotographed pictures against the whole catalogue."""
    gallery = embed_space(embedder, catalogue, f"{catalogue.name}: gallery")
    positions = np.sort(np.random.default_rng(seed).permutation(len(catalogue))[:limit])
    queries = _embed_rephotographed(embedder, catalogue, positions, seed)
    return retrieval(queries, catalogue.labels[positions], gallery, catalogue.labels).recall_at_1


def match_threshold(embedder: Embedder, catalogue: LabelSpace, missed: float = 0.05, seed: int = 0) -> float:
    """Return the score that all but a share `missed` of the rephotographed pictures reach.

    Each is compared with the other pictures of its product, because customers take photos from
    other angles, or with its original if that is the product's only picture.
    """
    sample = np.sort(np.random.default_rng(seed).permutation(len(catalogue))[:_THRESHOLD_SAMPLE])
    part = catalogue.subset(sample.tolist())
    scores = _embed_rephotographed(embedder, part, np.arange(len(part)), seed) @ embed_space(embedder, part).T
    same = part.labels[:, None] == part.labels[None, :]
    other = same & ~np.eye(len(part), dtype=bool)
    usable = np.where(other.any(axis=1)[:, None], other, same)
    return float(np.quantile(np.where(usable, scores, -1.0).max(axis=1), missed))


def _embed_rephotographed(
    embedder: Embedder, space: LabelSpace, positions: npt.NDArray[np.int64], seed: int
) -> Vectors:
    chunks = chunks_with_progress(positions.tolist(), 64, f"{space.name}: rephotographed")
    return np.concatenate([embedder.embed([rephotograph_file(space.paths[i], (seed, i)) for i in c]) for c in chunks])


def _border_colour(picture: Image.Image) -> tuple[int, ...]:
    row = np.asarray(picture.crop((0, 0, picture.width, 1)))[0]
    return tuple(int(value) for value in np.median(row, axis=0))

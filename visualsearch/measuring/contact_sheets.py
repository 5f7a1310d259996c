"""Contact sheets: each query beside the right picture and the picture that came first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.comparison import Result
from visualsearch.measuring.tables import failures
from visualsearch.measuring.trials import Query

_SIDE, _GAP, _LINE = 200, 12, 18  # pixels
_CAPTION_LENGTH = 30  # characters that fit under a picture
_REGION_COLOUR = (214, 120, 0)


@dataclass(frozen=True)
class Example:
    """A query, and the gallery pictures to show beside it with their captions."""

    query: Query
    beside: Sequence[tuple[Path, str]]


def worst_examples(results: Sequence[Result], limit: int = 10) -> list[Example]:
    """Return the worst failures of one method over all trials, or over those of customer photos if there are any."""
    candidates = [each for each in results if each.trial.by_customers] or results
    failed = [(each, i) for each in candidates for i in failures(each)]
    failed.sort(key=lambda each: (-each[0].rankings.rank[each[1]], -each[0].rankings.gap[each[1]]))
    return [_failure(*each) for each in failed[:limit]]


def right_examples(result: Result, limit: int = 10, seed: int = 0) -> list[Example]:
    """Return a random sample of the queries whose class came first."""
    right = np.flatnonzero(result.rankings.found == result.rankings.wanted)
    drawn = np.sort(np.random.default_rng(seed).permutation(right)[:limit])
    return [_example(result, int(i), [(result.rankings.found_position[i], "first: ")]) for i in drawn]


def draw_sheet(examples: Sequence[Example]) -> Image.Image:
    """Draw the examples in two columns, or a blank sheet if there are none."""
    wide = max((1 + len(each.beside) for each in examples), default=1)
    width, height = wide * (_SIDE + _GAP) + _GAP, _SIDE + _LINE + _GAP
    sheet = Image.new("RGB", (2 * width, height * -(-len(examples) // 2) + _GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, example in enumerate(examples):
        left, top = (index % 2) * width + _GAP, index // 2 * height + _GAP
        query = example.query
        pictures = [(_open_query(query), query.path.name), *((_open(path), text) for path, text in example.beside)]
        for picture, caption in pictures:
            picture.thumbnail((_SIDE, _SIDE))
            sheet.paste(picture, (left, top))
            pen.text((left, top + _SIDE), caption[:_CAPTION_LENGTH], "black", font)
            left += _SIDE + _GAP
    return sheet


def _failure(result: Result, i: int) -> Example:
    beside = [(result.rankings.found_position[i], "first: ")]
    right = result.rankings.right_position[i]
    return _example(result, i, [(right, ""), *beside] if right >= 0 else beside)


def _example(result: Result, i: int, positions: Sequence[tuple[int, str]]) -> Example:
    gallery = result.trial.gallery
    names = [PurePosixPath(gallery.classes[gallery.labels[position]]).name for position, _ in positions]
    beside = [(gallery.paths[at], prefix + name) for (at, prefix), name in zip(positions, names, strict=True)]
    return Example(result.trial.queries[i], beside)


def _open(path: Path) -> Image.Image:
    return decode(path.read_bytes(), 2 * _SIDE)


def _open_query(query: Query) -> Image.Image:
    picture, region = query.picture(), query.region
    picture = decode(picture, 2 * _SIDE) if isinstance(picture, bytes) else picture
    if region.width < 1 or region.height < 1:
        corners = (region.x, region.y, region.x + region.width, region.y + region.height)
        box = [share * extent for share, extent in zip(corners, picture.size * 2, strict=True)]
        ImageDraw.Draw(picture).rectangle(box, outline=_REGION_COLOUR, width=6)
    return picture

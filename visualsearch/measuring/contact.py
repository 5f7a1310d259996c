"""Contact sheets of what was asked, what was wanted and what came first: what to look at before training again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.comparison import Result
from visualsearch.measuring.figures import misses
from visualsearch.measuring.trials import Query

_SIDE, _GAP, _LINE, _LETTERS = 200, 12, 18, 30  # pixels; letters fit under a picture
_MARK = (214, 120, 0)


@dataclass(frozen=True)
class Example:
    """A query with its picture's words, and the pictures beside it with theirs."""

    query: Query
    words: str
    beside: Sequence[tuple[Path, str]]


def worst(results: Sequence[Result], most: int = 10) -> list[Example]:
    """What fared worst in the trials of one method: the query, what it wanted, and what came first.

    Of customers' photos alone where there are such: they are what counts.
    """
    chosen = [each for each in results if each.trial.by_customers] or results
    missed = [(each, i) for each in chosen for i in misses(each)]
    missed.sort(key=lambda miss: (-miss[0].answers.rank[miss[1]], -miss[0].answers.gap[miss[1]]))
    return [_missed(*miss) for miss in missed[:most]]


def right(result: Result, most: int = 10, seed: int = 0) -> list[Example]:
    """Queries that were answered rightly, drawn by chance: the query and what came first."""
    rights = np.flatnonzero(result.answers.found == result.answers.wanted)
    drawn = np.sort(np.random.default_rng(seed).permutation(rights)[:most])
    return [_beside(result, int(i), [(result.answers.position_found[i], "first: ")]) for i in drawn]


def draw(examples: Sequence[Example]) -> Image.Image:
    """The examples in two columns, a row of pictures each; something blank where there are none."""
    wide = max((1 + len(each.beside) for each in examples), default=1)
    width, height = wide * (_SIDE + _GAP) + _GAP, _SIDE + _LINE + _GAP
    sheet = Image.new("RGB", (2 * width, height * -(-len(examples) // 2) + _GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, example in enumerate(examples):
        left, top = (index % 2) * width + _GAP, index // 2 * height + _GAP
        pictures = [(_asked(example.query), example.words), *((_opened(path), text) for path, text in example.beside)]
        for picture, text in pictures:
            picture.thumbnail((_SIDE, _SIDE))
            sheet.paste(picture, (left, top))
            pen.text((left, top + _SIDE), text[:_LETTERS], "black", font)
            left += _SIDE + _GAP
    return sheet


def _missed(result: Result, i: int) -> Example:
    beside = [(result.answers.position_found[i], "first: ")]
    wanted = result.answers.position_of_right[i]
    return _beside(result, i, [(wanted, ""), *beside] if wanted >= 0 else beside)


def _beside(result: Result, i: int, positions: Sequence[tuple[int, str]]) -> Example:
    gallery = result.trial.gallery
    query = result.trial.queries[i]
    named = [(gallery.paths[at], before + _short(gallery.classes[gallery.labels[at]])) for at, before in positions]
    return Example(query, query.path.name, named)


def _short(name: str) -> str:
    return PurePosixPath(name).name


def _opened(path: Path) -> Image.Image:
    return decode(path.read_bytes(), 2 * _SIDE)


def _asked(query: Query) -> Image.Image:
    picture, part = query.picture(), query.region
    picture = decode(picture, 2 * _SIDE) if isinstance(picture, bytes) else picture
    if part.width < 1 or part.height < 1:
        corners = (part.x, part.y, part.x + part.width, part.y + part.height)
        box = [share * extent for share, extent in zip(corners, picture.size * 2, strict=True)]
        ImageDraw.Draw(picture).rectangle(box, outline=_MARK, width=6)
    return picture

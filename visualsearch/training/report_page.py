"""The report as one HTML file that needs nothing beside it: figures, curves, and answers to look at."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from visualsearch.embedding.card import Card
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.metrics import Rows
from visualsearch.training.answers import Answer

_SIDE = 132  # pixels of a picture on a sheet
_SHOWN = 24  # answers on a sheet
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d1d1b; background: #fff; max-width: 66rem; margin: 2rem auto;
  padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ddd }
td { font-variant-numeric: tabular-nums }
img { max-width: 100% }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; padding: 0 }
.sheet li { list-style: none; font-size: .85rem; overflow-wrap: anywhere }
.sheet img { margin-right: .25rem }
"""


def as_page(
    card: Card,
    history: Sequence[Mapping[str, Any]],
    figures: Rows,
    answers: Mapping[str, Sequence[Answer]],
    curves: Path,
) -> str:
    """The whole page. Names of classes and files come from outside and are escaped."""
    name = escape(card.name)
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style>',
        f'<meta name="viewport" content="width=device-width"><h1>{name}</h1>',
        f"<p>Started from {escape(card.training['started_from'])}. {escape(card.training['method'])}.</p>",
        _data(card),
        "<h2>What it finds</h2>",
        _figures(figures),
        f"<p>Best score below which a photo is taken for no match: {card.match_threshold}.</p>",
        "<h2>How it learnt</h2>",
        f'<img alt="Loss and scores over the epochs" src="{_inline(curves.read_bytes(), "png")}">',
        _epochs(history),
        *(_sheets(title, each) for title, each in answers.items()),
    ]
    return "\n".join(parts) + "</html>\n"


def _data(card: Card) -> str:
    rows = (
        (name, data["classes"], data["pictures"], data["held_out_to_stop_on"])
        for name, data in card.training["data"].items()
    )
    return _table(("data", "classes", "pictures", "held out, used to stop on"), rows)


def _figures(figures: Rows) -> str:
    heads = ("measured", "queries", "gallery", "R@1", "R@5", "macro recall", "macro F1")
    rows = (
        (
            title,
            m.queries,
            m.gallery,
            *(f"{v:.3f}" for v in (m.recall_at_1, m.recall_at_5, m.macro_recall, m.macro_f1)),
        )
        for title, m in figures
    )
    return _table(heads, rows)


def _epochs(history: Sequence[Mapping[str, Any]]) -> str:
    rows = (
        (each["epoch"] + 1, each["size"], f"{each['loss']:.3f}", f"{each['seconds']:.0f}", f"{each['score']:.3f}")
        for each in history
    )
    return _table(("epoch", "pixels", "loss", "seconds", "score"), rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th>{each}" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


def _sheets(title: str, answers: Sequence[Answer]) -> str:
    """The wrong answers that were surest first, then the right ones that were least sure."""
    wrong = sorted((each for each in answers if not each.is_right), key=lambda each: -each.score)
    right = sorted((each for each in answers if each.is_right), key=lambda each: each.score)
    said = escape(title)
    return (
        f"<h2>{said}: {len(wrong)} wrong</h2><p>The surest first. On the left what was asked.</p>{_sheet(wrong)}"
        f"<h2>{said}: {len(right)} right</h2><p>The least sure first.</p>{_sheet(right)}"
    )


def _sheet(answers: Sequence[Answer]) -> str:
    shown = "".join(
        f"<li>{_picture(each.asked, each.wanted)}{_picture(each.first, each.found)}<br>"
        f"{escape(each.wanted)}{'' if each.is_right else ' → ' + escape(each.found)} · {each.score:.2f}"
        for each in answers[:_SHOWN]
    )
    return f'<ul class="sheet">{shown}</ul>'


def _picture(path: Path, label: str) -> str:
    picture = decode(path.read_bytes(), _SIDE)
    picture.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return f'<img alt="{escape(label)}" src="{_inline(file.getvalue(), "jpeg")}">'


def _inline(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

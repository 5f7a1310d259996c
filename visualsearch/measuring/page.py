"""A comparison as the parts of one page that needs no other file: tables, the confusion matrix, contact sheets."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visualsearch.measuring import contact
from visualsearch.measuring.comparison import Result
from visualsearch.measuring.confusion import draw_confusion
from visualsearch.measuring.contact import Example
from visualsearch.measuring.figures import Table, confused, heading, notes, tables


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, and what is on it."""

    source: str
    title: str


@dataclass(frozen=True)
class Section:
    """One trial."""

    heading: str
    tables: Sequence[Table]
    notes: Sequence[str]
    pictures: Sequence[Picture]


def sections(results: Sequence[Sequence[Result]]) -> list[Section]:
    """The trials in their order; pictures are of the first method, the network that is measured."""
    return [
        Section(heading(each), [*tables(each), *confused(each[0])], notes(each), list(_pictures(each[0])))
        for each in results
    ]


def _pictures(result: Result) -> Iterator[Picture]:
    worst, right = contact.worst([result]), contact.right(result)
    if worst:
        yield _sheet(worst, f"{result.method}: worst answers. Asked with, wanted, found first instead")
    if right:
        yield _sheet(right, f"{result.method}: right answers, drawn by chance. Asked with, found first")
    matrix = draw_confusion(result) if result.trial.by_class else None
    if matrix is not None:
        title = f"{result.method}: confusion matrix of the nearest picture, each row adding up to 1"
        yield Picture(as_data("image/png", matrix), title)


def _sheet(examples: Sequence[Example], title: str) -> Picture:
    file = io.BytesIO()
    contact.draw(examples).save(file, "JPEG", quality=80)
    return Picture(as_data("image/jpeg", file.getvalue()), title)


def as_data(kind: str, content: bytes) -> str:
    """Bytes as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

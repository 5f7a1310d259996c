"""The sections of a report page: tables, notes, contact sheets and the confusion matrix of each trial."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from visualsearch.embedding.data_uris import data_uri, jpeg_uri
from visualsearch.embedding.packages import optional_packages
from visualsearch.measuring.comparison import Result
from visualsearch.measuring.contact_sheets import draw_sheet, right_examples, worst_examples
from visualsearch.measuring.tables import Table, confusion_tables, heading, notes, tables

MAX_CLASSES = 150  # a larger confusion matrix would be illegible


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, with its caption."""

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
    """Return a section per trial; the pictures show the first method, the network being measured."""
    return [
        Section(heading(each), [*tables(each), *confusion_tables(each[0])], notes(each), list(_pictures(each[0])))
        for each in results
    ]


def draw_confusion(result: Result) -> bytes | None:
    """Return a PNG of the confusion matrix: actual classes in rows that add up to 1, predicted ones in columns.

    Leaves out classes that occur in neither. Returns None if more than MAX_CLASSES are left.
    """
    with optional_packages():
        from matplotlib.figure import Figure  # noqa: PLC0415 - matplotlib is optional
    classes = np.union1d(result.rankings.wanted, result.rankings.found)
    if len(classes) > MAX_CLASSES:
        return None
    wanted, found = (np.searchsorted(classes, each) for each in (result.rankings.wanted, result.rankings.found))
    matrix = np.zeros((len(classes), len(classes)))
    np.add.at(matrix, (wanted, found), 1)
    matrix /= np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    names = [PurePosixPath(result.trial.gallery.classes[i]).name for i in classes]
    side = 2.5 + 0.14 * len(classes)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(matrix, cmap="Greys", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set(xlabel="class of the nearest picture", ylabel="actual class", title=result.method)
    file = io.BytesIO()
    figure.savefig(file, dpi=110, metadata={"Software": None})
    return file.getvalue()


def _pictures(result: Result) -> Iterator[Picture]:
    worst, right = worst_examples([result]), right_examples(result)
    if worst:
        yield Picture(
            jpeg_uri(draw_sheet(worst)), f"{result.method}: worst failures. Query, right picture, first result"
        )
    if right:
        yield Picture(jpeg_uri(draw_sheet(right)), f"{result.method}: random successes. Query, first result")
    matrix = draw_confusion(result) if result.trial.by_class else None
    if matrix is not None:
        title = f"{result.method}: confusion matrix of the nearest picture; rows add up to 1"
        yield Picture(data_uri("image/png", matrix), title)

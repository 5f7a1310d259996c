"""The confusion matrix as a picture."""

import io
from pathlib import PurePosixPath

import numpy as np

from visualsearch.embedding.packages import optional_packages
from visualsearch.measuring.comparison import Result

MOST_CLASSES = 150  # more could not be read


def draw_confusion(result: Result) -> bytes | None:
    """A PNG: rows are what was wanted, columns what the nearest picture is of, each row adding up to 1.

    Only classes that were asked for or found; None where they are too many to be read.
    """
    with optional_packages():
        from matplotlib.figure import Figure  # noqa: PLC0415 - matplotlib is optional
    classes = np.union1d(result.answers.wanted, result.answers.found)
    if len(classes) > MOST_CLASSES:
        return None
    wanted, found = (np.searchsorted(classes, labels) for labels in (result.answers.wanted, result.answers.found))
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
    axes.set(xlabel="nearest picture", ylabel="wanted", title=result.method)
    file = io.BytesIO()
    figure.savefig(file, dpi=110, metadata={"Software": None})
    return file.getvalue()

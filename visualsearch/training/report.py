"""The report of a run: JSON with every figure, Markdown with the curves beside it, and the sections of a page."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.card import Card
from visualsearch.embedding.data_uris import data_uri
from visualsearch.measuring.comparison import Result
from visualsearch.measuring.page import Picture, Section, sections
from visualsearch.measuring.tables import Table

Epoch = Mapping[str, Any]

_CURVES = "Loss and validation scores"


def write_report(
    folder: Path, card: Card, history: Sequence[Epoch], results: Sequence[Sequence[Result]]
) -> list[Section]:
    """Write report.json, report.md and curves.png; return the sections of report.html."""
    values = {"name": card.name, "weights_sha256": card.weights_sha256, "training": card.training, "history": history}
    curves = draw_curves(history)
    training = Section(
        "Training",
        [_data_table(card), _epoch_table(history)],
        [
            f"Started from {card.training['started_from']}.",
            f"{card.training['method']}.",
            f"Match threshold: {card.match_threshold}.",
        ],
        [Picture(data_uri("image/png", curves), _CURVES)],
    )
    found = [training, *sections(results)]
    with atomic_write_text(folder / "report.json") as text:
        text.write(json.dumps(values, indent=2) + "\n")
    with atomic_write(folder / "curves.png") as file:
        file.write(curves)
    with atomic_write_text(folder / "report.md") as text:
        text.write(as_markdown(card.name, found))
    return found


def draw_curves(history: Sequence[Epoch]) -> bytes:
    """Return a PNG of the loss and of each data set's validation score by epoch; the start has no loss."""
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [record["epoch"] + 1 for record in history]
    losses = [np.nan if record["loss"] is None else record["loss"] for record in history]
    left.plot(epochs, losses, marker="o", color="black")
    left.set(title="Training loss", xlabel="epoch")
    for name, score in history[0]["scores"].items():
        metric = next(iter(score))
        values = [record["scores"][name][metric] for record in history]
        right.plot(epochs, values, marker="o", label=f"{name}: {metric.replace('_', ' ')}")
    right.set(title="Validation score", xlabel="epoch")
    figure.legend(loc="outside right center", fontsize=8)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def as_markdown(title: str, found: Sequence[Section]) -> str:
    """Return the sections as Markdown, with the curves as the only picture."""
    parts = [f"# {title}", f"![{_CURVES}](curves.png)"]
    for section in found:
        parts += [f"## {section.heading}", "\n".join(f"- {note}" for note in section.notes)]
        parts += [f"{table.title}\n\n{table.as_text()}" for table in section.tables]
    return "\n\n".join(part for part in parts if part) + "\n"


def _data_table(card: Card) -> Table:
    rows = [
        [name, str(data["classes"]), str(data["pictures"]), str(data["held_out_to_stop_on"])]
        for name, data in card.training["data"].items()
    ]
    return Table("Data", ["data", "classes", "pictures", "held out for validation"], rows)


def _epoch_table(history: Sequence[Epoch]) -> Table:
    rows = []
    for record in history:
        scores = "; ".join(
            f"{name}: " + ", ".join(f"{metric.replace('_', ' ')} {value:.3f}" for metric, value in score.items())
            for name, score in record["scores"].items()
        )
        cells = (record["epoch"] + 1, record["size"], f"{record['loss']:.3f}", f"{record['seconds']:.0f}", scores)
        rows.append([str(cell) for cell in cells])
    return Table("Epochs", ["epoch", "pixels", "loss", "seconds", "validation scores"], rows)

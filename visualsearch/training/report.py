"""What a run did, for people.

`report.html` shows all of it, with answers to look at, in one file. `report.md` with `curves.png` is the part that
fits beside other documentation, and `report.json` has every figure.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.card import Card
from visualsearch.measuring.metrics import Rows, table
from visualsearch.training.answers import Answer
from visualsearch.training.report_page import as_page

Epoch = Mapping[str, Any]


def write(
    folder: Path, card: Card, history: Sequence[Epoch], figures: Rows, answers: Mapping[str, Sequence[Answer]]
) -> None:
    """Write the four files into the folder; `answers` by the name of their data."""
    facts = {"name": card.name, "weights_sha256": card.weights_sha256, "training": card.training, "history": history}
    with atomic_write_text(folder / "report.json") as file:
        file.write(json.dumps(facts, indent=2) + "\n")
    draw_curves(folder / "curves.png", history)
    with atomic_write_text(folder / "report.md") as file:
        file.write(as_markdown(card, history, figures))
    page = as_page(card, history, figures, answers, folder / "curves.png")
    with atomic_write_text(folder / "report.html") as file:
        file.write(page)


def draw_curves(path: Path, history: Sequence[Epoch]) -> None:
    """The loss, and each data set's score on what it holds out, over the epochs."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [record["epoch"] + 1 for record in history]
    left.plot(epochs, [record["loss"] for record in history], marker="o", color="black")
    left.set(title="training loss", xlabel="epoch")
    for name in history[0]["scores"]:
        measure = next(iter(history[0]["scores"][name]))
        values = [record["scores"][name][measure] for record in history]
        right.plot(epochs, values, marker="o", label=f"{name}: {measure.replace('_', ' ')}")
    right.set(title="on pictures held out", xlabel="epoch")
    right.legend(fontsize=8)
    with atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=110, metadata={"Software": None})


def as_markdown(card: Card, history: Sequence[Epoch], figures: Rows) -> str:
    """The run as a short page: the data, what the result finds, the curves, the epochs."""
    lines = [f"# {card.name}", "", f"Started from {card.training['started_from']}. {card.training['method']}.", ""]
    lines += ["| data | classes | pictures | held out, used to stop on |", "|---|---|---|---|"]
    for name, data in card.training["data"].items():
        lines.append(f"| {name} | {data['classes']} | {data['pictures']} | {data['held_out_to_stop_on']} |")
    lines += ["", table(figures), "", f"Best score below which a photo is taken for no match: {card.match_threshold}."]
    lines += ["", "![Loss and scores over the epochs](curves.png)", "", "| epoch | pixels | loss | seconds | scores |"]
    lines.append("|---|---|---|---|---|")
    for record in history:
        scores = "; ".join(
            f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {value:.3f}" for key, value in score.items())
            for name, score in record["scores"].items()
        )
        row = (record["epoch"] + 1, record["size"], f"{record['loss']:.3f}", f"{record['seconds']:.0f}", scores)
        lines.append("| " + " | ".join(map(str, row)) + " |")
    return "\n".join(lines) + "\n"

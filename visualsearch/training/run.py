"""A whole training run: folders and a start in; a network with its card, a report and curves out."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from visualsearch.embedding.card import Card
from visualsearch.embedding.embedder import Embedder
from visualsearch.training import rephotograph, report
from visualsearch.training.dataset import BadDataset, Split, read_split
from visualsearch.training.evaluate import Rows, across
from visualsearch.training.export import Description, save
from visualsearch.training.plan import Plan
from visualsearch.training.progress import EpochBar
from visualsearch.training.start import Start, load_start
from visualsearch.training.train import Training


def train_network(
    roots: Sequence[Path], start: Path, folder: Path, plan: Plan, name: str, held_out_share: float = 0.1
) -> Card:
    """Train from `start` (see start.py) on the pictures of the roots; everything is written to `folder`.

    Run again with the same arguments it goes on where it was killed. The result is `folder/<name>.json` with the
    weights and the graph beside it, and a report.
    """
    splits = _named_apart([read_split(root, held_out_share, plan.seed) for root in roots])
    begun = load_start(start, [split.train for split in splits])
    training = Training(begun.network, splits, plan, folder)
    with EpochBar(plan.epochs) as bar:
        history = training.run(bar.step, bar.epoch)
    figures = _measure(training.embedder(), splits)
    description = _description(name, begun, training, plan, figures)
    card = save(training.network, description, folder / f"{name}.json")
    report.write(folder, card, history, figures)
    return card


def _measure(embedder: Embedder, splits: Sequence[Split]) -> Rows:
    rows = [row for split in splits for row in across(embedder, split)]
    catalogues = [split.train for split in splits if split.held_out is None]
    return [*rows, *((f"{space.name}: taken again", rephotograph.measure(embedder, space)) for space in catalogues)]


def _match_threshold(embedder: Embedder, splits: Sequence[Split]) -> float:
    """The lowest threshold of the catalogues, or of all data where none of it is a catalogue."""
    catalogues = [split for split in splits if split.held_out is None] or splits
    return round(min(rephotograph.match_threshold(embedder, split.train) for split in catalogues), 3)


def _named_apart(splits: Sequence[Split]) -> list[Split]:
    names = [split.train.name for split in splits]
    if len(set(names)) < len(names):
        raise BadDataset(f"The folders {', '.join(names)} need different names: they tell their classes apart.")
    return list(splits)


def _description(name: str, begun: Start, training: Training, plan: Plan, figures: Rows) -> Description:
    best = max(training.history, key=lambda record: record["score"])
    data = {
        split.train.name: {
            "classes": len(split.train.classes),
            "pictures": len(split.train),
            "held_out_to_stop_on": len(split.held_out) if split.held_out else 0,
        }
        for split in training.splits
    }
    facts: dict[str, Any] = {
        "started_from": begun.started_from,
        "previous": begun.previous,
        "method": "cosine softmax head per data set, NT-Xent between two views, AdamW, cosine schedule",
        "data": data,
        "held_out": "never learnt from, but it chose the epoch: figures on it flatter the network a little",
        "epochs": len(training.history),
        "best_epoch": best["epoch"] + 1,
        "scores": best["scores"],
        "figures": {title: measured.as_row() for title, measured in figures},
        "plan": asdict(plan),
    }
    threshold = _match_threshold(training.embedder(), training.splits)
    return Description(name, begun.licence, match_threshold=threshold, training=facts)

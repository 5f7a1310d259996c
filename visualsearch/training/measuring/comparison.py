"""One or several networks, measured in one run on the same pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visualsearch.embedding.embedder import Embedder
from visualsearch.training import customer_photos, rephotograph
from visualsearch.training.customer_photos import Customers, Truth
from visualsearch.training.dataset import LabelSpace, Split, read_folder, read_split
from visualsearch.training.evaluate import Rows, across
from visualsearch.training.start import frozen_embedder


@dataclass(frozen=True)
class Task:
    """What to measure: labelled roots, a catalogue to photograph again, customers' photos of a catalogue."""

    splits: tuple[Split, ...] = ()
    catalogue: LabelSpace | None = None
    take_again: bool = False
    truth: Truth | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The figures of one network."""

    name: str
    rows: Rows
    customers: Customers | None


def read_task(
    roots: Sequence[Path],
    gallery: Path | None,
    photos: Path | None,
    truth: Path | None,
    take_again: bool,
    groups: Path | None = None,
) -> Task:
    """Read what the folders hold. Roots with `train` and `val` are measured across, others leaving one out."""
    catalogue = read_folder(gallery, "catalogue") if gallery else None
    known = None
    if photos is not None or truth is not None:
        if photos is None or truth is None or catalogue is None:
            raise ValueError("Photos need all three: --gallery, --photos and --truth.")
        known = customer_photos.read_truth(truth, photos, catalogue)
    named = customer_photos.read_groups(groups) if groups else {}
    return Task(tuple(read_split(root, 0.0) for root in roots), catalogue, take_again, known, named)


def open_network(path: Path, runtime: str, threads: int | None) -> Embedder:
    """The network of a card or folder; a .safetensors file is an ImageNet body, taken as it is."""
    return frozen_embedder(path) if path.suffix == ".safetensors" else Embedder.load(path, runtime, threads)


def measure(embedder: Embedder, task: Task) -> Outcome:
    """All that the task asks for, of one network."""
    rows: Rows = []
    for split in task.splits:
        rows += across(embedder, split)
        if task.take_again and task.catalogue is None:
            rows.append((f"{split.train.name}: taken again", rephotograph.measure(embedder, split.train)))
    customers = None
    if task.catalogue is not None and task.take_again:
        rows.append(("catalogue: taken again", rephotograph.measure(embedder, task.catalogue)))
    if task.catalogue is not None and task.truth is not None:
        customers = customer_photos.measure(embedder, task.catalogue, task.truth, task.groups)
        rows += [("customers' photos", customers.whole)] if customers.whole else []
        rows += [("customers' photos, a part marked", customers.parts)] if customers.parts else []
        rows += [(f"customers' photos of {group}", figures) for group, figures in customers.groups.items()]
    return Outcome(embedder.card.name, rows, customers)


def as_facts(outcome: Outcome) -> dict[str, Any]:
    """The figures as plain values, for JSON."""
    facts: dict[str, Any] = {"network": outcome.name, "rows": {title: m.as_row() for title, m in outcome.rows}}
    if outcome.customers is not None:
        facts["misses"] = [(m.photo.path.name, m.wanted, m.found, round(m.gap, 3)) for m in outcome.customers.misses]
        facts["separation"] = outcome.customers.separation
    return facts

"""`manage.py train_kinds DATA …`: train the head that names kinds of goods."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.kinds.head import DEFAULT
from visualsearch.kinds.vocabulary import NAMES
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder, read_split
from visualsearch.measuring.parents import read_categories
from visualsearch.training.plan import TrainingError


class Command(BaseCommand):
    help = (
        "Train the head that names everyday kinds of goods, on folders of class folders and on a catalogue. Folders "
        "and categories are named like kinds (visualsearch/kinds/vocabulary.py). Takes ten minutes."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders of class folders")
        parser.add_argument("--network", type=Path, default=DEFAULT_CARD, help="card of the network that embeds")
        parser.add_argument("--gallery", type=Path, help="flat folder of catalogue pictures")
        parser.add_argument("--categories", type=Path, help="the catalogue's CSV, which says what they show")
        parser.add_argument(
            "--out", type=Path, default=DEFAULT, help="card to write; the weights are written beside it"
        )
        parser.add_argument("--seed", type=int, default=0, help="random seed")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["gallery"]) != bool(options["categories"]):
            raise CommandError("A catalogue needs both: --gallery and --categories.")
        try:
            with optional_packages():
                from visualsearch.training.kinds import train_kinds  # noqa: PLC0415 - torch is optional
            splits = [read_split(root, seed=options["seed"]) for root in options["data"]]
            if options["gallery"]:
                splits.append(Split(_by_category(options["gallery"], options["categories"]), None))
            embedder = Embedder.load(options["network"])
            head = train_kinds(embedder, splits, list(NAMES), options["out"], options["seed"])
        except (BadCard, BadDataset, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        figures = ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in head.card.training["held_out"].items()
        )
        self.stdout.write(f"{options['out']}: {len(head.card.kinds)} outputs. Held out: {figures}")


def _by_category(gallery: Path, categories: Path) -> LabelSpace:
    """Return the pictures of a catalogue, labelled by the last level of their products' category."""
    products, names = read_folder(gallery, "catalogue"), read_categories(categories)
    rows = [row for row, label in enumerate(products.labels) if products.classes[label] in names]
    if not rows:
        raise BadDataset(f"{categories} names no product of {gallery}.")
    found = [names[products.classes[products.labels[row]]] for row in rows]
    classes = sorted(set(found))
    labels = np.array([classes.index(name) for name in found], dtype=np.int64)
    return LabelSpace(products.name, tuple(classes), tuple(products.paths[row] for row in rows), labels)

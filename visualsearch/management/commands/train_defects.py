"""`manage.py train_defects DATA …`: train the network that sees defects of pictures."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.measuring.dataset import find_pictures
from visualsearch.moderation.defect_network import DEFAULT
from visualsearch.training.plan import TrainingError


class Command(BaseCommand):
    help = (
        "Train the network that sees blur, text, collages and screenshots, on pictures of goods of which it spoils "
        "copies. Takes half an hour. `python -m tests.benchmarks.bench_moderation --known` then measures its limits."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders of pictures, to any depth")
        parser.add_argument("--out", type=Path, default=DEFAULT, help="card to write; the graph is written beside it")
        parser.add_argument("--seed", type=int, default=0, help="random seed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with optional_packages():
                from visualsearch.training.defect_network import train_defects  # noqa: PLC0415 - torch is optional
            paths = [path for folder in options["data"] for path in find_pictures(folder)]
            train_defects(paths, options["out"], seed=options["seed"])
        except (MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['out']}: learnt from pictures of {len(options['data'])} folders")

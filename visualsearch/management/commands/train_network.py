"""`manage.py train_network DATA …` or `--catalog LABEL`: teach the eye."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import BadDataset, Split, read_split
from visualsearch.training.held_out import stop_on
from visualsearch.training.plan import Plan, TrainingError, read_share, read_sizes


class Command(BaseCommand):
    help = (
        "Train a network on folders of class folders, on a flat folder of <product>-<number> pictures, or on the "
        "shop's own catalogue. Runs on a GPU where there is one, and on several started by torchrun."
    )
    requires_system_checks: list[str] = []  # needs pictures, and a database only for --catalog

    def add_arguments(self, parser: ArgumentParser) -> None:
        plan = Plan()
        parser.add_argument("data", nargs="*", type=Path, metavar="DATA")
        parser.add_argument(
            "--catalog",
            action="append",
            default=[],
            metavar="LABEL",
            help="the shop's own pictures by product, category or attribute:<slug>; may be given several times",
        )
        parser.add_argument("--stop-on", type=Path, help="class folders of photos to stop on, never learnt from")
        parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, network and report")
        parser.add_argument(
            "--start",
            default=str(DEFAULT_CARD),
            help="a card; or imagenet, which downloads torchvision's weights; or such weights, .pth or .safetensors",
        )
        parser.add_argument("--body", help="a CNN of torchvision, such as resnet18, to start with ImageNet weights")
        parser.add_argument("--name", default="semblance-trained", help="of the new network and its files")
        parser.add_argument("--epochs", type=int, default=plan.epochs)
        parser.add_argument("--head-epochs", type=int, default=plan.head_epochs, help="first ones, the body frozen")
        parser.add_argument("--frozen-blocks", type=int, default=plan.frozen_blocks, help="first ones, never learning")
        parser.add_argument("--patience", type=int, default=plan.patience, help="epochs without a better score")
        parser.add_argument(
            "--blend",
            type=read_share,
            default=1.0,
            help="how far to go from the start's weights (0) to those learnt (1)",
        )
        parser.add_argument("--seed", type=int, default=plan.seed)
        parser.add_argument("--batch", type=int, default=plan.batch, help="of all processes together")
        parser.add_argument("--rate", type=float, default=plan.body_rate, help="the highest learning rate of the body")
        parser.add_argument("--optimizer", choices=("adamw", "adam"), default=plan.optimizer)
        parser.add_argument("--balance", choices=("sqrt", "class", "none"), default=plan.balance, help="of classes")
        parser.add_argument("--sizes", type=read_sizes, default=plan.sizes, help="share:pixels, e.g. 0:128,0.5:160")
        parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
        parser.add_argument("--threads", type=int, help="CPU threads of the network")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = _plan(options)
        try:
            with optional_packages():
                from visualsearch.training.run import train_network  # noqa: PLC0415 - torch is optional
                from visualsearch.training.workplace import open_workplace  # noqa: PLC0415 - torch is optional
            with (
                open_workplace(options["device"], options["threads"]) as place,
                TemporaryDirectory(prefix="catalogue-") as copies,
            ):
                card = train_network(
                    _splits(options, plan, Path(copies)),
                    options["start"],
                    options["out"],
                    plan,
                    options["name"],
                    body=options["body"],
                    place=place,
                    share=options["blend"],
                )
        except (BadCard, BadDataset, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        if card:
            self.stdout.write(f"{card.path}: {card.identity}\nSee {options['out'] / 'report.html'}.")


def _plan(options: dict[str, Any]) -> Plan:
    return Plan(
        epochs=options["epochs"],
        head_epochs=options["head_epochs"],
        seed=options["seed"],
        batch=options["batch"],
        paired=options["batch"] // 4,
        sizes=options["sizes"],
        body_rate=options["rate"],
        frozen_blocks=options["frozen_blocks"],
        patience=options["patience"],
        optimizer=options["optimizer"],
        balance=options["balance"],
    )


def _splits(options: dict[str, Any], plan: Plan, copies: Path) -> list[Split]:
    if not options["data"] and not options["catalog"]:
        raise BadDataset("There is nothing to learn from: give a folder of pictures, or --catalog product.")
    splits = [read_split(root, seed=plan.seed) for root in options["data"]]
    now = timezone.now()
    splits += [Split(read_catalogue(label, now, copies), None) for label in options["catalog"]]
    return stop_on(splits, options["stop_on"]) if options["stop_on"] else splits

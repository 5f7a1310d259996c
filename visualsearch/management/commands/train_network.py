"""`manage.py train_network DATA …` or `--catalog LABEL`: train a network."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.labels import read_catalogue
from visualsearch.management.report_pages import write_page
from visualsearch.measuring.dataset import BadDataset, Split, read_split
from visualsearch.training.plan import Plan, TrainingError, read_share, read_sizes
from visualsearch.training.validation import hold_out


class Command(BaseCommand):
    help = (
        "Train a network on folders of class folders, on a flat folder of <product>-<number> pictures, or on the "
        "shop's own catalogue. Uses a GPU if there is one, and several if torchrun starts the command."
    )
    requires_system_checks: list[str] = []  # needs a database only for --catalog

    def add_arguments(self, parser: ArgumentParser) -> None:
        plan = Plan()
        parser.add_argument("data", nargs="*", type=Path, metavar="DATA", help="folder of pictures")
        parser.add_argument(
            "--catalog",
            action="append",
            default=[],
            metavar="LABEL",
            help="train on the shop's pictures, labelled by product, category or attribute:<slug>; repeatable",
        )
        parser.add_argument("--stop-on", type=Path, help="class folders of photos for early stopping, not trained on")
        parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, network and report")
        parser.add_argument(
            "--start",
            default=str(DEFAULT_CARD),
            help="initial network: a card; imagenet, which downloads torchvision's weights; or a .pth or .safetensors",
        )
        parser.add_argument("--body", help="CNN to start from ImageNet weights, such as resnet18")
        parser.add_argument("--name", default="semblance-trained", help="name of the new network and its files")
        parser.add_argument("--epochs", type=int, default=plan.epochs, help="maximum number of epochs")
        parser.add_argument(
            "--head-epochs", type=int, default=plan.head_epochs, help="first epochs, with the body frozen"
        )
        parser.add_argument(
            "--frozen-blocks", type=int, default=plan.frozen_blocks, help="first blocks of the body, never trained"
        )
        parser.add_argument(
            "--patience", type=int, default=plan.patience, help="epochs without a better score before stopping"
        )
        parser.add_argument(
            "--blend",
            type=read_share,
            default=1.0,
            help="interpolate between the initial weights (0) and the trained ones (1)",
        )
        parser.add_argument("--seed", type=int, default=plan.seed, help="random seed")
        parser.add_argument("--batch", type=int, default=plan.batch, help="batch size, summed over processes")
        parser.add_argument("--rate", type=float, default=plan.body_rate, help="peak learning rate of the body")
        parser.add_argument("--optimizer", choices=("adamw", "adam"), default=plan.optimizer)
        parser.add_argument(
            "--balance", choices=("sqrt", "class", "none"), default=plan.balance, help="class balancing"
        )
        parser.add_argument(
            "--sizes", type=read_sizes, default=plan.sizes, help="share:pixels by progress, e.g. 0:128,0.5:160"
        )
        parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
        parser.add_argument("--threads", type=int, help="CPU threads of the network")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = _make_plan(options)
        try:
            with optional_packages():
                from visualsearch.training.process import open_process  # noqa: PLC0415 - torch is optional
                from visualsearch.training.run import train_network  # noqa: PLC0415 - torch is optional
            with (
                open_process(options["device"], options["threads"]) as process,
                TemporaryDirectory(prefix="catalogue-") as copies,
            ):
                trained = train_network(
                    _read_splits(options, plan, Path(copies)),
                    options["start"],
                    options["out"],
                    plan,
                    options["name"],
                    body=options["body"],
                    process=process,
                    share=options["blend"],
                )
        except (BadCard, BadDataset, MissingPackage, TrainingError) as error:
            raise CommandError(str(error)) from error
        if trained:
            page = options["out"] / "report.html"
            write_page(page, trained.card.name, trained.sections)
            self.stdout.write(f"{trained.card.path}: {trained.card.identity}\nReport: {page}")


def _make_plan(options: dict[str, Any]) -> Plan:
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


def _read_splits(options: dict[str, Any], plan: Plan, copies: Path) -> list[Split]:
    if not options["data"] and not options["catalog"]:
        raise BadDataset("There is nothing to train on. Give a folder of pictures, or --catalog product.")
    splits = [read_split(root, seed=plan.seed) for root in options["data"]]
    now = timezone.now()
    splits += [Split(read_catalogue(label, now, copies), None) for label in options["catalog"]]
    return hold_out(splits, options["stop_on"]) if options["stop_on"] else splits

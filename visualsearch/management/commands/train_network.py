"""`manage.py train_network DATA …` or `--catalog LABEL`: train a network.

With `--catalog`, a network that is not better than the live one is refused, see `visualsearch.guard`.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visualsearch import guard
from visualsearch.embedding.card import DEFAULT_CARD, BadCard, Card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.packages import MissingPackage, optional_packages
from visualsearch.embedding.preprocess import UnreadablePicture
from visualsearch.embedding.runtime import load_runtime
from visualsearch.labels import read_catalogue
from visualsearch.management.report_pages import write_page
from visualsearch.measuring.dataset import BadDataset, Split, read_split
from visualsearch.measuring.page import Section
from visualsearch.networks import loading, serving
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
                held_out = guard.held_out_products(timezone.now()) if options["catalog"] else frozenset()
                trained = train_network(
                    _read_splits(options, plan, Path(copies), held_out),
                    options["start"],
                    options["out"],
                    plan,
                    options["name"],
                    body=options["body"],
                    process=process,
                    share=options["blend"],
                )
                if trained:
                    self._report(trained.card, trained.sections, options["out"])
                if trained and options["catalog"]:
                    self._judge(trained.card, held_out, Path(copies))
        except (BadCard, BadDataset, MissingPackage, TrainingError, UnreadablePicture) as error:
            raise CommandError(str(error)) from error

    def _report(self, card: Card, sections: Sequence[Section], folder: Path) -> None:
        page = folder / "report.html"
        write_page(page, card.name, sections)
        self.stdout.write(f"{card.path}: {card.identity}\nReport: {page}")

    def _judge(self, card: Card, held_out: frozenset[int], copies: Path) -> None:
        """Compare with the live network. Raises CommandError if the new one is not better."""
        live = serving.live()
        new = Embedder(card, load_runtime(card, settings.VISUALSEARCH_RUNTIME))
        verdict = guard.judge(new, loading.embedder(live), held_out, timezone.now(), copies)
        if verdict.is_better:
            better = f"It is better than the live network {live.identity} on {verdict.products} products"
            self.stdout.write(f"{better} that training has not seen:\n{verdict.figures()}")
            return
        reason = (
            f"it does not find {verdict.products} products that training has not seen better than the live network"
        )
        if verdict.products < guard.FEWEST:
            reason = f"only {verdict.products} products could be held out to compare it with the live network"
        lines = [f"{card.identity} is refused: {reason} {live.identity}.", verdict.figures(),
                 f"Its files stay beside {card.path}."]  # fmt: skip
        raise CommandError("\n".join(filter(None, lines)))


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


def _read_splits(options: dict[str, Any], plan: Plan, copies: Path, held_out: frozenset[int]) -> list[Split]:
    if not options["data"] and not options["catalog"]:
        raise BadDataset("There is nothing to train on. Give a folder of pictures, or --catalog product.")
    splits = [read_split(root, seed=plan.seed) for root in options["data"]]
    now = timezone.now()
    if options["catalog"]:
        hashes = guard.held_out_hashes(held_out)
        splits = [Split(guard.drop_held_out(split.train, hashes), split.held_out) for split in splits]
        spaces = [read_catalogue(label, now, copies, held_out, hashes) for label in options["catalog"]]
        splits += [Split(space, None) for space in spaces]
    return hold_out(splits, options["stop_on"]) if options["stop_on"] else splits

"""`manage.py evaluate_network DATA …`: measure networks and baselines."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage
from visualsearch.management.report_pages import write_page
from visualsearch.measuring.baselines import NAMES, open_baseline
from visualsearch.measuring.bootstrap import RESAMPLES
from visualsearch.measuring.comparison import Bootstrap, Result, compare
from visualsearch.measuring.contact_sheets import draw_sheet, worst_examples
from visualsearch.measuring.methods import open_network
from visualsearch.measuring.page import sections
from visualsearch.measuring.sources import Sources, read_trials
from visualsearch.measuring.tables import as_dict, heading, notes, tables


def read_baselines(text: str) -> list[str]:
    """Parse `all`, or some of NAMES separated by commas."""
    names = list(NAMES) if text == "all" else text.split(",")
    if unknown := set(names) - set(NAMES):
        raise ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(NAMES)} or all")
    return names


def read_positive(text: str) -> int:
    """Parse a number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a number of at least 1")
    return int(text)


class Command(BaseCommand):
    help = "Measure networks and traditional baselines on labelled folders, customer photos, or unlabelled pictures."
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        self._add_sources(parser)
        self._add_methods(parser)
        parser.add_argument("--most", type=read_positive, help="random sample of queries per trial")
        parser.add_argument("--seed", type=int, default=0, help="random seed")
        parser.add_argument("--resamples", type=read_positive, default=RESAMPLES, help="bootstrap resamples")
        parser.add_argument("--report", type=Path, help="folder for report.html, a single file, and report.json")
        parser.add_argument("--worst", type=Path, help="file for a picture of the network's ten worst failures")
        parser.add_argument("--json", type=Path, help="file for all metrics")

    def _add_sources(self, parser: ArgumentParser) -> None:
        parser.add_argument("roots", nargs="*", type=Path, metavar="DATA", help="folder of class folders")
        parser.add_argument(
            "--held-out", help="folder next to DATA/train with the queries (default: val or validation)"
        )
        parser.add_argument("--studio", type=Path, help="folder with a studio picture of each class, as the gallery")
        parser.add_argument("--parents", type=Path, help="CSV with class,parent (default: parent folders)")
        parser.add_argument("--gallery", type=Path, help="flat folder of catalogue pictures <product>-<number>")
        parser.add_argument("--photos", type=Path, help="folder of customer photos")
        parser.add_argument("--truth", type=Path, help="CSV with photo,product,notes; no product means not sold")
        parser.add_argument("--categories", type=Path, help="the catalogue's CSV, to measure each category")
        parser.add_argument("--rephotograph", action="store_true", help="also query with rephotographed pictures")
        parser.add_argument("--unlabelled", type=Path, help="any folder of pictures, to rephotograph")

    def _add_methods(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", type=Path, default=DEFAULT_CARD, help="card, or its folder")
        parser.add_argument(
            "--against",
            type=Path,
            action="append",
            default=[],
            help="another card, or a .safetensors file of ImageNet weights, used frozen; repeatable",
        )
        parser.add_argument(
            "--baselines", type=read_baselines, default=[], help=f"{', '.join(NAMES)}, separated by commas, or all"
        )
        parser.add_argument("--runtime", default="auto", help="auto, onnxruntime or torch")
        parser.add_argument("--threads", type=int, help="CPU threads of the network")

    def handle(self, *args: Any, **options: Any) -> None:
        sources = Sources(**{field.name: options[field.name] for field in fields(Sources)})
        try:
            trials = read_trials(sources, options["most"], options["seed"])
            networks = [options["network"], *options["against"]]
            methods = [open_network(path, options["runtime"], options["threads"]) for path in networks]
            baselines = [open_baseline(name) for name in options["baselines"]]
            results = compare([*methods, *baselines], trials, Bootstrap(options["seed"], options["resamples"]))
            for of_trial in results:
                self._print(of_trial)
            self._write(results, options)
        except (BadCard, MissingPackage, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _print(self, results: Sequence[Result]) -> None:
        self.stdout.write(f"\n## {heading(results)}\n")
        for table in tables(results):
            self.stdout.write(f"\n{table.as_text()}\n")
        for note in notes(results):
            self.stdout.write(note)

    def _write(self, results: Sequence[Sequence[Result]], options: dict[str, Any]) -> None:
        values = json.dumps([as_dict(of_trial) for of_trial in results], indent=1, allow_nan=False) + "\n"
        if options["json"]:
            _write_text(options["json"], values)
        if options["worst"]:
            sheet = draw_sheet(worst_examples([of_trial[0] for of_trial in results]))
            form = Image.registered_extensions().get(options["worst"].suffix.lower(), "JPEG")
            with atomic_write(options["worst"]) as file:
                sheet.save(file, form, quality=85)
        if folder := options["report"]:
            folder.mkdir(parents=True, exist_ok=True)
            _write_text(folder / "report.json", values)
            write_page(folder / "report.html", "Evaluation", sections(results))
            self.stdout.write(f"Report: {folder / 'report.html'}")


def _write_text(path: Path, text: str) -> None:
    with atomic_write_text(path) as file:
        file.write(text)

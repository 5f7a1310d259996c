"""`manage.py evaluate_network DATA …`: measure the eye."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string
from PIL import Image

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.embedding.packages import MissingPackage
from visualsearch.measuring import contact, page
from visualsearch.measuring.baselines import NAMES, open_baseline
from visualsearch.measuring.bootstrap import RESAMPLES
from visualsearch.measuring.comparison import Luck, Result, compare
from visualsearch.measuring.figures import as_facts, heading, notes, tables
from visualsearch.measuring.methods import open_network
from visualsearch.measuring.sources import Sources, read_trials


def read_baselines(text: str) -> list[str]:
    """`all`, or some of NAMES with commas between."""
    names = list(NAMES) if text == "all" else text.split(",")
    if unknown := set(names) - set(NAMES):
        raise ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(NAMES)} or all")
    return names


def at_least_one(text: str) -> int:
    """A count."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a number of at least 1")
    return int(text)


class Command(BaseCommand):
    help = "Measure networks and traditional baselines: on labelled folders, customers' photos, or without labels."
    requires_system_checks: list[str] = []  # needs pictures, not a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        self._add_sources(parser)
        self._add_methods(parser)
        parser.add_argument("--most", type=at_least_one, help="ask that many queries of each kind, drawn by chance")
        parser.add_argument("--seed", type=int, default=0, help="of what is drawn by chance")
        parser.add_argument("--resamples", type=at_least_one, default=RESAMPLES, help="of the bootstrap intervals")
        parser.add_argument(
            "--report", type=Path, help="write report.html, one page, and report.json into this folder"
        )
        parser.add_argument("--worst", type=Path, help="draw the network's ten worst answers into this picture")
        parser.add_argument("--json", type=Path, help="write the figures there as well")

    def _add_sources(self, parser: ArgumentParser) -> None:
        parser.add_argument("roots", nargs="*", type=Path, metavar="DATA", help="a folder of class folders")
        parser.add_argument("--held-out", help="the folder beside DATA/train to ask with; else val or validation")
        parser.add_argument(
            "--studio", type=Path, help="a folder with a studio picture of each class, to find instead"
        )
        parser.add_argument("--parents", type=Path, help="a CSV: class,parent; else the folders tell")
        parser.add_argument("--gallery", type=Path, help="a flat folder of catalogue pictures <product>-<number>")
        parser.add_argument("--photos", type=Path, help="a folder of customers' photos")
        parser.add_argument("--truth", type=Path, help="a CSV: photo,product,notes; an empty product is not sold")
        parser.add_argument("--categories", type=Path, help="the catalogue's CSV: measure each category as well")
        parser.add_argument("--rephotograph", action="store_true", help="catalogue pictures taken again by software")
        parser.add_argument("--unlabelled", type=Path, help="any folder of pictures, to be taken again by software")

    def _add_methods(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", type=Path, default=DEFAULT_CARD, help="a card or its folder")
        parser.add_argument(
            "--against",
            type=Path,
            action="append",
            default=[],
            help="another card, or ImageNet weights .safetensors, taken frozen; may be given several times",
        )
        parser.add_argument(
            "--baselines", type=read_baselines, default=[], help=f"{', '.join(NAMES)} with commas between, or all"
        )
        parser.add_argument("--runtime", default="auto")
        parser.add_argument("--threads", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        sources = Sources(**{field.name: options[field.name] for field in fields(Sources)})
        try:
            trials = read_trials(sources, options["most"], options["seed"])
            networks = [options["network"], *options["against"]]
            methods = [open_network(path, options["runtime"], options["threads"]) for path in networks]
            rest = [open_baseline(name) for name in options["baselines"]]
            results = compare([*methods, *rest], trials, Luck(options["seed"], options["resamples"]))
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
        facts = json.dumps([as_facts(of_trial) for of_trial in results], indent=1, allow_nan=False) + "\n"
        if options["json"]:
            _write(options["json"], facts)
        if options["worst"]:
            drawn = contact.draw(contact.worst([of_trial[0] for of_trial in results]))
            form = Image.registered_extensions().get(options["worst"].suffix.lower(), "JPEG")
            with atomic_write(options["worst"]) as file:
                drawn.save(file, form, quality=85)
        if options["report"]:
            options["report"].mkdir(parents=True, exist_ok=True)
            _write(options["report"] / "report.json", facts)
            _write(options["report"] / "report.html", self._as_html(results))
            self.stdout.write(f"See {options['report'] / 'report.html'}.")

    def _as_html(self, results: Sequence[Sequence[Result]]) -> str:
        sheets = [Path(finders.find(f"css/{name}.css") or "") for name in ("tokens", "measured")]
        style = page.as_data("text/css", b"".join(sheet.read_bytes() for sheet in sheets))
        return render_to_string("visualsearch/measured.html", {"sections": page.sections(results), "style": style})


def _write(path: Path, text: str) -> None:
    with atomic_write_text(path) as file:
        file.write(text)

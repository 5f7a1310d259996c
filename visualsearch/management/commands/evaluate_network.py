"""`manage.py evaluate_network DATA …`: measure the eye."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.training.comparison import Outcome, as_facts, measure, open_network, read_task
from visualsearch.training.dataset import BadDataset
from visualsearch.training.evaluate import table
from visualsearch.training.worst import draw_worst


class Command(BaseCommand):
    help = "Measure a network on labelled folders, re-photographed catalogue pictures and customers' photos."
    requires_system_checks: list[str] = []  # needs pictures, not a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", nargs="*", type=Path, metavar="DATA")
        parser.add_argument("--network", type=Path, default=DEFAULT_CARD, help="a card or its folder")
        parser.add_argument(
            "--against", type=Path, help="another card, or ImageNet weights .safetensors, taken frozen"
        )
        parser.add_argument("--gallery", type=Path, help="a flat folder of catalogue pictures <product>-<number>")
        parser.add_argument("--photos", type=Path, help="a folder of customers' photos")
        parser.add_argument("--truth", type=Path, help="a CSV: photo,product,notes; an empty product is not sold")
        parser.add_argument("--categories", type=Path, help="the catalogue's CSV: measure each category as well")
        parser.add_argument("--worst", type=Path, help="draw the ten worst photos of the network into this picture")
        parser.add_argument("--rephotograph", action="store_true", help="catalogue pictures taken again by software")
        parser.add_argument("--runtime", default="auto")
        parser.add_argument("--threads", type=int)
        parser.add_argument("--json", type=Path, help="write the figures there as well")

    def handle(self, *args: Any, **options: Any) -> None:
        networks = [path for path in (options["network"], options["against"]) if path]
        try:
            task = read_task(
                options["data"],
                options["gallery"],
                options["photos"],
                options["truth"],
                options["rephotograph"],
                options["categories"],
            )
            embedders = [open_network(path, options["runtime"], options["threads"]) for path in networks]
        except (BadCard, BadDataset, ValueError) as error:
            raise CommandError(str(error)) from error
        outcomes = [measure(embedder, task) for embedder in embedders]
        for outcome in outcomes:
            self._print(outcome)
        if options["worst"] and outcomes[0].customers:
            draw_worst(options["worst"], outcomes[0].customers.misses[:10])
        if options["json"]:
            options["json"].write_text(json.dumps([as_facts(o) for o in outcomes], indent=2) + "\n", encoding="utf-8")

    def _print(self, outcome: Outcome) -> None:
        self.stdout.write(f"\n{outcome.name}\n\n{table(outcome.rows)}")
        if outcome.customers is None:
            return
        for miss in outcome.customers.misses:
            self.stdout.write(f"missed: {miss.photo.path.name} shows {miss.wanted}, first was {miss.found}")
        if outcome.customers.separation is not None:
            self.stdout.write(f"AUROC of the best score, sold against not sold: {outcome.customers.separation:.3f}")

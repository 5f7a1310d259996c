"""`manage.py moderate_images`: give a verdict to every picture that has none."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from catalog.models import ProductImage
from visualsearch import index
from visualsearch.models import Verdict, VerdictState
from visualsearch.moderation import decisions, pipeline
from visualsearch.networks import backlog, serving


class Command(BaseCommand):
    help = (
        "Check the pictures that have no verdict, or one by an older version of the rules. Decisions by staff stay. "
        "Shows or hides pictures as MODERATION says. Safe to stop and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="check all pictures, also those with a verdict")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODERATION == "off":
            shown = decisions.settle()
            self.stdout.write(
                f"MODERATION is off, so no picture was checked. {shown} pictures that waited are public now; refused "
                "ones stay hidden. Set MODERATION to hold or publish-first to have pictures checked."
            )
            return
        ids = list(pipeline.embedded() if options["again"] else pipeline.unchecked())
        self._check(ids, is_again=options["again"])
        changed = decisions.settle()
        self._report(len(ids), changed)

    def _check(self, ids: list[int], *, is_again: bool) -> None:
        with tqdm(total=len(ids), desc="Checking pictures", unit="picture") as bar:
            for batch in index.batches(ids):
                pipeline.check_pictures(batch, timezone.now(), is_again=is_again)
                bar.update(len(batch))

    def _report(self, count: int, changed: int) -> None:
        states = dict(VerdictState.choices)
        numbers = ", ".join(f"{Verdict.objects.filter(state=state).count()} {states[state]}" for state in states)
        self.stdout.write(f"Checked {count} of {ProductImage.objects.count()} pictures. Now: {numbers}.")
        if changed:
            self.stdout.write(f"{changed} pictures were shown or hidden, as MODERATION={settings.MODERATION} says.")
        if missing := backlog.missing(serving.live()).count():
            text = f"{missing} pictures have no vector yet. Run `manage.py embed_images`, then this again."
            self.stdout.write(self.style.WARNING(text))

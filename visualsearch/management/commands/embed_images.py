"""`manage.py embed_images`: embed the pictures that are missing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from visualsearch import colour_index, tasks
from visualsearch.management.filling import PATIENCE, report, wait, work
from visualsearch.networks import backlog, hnsw, serving


class Command(BaseCommand):
    help = "Embed the pictures that are missing. Safe to stop and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="let the workers do it and wait for them")
        parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to wait without progress")
        parser.add_argument("--live", action="store_true", help="only for live networks, not for candidates")

    def handle(self, *args: Any, **options: Any) -> None:
        for network in serving.current().networks if options["live"] else serving.available():
            started_at, ids = timezone.now(), list(backlog.missing(network))
            if options["wait"]:
                tasks.publish(ids, network)
                wait(network, started_at, len(ids), options["patience"])
            else:
                work(network, ids)
            hnsw.build(network)
            missing, trouble = report(network, len(ids))
            self.stdout.write(missing)
            if trouble:
                self.stdout.write(self.style.WARNING(trouble))
        if options["wait"]:
            tasks.publish_colours()
            tasks.learn_words.delay()
            tasks.calibrate_verdicts.delay()
        else:
            colour_index.refresh_colours(list(colour_index.missing_colours()))
            tasks.learn_words()

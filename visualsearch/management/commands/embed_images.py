"""Fill the embeddings that are missing."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from visualsearch import engine, index, tasks
from visualsearch.models import Network

PATIENCE = 60.0  # seconds without any progress after which waiting is given up
POLL = 0.5


class Command(BaseCommand):
    help = "Fill the embeddings that are missing, with progress. Safe to stop and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="let the workers do it, and wait until they are done")
        parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds without progress to wait")

    def handle(self, *args: Any, **options: Any) -> None:
        network, started_at = engine.network(), timezone.now()
        ids = list(index.missing(network))
        if options["wait"]:
            tasks.publish(ids)
            _wait(network, started_at, len(ids), options["patience"])
        else:
            _work(network, ids)
        index.prepare(network)
        self._report(network, len(ids))

    def _report(self, network: Network, count: int) -> None:
        failed = network.embeddings.filter(vector__isnull=True).count()
        self.stdout.write(f"{count} pictures were missing an embedding by {network}.")
        if failed:
            self.stdout.write(
                self.style.WARNING(f"{failed} could not be read; the admin says why, under image embeddings.")
            )


def _work(network: Network, ids: list[int]) -> None:
    with tqdm(total=len(ids), desc="Looking at pictures", unit="picture") as bar:
        for batch in index.batches(ids):
            index.refresh(batch, network)
            bar.update(len(batch))


def _wait(network: Network, since: datetime, total: int, patience: float) -> None:
    """Show how far the workers are. Raises CommandError where nothing moves for `patience` seconds."""
    left, moved_at = total, time.monotonic()
    with tqdm(total=total, desc="Looking at pictures", unit="picture") as bar:
        while left:
            time.sleep(POLL)
            now_left = index.untried(network, since).count()
            if now_left < left:
                bar.update(left - now_left)
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > patience:
                raise CommandError(
                    f"{left} pictures are waiting and none was embedded for {patience:.0f} seconds. "
                    "Start a worker (`make run` does), or run `manage.py embed_images` without --wait."
                )
            left = now_left

"""Filling what a network has not looked at, here or by the workers, with a bar."""

import time
from collections.abc import Sequence
from datetime import datetime

from django.core.management.base import CommandError
from tqdm import tqdm

from visualsearch import index
from visualsearch.models import Network
from visualsearch.networks import backlog

PATIENCE = 60.0  # seconds without any progress after which waiting is given up
POLL = 0.5


def work(network: Network, ids: Sequence[int]) -> None:
    """Look at the pictures in this process."""
    with tqdm(total=len(ids), desc=f"Looking at pictures, {network.name}", unit="picture") as bar:
        for batch in index.batches(ids):
            index.refresh(batch, network)
            bar.update(len(batch))


def wait(network: Network, since: datetime, total: int, patience: float) -> None:
    """Show how far the workers are. Raises CommandError where nothing moves for `patience` seconds."""
    left, moved_at = total, time.monotonic()
    with tqdm(total=total, desc=f"Looking at pictures, {network.name}", unit="picture") as bar:
        while left:
            time.sleep(POLL)
            now_left = backlog.untried(network, since).count()
            if now_left < left:
                bar.update(left - now_left)
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > patience:
                raise CommandError(
                    f"{left} pictures are waiting and none was embedded for {patience:.0f} seconds. "
                    "Start a worker (`make run` does) and run this again, or let it work here."
                )
            left = now_left


def report(network: Network, count: int) -> tuple[str, str]:
    """What was missing, and what could not be read (empty: nothing)."""
    failed = network.embeddings.filter(vector__isnull=True).count()
    trouble = f"{failed} could not be read; the admin says why, under image embeddings." if failed else ""
    return f"{count} pictures were missing an embedding by {network}.", trouble

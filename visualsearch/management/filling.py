"""Embed missing pictures here or by the workers, with a progress bar."""

import time
from collections.abc import Sequence
from datetime import datetime

from django.core.management.base import CommandError
from tqdm import tqdm

from visualsearch import index
from visualsearch.models import Network
from visualsearch.networks import backlog

PATIENCE = 60.0  # seconds without progress
POLL = 0.5


def work(network: Network, ids: Sequence[int]) -> None:
    """Embed the pictures in this process."""
    with tqdm(total=len(ids), desc=f"Embedding pictures, {network.name}", unit="picture") as bar:
        for batch in index.batches(ids):
            index.refresh(batch, network)
            bar.update(len(batch))


def wait(network: Network, since: datetime, total: int, patience: float) -> None:
    """Wait for the workers. Raises CommandError after `patience` seconds without progress."""
    left, moved_at = total, time.monotonic()
    with tqdm(total=total, desc=f"Embedding pictures, {network.name}", unit="picture") as bar:
        while left:
            time.sleep(POLL)
            now_left = backlog.untried(network, since).count()
            if now_left < left:
                bar.update(left - now_left)
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > patience:
                raise CommandError(
                    f"{left} pictures are waiting and none was embedded for {patience:.0f} seconds. "
                    "Start a worker (`make run` does) and run this again, or embed the pictures in this process."
                )
            left = now_left


def report(network: Network, count: int) -> tuple[str, str]:
    """Return a summary, and a sentence about failures that may be empty."""
    failed = network.embeddings.filter(vector__isnull=True).count()
    trouble = f"{failed} could not be read. The admin lists the reasons under image embeddings." if failed else ""
    return f"Processed {count} missing pictures with {network}.", trouble

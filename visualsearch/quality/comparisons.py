"""Comparisons that staff ask for: a network against the live one, and going live with the stored figures."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from visualsearch.embedding.card import BadCard
from visualsearch.models import Activation, Network, NetworkComparison
from visualsearch.networks import hnsw, inventory, serving, swap
from visualsearch.networks.comparison import Comparison, Measure, compare

MAX_AGE = timedelta(days=1)  # after that the shop is another one
GIVEN_UP_AFTER = timedelta(minutes=10)  # longer than a task may run


def ask(network: Network, author: str, now: datetime) -> NetworkComparison:
    """Return the running comparison with the live network, or a new one. Raises NetworkRefused."""
    live = serving.live()
    if network == live:
        raise inventory.NetworkRefused(f"{network.identity} is live. Choose another network to compare with it.")
    inventory.check_ready(network)
    running = NetworkComparison.objects.filter(new=network, finished_at=None)
    running.filter(asked_at__lt=now - GIVEN_UP_AFTER).delete()
    try:
        with transaction.atomic():
            return running.first() or NetworkComparison.objects.create(
                old=live, new=network, author=author, asked_at=now
            )
    except IntegrityError:  # somebody asked at the same moment
        return running.get()


def run(key: int, now: datetime) -> None:
    """Compare, and store the figures or the error. Does nothing if that is done."""
    row = NetworkComparison.objects.select_related("old", "new").filter(pk=key, finished_at=None).first()
    if row is None:
        return
    hnsw.build(row.new)
    try:
        row.figures = [asdict(measure) for measure in compare(row.old, row.new).measures]
    except BadCard as error:
        row.error = str(error)
    row.finished_at = now
    row.save(update_fields=["figures", "error", "finished_at"])


def latest(network: Network, live: Network) -> NetworkComparison | None:
    """Return the newest comparison of the network with the live one."""
    return NetworkComparison.objects.filter(new=network, old=live).order_by("-pk").first()


def measured(row: NetworkComparison) -> Comparison:
    """Return a stored comparison as `swap` wants it."""
    return Comparison(row.old, row.new, [Measure(**figures) for figures in row.figures])


def go_live(network: Network, author: str, now: datetime) -> Activation:
    """Make the network live by the figures of its last comparison. Raises NetworkRefused."""
    row = latest(network, serving.live())
    is_recent = row is not None and row.finished_at is not None and row.finished_at > now - MAX_AGE
    if row is None or row.error or not is_recent:
        raise inventory.NetworkRefused(
            f"{network.identity} has not been compared with the live network today. Compare them first."
        )
    comparison = measured(row)
    if not comparison.is_not_worse:
        raise inventory.NetworkRefused(
            f"{network.identity} may be worse than the live network, by the figures of their comparison."
        )
    return swap.activate(network, author, comparison)

"""Swapping networks in the admin: compare with the live one, go live by the stored figures, go back."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from visualsearch.embedding.card import BadCard
from visualsearch.models import Activation, Network, NetworkComparison
from visualsearch.networks import inventory, serving, swap
from visualsearch.networks.comparison import Comparison, Measure, compare
from visualsearch.networks.inventory import Coverage, NetworkRefused

MAX_AGE = timedelta(days=1)  # after that the shop is another one
GIVEN_UP_AFTER = timedelta(minutes=10)  # longer than a task may run
MAX_AUTHOR = 150  # letters


@dataclass(frozen=True)
class Candidate:
    """A network as staff see it: why it is not ready, its pictures, and its last comparison with the live one."""

    network: Network
    live: Network
    is_split: bool
    obstacle: str
    coverage: Coverage
    comparison: NetworkComparison | None
    is_recent: bool

    @property
    def is_live(self) -> bool:
        return self.network == self.live and not self.is_split

    @property
    def is_running(self) -> bool:
        return self.comparison is not None and self.comparison.finished_at is None

    @property
    def measured(self) -> Comparison | None:
        """Return the figures, if the comparison is finished and did not fail."""
        is_finished = self.comparison and self.comparison.finished_at and not self.comparison.error
        return measured(self.comparison) if self.comparison and is_finished else None

    @property
    def may_go_live(self) -> bool:
        if self.is_live or self.obstacle:
            return False
        found = self.measured
        return self.network == self.live or (found is not None and self.is_recent and found.is_not_worse)


def candidate(network: Network, now: datetime) -> Candidate:
    """At most eight queries."""
    serves = serving.current()
    live, row = serves.network, latest(network, serves.network)
    obstacle = ""
    try:
        inventory.check_ready(network)
    except NetworkRefused as refused:
        obstacle = str(refused)
    is_recent = bool(row and row.finished_at and row.finished_at > now - MAX_AGE)
    return Candidate(network, live, serves.other is not None, obstacle, inventory.coverage(network), row, is_recent)


def ask(network: Network, author: str, now: datetime) -> NetworkComparison:
    """Return the running comparison with the live network, or a new one. Raises NetworkRefused."""
    live = serving.live()
    if network == live:
        raise NetworkRefused(f"{network.identity} is live. Choose another network to compare with it.")
    inventory.check_ready(network)
    running = NetworkComparison.objects.filter(new=network, finished_at=None)
    running.exclude(old=live, asked_at__gt=now - GIVEN_UP_AFTER).delete()
    try:
        with transaction.atomic():
            return running.first() or NetworkComparison.objects.create(
                old=live, new=network, author=author[:MAX_AUTHOR], asked_at=now
            )
    except IntegrityError:  # somebody asked at the same moment
        return running.get()


def run(key: int, now: datetime) -> None:
    """Compare, and store the figures or the error. Does nothing if that is done."""
    row = NetworkComparison.objects.select_related("old", "new").filter(pk=key, finished_at=None).first()
    if row is None:
        return
    try:
        row.figures = [asdict(measure) for measure in compare(row.old, row.new).measures]
    except BadCard as error:
        row.error = str(error)
    row.finished_at = now
    row.save(update_fields=["figures", "error", "finished_at"])


def latest(network: Network, live: Network) -> NetworkComparison | None:
    """Return the newest comparison of the network with the live one."""
    rows = NetworkComparison.objects.filter(new=network, old=live).select_related("old", "new")
    return rows.order_by("-pk").first()


def measured(row: NetworkComparison) -> Comparison:
    """Return a stored comparison as `swap` wants it."""
    return Comparison(row.old, row.new, [Measure(**figures) for figures in row.figures])


def go_live(network: Network, author: str, now: datetime) -> Activation:
    """Make the network live by the figures of its last comparison, or end a split with it. Raises NetworkRefused."""
    live = serving.live()
    if network == live:
        return swap.activate(network, author[:MAX_AUTHOR])
    row = latest(network, live)
    is_recent = row is not None and row.finished_at is not None and row.finished_at > now - MAX_AGE
    if row is None or row.error or not is_recent:
        raise NetworkRefused(f"{network.identity} has not been compared with the live network today. Compare first.")
    comparison = measured(row)
    if not comparison.is_not_worse:
        raise NetworkRefused(f"{network.identity} may be worse than the live network, so it does not go live.")
    return swap.activate(network, author[:MAX_AUTHOR], comparison)


def previous() -> Activation | None:
    """Return the activation that going back would repeat."""
    newest = serving.newest_activation()
    return newest.before if newest else None


def go_back(seen: int, author: str) -> Activation:
    """Make the previous network live, if `seen` is still the newest activation: twice would be two steps.

    Raises NetworkRefused.
    """
    with transaction.atomic():
        serving.lock_activations()
        newest = serving.newest_activation()
        if newest is None or newest.pk != seen:
            raise NetworkRefused("Somebody has changed the live network in the meantime. Nothing was changed.")
        return swap.rollback(author[:MAX_AUTHOR])

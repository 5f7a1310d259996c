"""`manage.py networks …`: manage the networks and swap them without downtime."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visualsearch import tasks
from visualsearch.embedding.card import BadCard
from visualsearch.management.filling import PATIENCE, report, wait, work
from visualsearch.models import Network
from visualsearch.networks import backlog, hnsw, inventory, serving, swap
from visualsearch.networks.comparison import REPHOTOGRAPHED, TOLERANCE, Comparison, compare

NETWORK = "name or start of the hash"


class Command(BaseCommand):
    help = "List, add, compare, activate, roll back, split and retire networks."
    requires_system_checks: list[str] = []  # the configured network may be the broken one

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="list the networks with their state")
        add = verbs.add_parser("add", help="add a network and embed all pictures with it")
        add.add_argument("card", help="path of its card or folder")
        add.add_argument("--here", action="store_true", help="embed the pictures in this process, not in workers")
        add.add_argument("--patience", type=float, default=PATIENCE, help="seconds to wait without progress")
        both = verbs.add_parser("compare", help="compare two networks on the shop's own pictures")
        both.add_argument("old", help=NETWORK)
        both.add_argument("new", help=NETWORK)
        live = verbs.add_parser("activate", help="make a network live, if it is ready and not worse")
        live.add_argument("network", help=NETWORK)
        live.add_argument("--force", action="store_true", help="even if pictures are missing, and without comparing")
        for each in (both, live):
            each.add_argument("--photos", type=int, default=REPHOTOGRAPHED, help="number of pictures to rephotograph")
        verbs.add_parser("rollback", help="make the previous network live again, or end a split")
        split = verbs.add_parser("split", help="send a share of the visitors to another network")
        split.add_argument("network", help=NETWORK)
        split.add_argument("--share", type=int, default=50, help="percent of the visitors")
        retire = verbs.add_parser("retire", help="delete a network's vectors; its files stay")
        retire.add_argument("network", help=NETWORK)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, f"_{verb}")(**options)
        except (BadCard, inventory.NetworkRefused) as error:
            raise CommandError(str(error)) from error

    def _list(self, **_: Any) -> None:
        serving.current()  # activates the configured network in a new shop
        for network in Network.objects.order_by("pk"):
            coverage = inventory.coverage(network)
            pictures = f"{coverage.embedded} of {coverage.pictures} pictures"
            state = inventory.state(network)
            self.stdout.write(f"{network.identity}  {network.dimensions} dimensions  {pictures}  {state}")

    def _add(self, card: str, here: bool, patience: float, **_: Any) -> None:
        serving.current()  # in a new shop the configured network goes live first, not this one
        network = inventory.add(card)
        started_at, ids = timezone.now(), list(backlog.missing(network))
        if here:
            work(network, ids)
        else:
            tasks.publish(ids, network)
            wait(network, started_at, len(ids), patience)
        hnsw.build(network)
        missing, trouble = report(network, len(ids))
        self.stdout.write(f"{missing} It is ready.")
        if trouble:
            self.stdout.write(self.style.WARNING(trouble))

    def _compare(self, old: str, new: str, photos: int, **_: Any) -> None:
        self._show(compare(inventory.find(old), inventory.find(new), photos))

    def _activate(self, network: str, force: bool, photos: int, **_: Any) -> None:
        candidate, comparison = inventory.find(network), None
        live = serving.live()
        if not force and candidate != live:
            inventory.check_ready(candidate)
            comparison = compare(live, candidate, photos)
            self._show(comparison)
            hnsw.build(candidate)
        swap.activate(candidate, _author(), comparison, is_forced=force)
        hnsw.build(candidate)
        self.stdout.write(f"{candidate.identity} is live.")

    def _rollback(self, **_: Any) -> None:
        row = swap.rollback(_author())
        self.stdout.write(f"{row.network.identity} is live again.")

    def _split(self, network: str, share: int, **_: Any) -> None:
        row = swap.split(inventory.find(network), share, _author())
        self.stdout.write(
            f"{inventory.find(network)} answers {share}% of the visitors, {row.network.identity} the others."
        )

    def _retire(self, network: str, **_: Any) -> None:
        retired = inventory.find(network)
        swap.retire(retired, timezone.now())
        self.stdout.write(f"{retired.identity} is retired. Add its card to bring it back.")

    def _show(self, comparison: Comparison) -> None:
        self.stdout.write(f"Recall on the shop's own pictures; old {comparison.old}, new {comparison.new}\n")
        self.stdout.write("| measure | queries | products | old | new | difference | 95% interval | new is |")
        self.stdout.write("|---|---|---|---|---|---|---|---|")
        for each in comparison.measures:
            shares = f"{each.old:.3f} | {each.new:.3f} | {each.new - each.old:+.3f}"
            interval = f"{each.low:+.3f} to {each.high:+.3f}"
            self.stdout.write(
                f"| {each.name} | {each.queries} | {each.products} | {shares} | {interval} | {each.verdict} |"
            )
        may = "may" if comparison.is_not_worse else "may not"
        self.stdout.write(f"\nThe new network {may} go live: the intervals of “rephotographed” and "
                          f"“leave one out, first five” must lie above -{TOLERANCE}.\n")  # fmt: skip


def _author() -> str:
    """Return the name of the system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers may run as a user without a name
        return ""

"""`manage.py networks …`: several networks side by side, swapped without a gap."""

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
from visualsearch.networks.comparison import TAKEN_AGAIN, TOLERANCE, Comparison, compare

WHICH = "its name, or the start of its hash"


class Command(BaseCommand):
    help = "Networks side by side: list, add, compare, activate, rollback, split, retire."
    requires_system_checks: list[str] = []  # the network of the settings may be the one that is broken

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="which there are, how far they are filled, and which answers")
        add = verbs.add_parser("add", help="take a network in and fill its vectors beside the others'")
        add.add_argument("card", help="path of its card, or of the folder that holds it")
        add.add_argument("--here", action="store_true", help="look at the pictures in this process, not by workers")
        add.add_argument("--patience", type=float, default=PATIENCE, help="seconds without progress to wait")
        both = verbs.add_parser("compare", help="measure two networks on the shop's own pictures")
        both.add_argument("old", help=WHICH)
        both.add_argument("new", help=WHICH)
        live = verbs.add_parser("activate", help="let a network answer, if it is filled and not worse")
        live.add_argument("network", help=WHICH)
        live.add_argument("--force", action="store_true", help="whatever is missing, and without comparing")
        for each in (both, live):
            each.add_argument("--photos", type=int, default=TAKEN_AGAIN, help="pictures to photograph again")
        verbs.add_parser("rollback", help="let the network answer that did before, or end a split")
        split = verbs.add_parser("split", help="let a network answer a share of the visitors beside the live one")
        split.add_argument("network", help=WHICH)
        split.add_argument("--share", type=int, default=50, help="percent of the visitors")
        retire = verbs.add_parser("retire", help="drop a network's vectors; its files stay")
        retire.add_argument("network", help=WHICH)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, f"_{verb}")(**options)
        except (BadCard, inventory.NetworkRefused) as error:
            raise CommandError(str(error)) from error

    def _list(self, **_: Any) -> None:
        serving.current()  # a new shop begins with the network of the settings
        for network in Network.objects.order_by("pk"):
            covered = inventory.coverage(network)
            seen = f"{covered.known} of {covered.pictures} pictures"
            state = inventory.state(network)
            self.stdout.write(f"{network.identity}  {network.dimensions} dimensions  {seen}  {state}")

    def _add(self, card: str, here: bool, patience: float, **_: Any) -> None:
        serving.current()  # in a new shop, the network of the settings is the one to be compared with
        network = inventory.add(card)
        started_at, ids = timezone.now(), list(backlog.missing(network))
        if here:
            work(network, ids)
        else:
            tasks.publish(ids, network)
            wait(network, started_at, len(ids), patience)
        hnsw.build(network)
        missing, trouble = report(network, len(ids))
        self.stdout.write(f"{missing} It is filled.")
        if trouble:
            self.stdout.write(self.style.WARNING(trouble))

    def _compare(self, old: str, new: str, photos: int, **_: Any) -> None:
        self._show(compare(inventory.find(old), inventory.find(new), photos))

    def _activate(self, network: str, force: bool, photos: int, **_: Any) -> None:
        wanted, comparison = inventory.find(network), None
        live = serving.live()
        if not force and wanted != live:
            inventory.check_ready(wanted)
            comparison = compare(live, wanted, photos)
            self._show(comparison)
            hnsw.build(wanted)
        swap.activate(wanted, _author(), comparison, is_forced=force)
        hnsw.build(wanted)
        self.stdout.write(f"{wanted.identity} is live.")

    def _rollback(self, **_: Any) -> None:
        row = swap.rollback(_author())
        self.stdout.write(f"{row.network.identity} is live again.")

    def _split(self, network: str, share: int, **_: Any) -> None:
        row = swap.split(inventory.find(network), share, _author())
        self.stdout.write(f"{row.network.identity} answers, and {share} % of the visitors {inventory.find(network)}.")

    def _retire(self, network: str, **_: Any) -> None:
        retired = inventory.find(network)
        swap.retire(retired, timezone.now())
        self.stdout.write(f"{retired.identity} is retired. Add its card again to fill it again.")

    def _show(self, comparison: Comparison) -> None:
        self.stdout.write(f"Recall at 1 on the shop's own pictures; old {comparison.old}, new {comparison.new}\n")
        self.stdout.write("| measure | questions | products | old | new | difference | 95 % interval | new is |")
        self.stdout.write("|---|---|---|---|---|---|---|---|")
        for each in comparison.measures:
            shares = f"{each.old:.3f} | {each.new:.3f} | {each.new - each.old:+.3f}"
            interval = f"{each.low:+.3f} to {each.high:+.3f}"
            self.stdout.write(
                f"| {each.name} | {each.questions} | {each.products} | {shares} | {interval} | {each.verdict} |"
            )
        may = "may" if comparison.is_not_worse else "may not"
        self.stdout.write(f"\nIt {may} go live: no interval may reach below -{TOLERANCE}.\n")


def _author() -> str:
    """Who is at the keyboard, as the system calls them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return ""

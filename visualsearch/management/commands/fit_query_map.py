"""`manage.py fit_query_map`: fit the map that photo searches go through to the shop's own pictures, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visualsearch.adaptation import refresh
from visualsearch.embedding.card import BadCard
from visualsearch.models import Network
from visualsearch.networks import inventory, serving


class Command(BaseCommand):
    help = "Fit a linear map for photo searches to the shop's own pictures, and use it if it is better."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", help="name or start of the hash (default: the live network)")
        parser.add_argument("--remove", action="store_true", help="search without a map; see VISUALSEARCH_QUERY_MAP")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            network = inventory.find(options["network"]) if options["network"] else serving.live()
            if options["remove"]:
                refresh.remove(network)
                self.stdout.write(f"{network.identity} searches without a map.")
            else:
                self._fit(network)
        except (BadCard, inventory.NetworkRefused) as error:
            raise CommandError(str(error)) from error

    def _fit(self, network: Network) -> None:
        found = refresh.refresh(network, timezone.now())
        if found is None:
            raise CommandError(
                f"There is no map. It needs {refresh.MIN_PICTURES} embedded pictures that can be taken again within "
                "two minutes, and no other process that fits one."
            )
        self.stdout.write("| measure | queries | without | with | 95% interval of the difference |")
        self.stdout.write("|---|---|---|---|---|")
        for each in found.figures:
            shares = f"{each['old']:.3f} | {each['new']:.3f}"
            interval = f"{each['low']:+.3f} to {each['high']:+.3f}"
            self.stdout.write(f"| {each['measure']} | {each['queries']} | {shares} | {interval} |")
        verdict = f"The map, strength {found.strength}, is in use." if found.matrix else "The map is refused."
        self.stdout.write(f"\n{verdict}")

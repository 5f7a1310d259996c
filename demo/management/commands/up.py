"""`manage.py up` with the demo: fill an empty shop, and add a year of orders while it serves."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from demo.management.commands import demo_customers, demo_orders
from demo.steps import CATALOGUE, DEMO, decline_demo, fill_demo, is_finished
from shop.accounts.models import Customer
from shop.management.commands import up


class Command(up.Command):
    folder: Path | None = DEMO

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the demo."""
        super().add_arguments(parser)
        parser.add_argument(
            "--demo", type=Path, default=DEMO, help="another demo: a folder with catalog.csv and images"
        )

    def handle(self, **options: Any) -> None:
        """Start the shop, with the demo unless `--empty` is given."""
        self.folder = None if options["empty"] else options["demo"]
        super().handle(**options)

    def add_contents(self) -> None:
        """Add the missing parts of the demo."""
        if self.folder is not None:
            fill_demo(self.folder, self.start_worker)
        elif not decline_demo():
            self.stdout.write("This shop has the demo's products. “Start my own shop” in its admin removes them.")

    def background_command(self) -> list[str] | None:
        """Return the command that adds missing orders, if any are missing. Three queries."""
        is_filled = self.folder is not None and has_demo_customers() and demo_orders.can_be_paid()
        if not is_filled or not demo_orders.missing_orders():
            return None
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo_orders"]

    def greeting(self, address: str) -> dict[str, str]:
        """Add the demo's log-in, and a photo to search with."""
        lines = super().greeting(address)
        if self.folder is None or not is_finished(CATALOGUE):
            return lines
        if has_demo_customers():
            lines["Customer"] = f"{address}/account/  ({demo_customers.FIRST}, {demo_customers.PASSWORD})"
        photo = min(self.folder.glob("photos/*.jpg"), default=None)
        if photo is not None:
            inside = photo.is_relative_to(settings.BASE_DIR)
            lines["Try a photo"] = str(photo.relative_to(settings.BASE_DIR) if inside else photo)
        return lines


def has_demo_customers() -> bool:
    """Return True if the demo's first customer can log in here."""
    return settings.DEBUG and Customer.objects.filter(email=demo_customers.FIRST).exists()

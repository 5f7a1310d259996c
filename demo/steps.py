"""The demo shop, filled step by step. Any step may be broken off at any moment: the next start takes it up again.

A step is done by a command that adds what is missing of it; that it is finished is a row. So what an owner changes in
the demo or deletes from it afterwards stays as they want it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from catalog.feed.rows import split_cell
from catalog.models import Product, ProductImage
from demo.models import DemoStep

DEMO = Path(__file__).resolve().parent
CATALOGUE, CUSTOMERS = "catalogue", "customers"


def fill_demo(demo: Path = DEMO, before_import: Callable[[], None] = lambda: None) -> None:
    """Add the missing products, pictures and customers, unless the shop has products of its own."""
    step = DemoStep.objects.filter(name=CATALOGUE).first() or _begin(demo / "catalog.csv")
    if step is None:
        return
    if step.finished_at is None:
        before_import()
        call_command("import_catalog", demo / "catalog.csv", images=demo / "images")
        _finish(CATALOGUE)
    if settings.DEBUG and not is_finished(CUSTOMERS):  # their password is known to everybody
        call_command("demo_customers")
        _finish(CUSTOMERS)


def is_finished(name: str) -> bool:
    """Return True if nothing is left to do of the step."""
    return DemoStep.objects.filter(name=name, finished_at__isnull=False).exists()


def _begin(catalogue: Path) -> DemoStep | None:
    """Note that the demo is wanted here; None where there are products of others.

    A shop from before there were such notes has all of the demo, or a part where its first start was interrupted.
    """
    with catalogue.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known, found = {row["product"] for row in rows}, set(Product.objects.values_list("slug", flat=True))
    if not found <= known:
        return None
    pictures = sum(len(split_cell(row["images"])) for row in rows if row["images"])
    is_whole = found == known and ProductImage.objects.count() >= pictures
    return DemoStep.objects.get_or_create(
        name=CATALOGUE, defaults={"finished_at": timezone.now() if is_whole else None}
    )[0]


def _finish(name: str) -> None:
    DemoStep.objects.update_or_create(name=name, defaults={"finished_at": timezone.now()})

"""Fill the demo shop step by step. An interrupted start is completed by the next one.

Each step is a command that adds only what is missing, and a row records its end. Later changes and
deletions by the owner are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from catalog.models import Product
from demo.models import DemoStep

DEMO = Path(__file__).resolve().parent
CATALOGUE, CUSTOMERS, DECLINED = "catalogue", "customers", "declined"


def fill_demo(folder: Path = DEMO, before_import: Callable[[], None] = lambda: None) -> None:
    """Add the missing products, pictures and customers, unless the shop has products of its own."""
    if not DemoStep.objects.filter(name=CATALOGUE).exists():
        if Product.objects.exists() or is_finished(DECLINED):
            return
        DemoStep.objects.create(name=CATALOGUE)
    if not is_finished(CATALOGUE):
        before_import()
        call_command("import_catalog", folder / "catalog.csv", images=folder / "images")
        _finish(CATALOGUE)
    if settings.DEBUG and not is_finished(CUSTOMERS):  # everyone knows their password
        call_command("demo_customers")
        _finish(CUSTOMERS)


def decline_demo() -> bool:
    """Never fill this shop with the demo, at later starts either. Return False if that has begun already."""
    if DemoStep.objects.filter(name=CATALOGUE).exists():
        return False
    _finish(DECLINED)
    return True


def is_finished(name: str) -> bool:
    """Return True if the step is complete."""
    return DemoStep.objects.filter(name=name, finished_at__isnull=False).exists()


def _finish(name: str) -> None:
    DemoStep.objects.update_or_create(name=name, defaults={"finished_at": timezone.now()})

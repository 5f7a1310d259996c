"""How often suggestions for staff are right: the demo shop, each product among all others, as if it were new.

python -m tests.benchmarks.bench_suggestions
"""

from collections import Counter
from pathlib import Path

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# What is above prepares the settings that all below read.

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from catalog.models import Product
from visualsearch.suggestions import suggest

DEMO = Path(settings.BASE_DIR) / "demo"


def main() -> None:
    with scratch_database("bench_suggestions"):
        call_command("import_catalog", str(DEMO / "catalog.csv"), "--images", str(DEMO / "images"), verbosity=0)
        call_command("embed_images")
        measure()


def measure() -> None:
    """Ask for every product without its attributes, and compare with what it has."""
    visible = Product.objects.visible(timezone.now())
    asked, said, right = Counter[str](), Counter[str](), Counter[str]()
    for product in visible.order_by("pk"):
        known = set(product.attribute_values.all())
        with transaction.atomic():
            product.attribute_values.clear()
            found = suggest(product, visible)
            transaction.set_rollback(True)
        asked["category"] += 1
        if found.category:
            said["category"] += 1
            right["category"] += not found.is_category_new
        asked.update({str(value.attribute) for value in known})
        for each in found.values:
            said[str(each.value.attribute)] += 1
            right[str(each.value.attribute)] += each.value in known
    rows = [[what, asked[what], said[what], right[what] / max(1, said[what])] for what in asked]
    table("Suggestions", ["of", "products that have one", "suggested", "right"], rows)


if __name__ == "__main__":
    main()

"""Accuracy of suggestions for staff: each product of the demo shop, as if it were new.

python -m tests.benchmarks.bench_suggestions
"""

from collections import Counter
from pathlib import Path

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

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
    """Compare the suggestions for each product without its attributes with the attributes it has."""
    visible = Product.objects.visible(timezone.now())
    total, suggested, right = Counter[str](), Counter[str](), Counter[str]()
    for product in visible.order_by("pk"):
        known = set(product.attribute_values.all())
        with transaction.atomic():
            product.attribute_values.clear()
            found = suggest(product, visible)
            transaction.set_rollback(True)
        total["category"] += 1
        if found.category:
            suggested["category"] += 1
            right["category"] += not found.is_category_new
        total.update({str(value.attribute) for value in known})
        for each in found.values:
            suggested[str(each.value.attribute)] += 1
            right[str(each.value.attribute)] += each.value in known
    rows = [[what, total[what], suggested[what], right[what] / max(1, suggested[what])] for what in total]
    table("Suggestions", ["of", "products that have one", "suggested", "right"], rows)


if __name__ == "__main__":
    main()

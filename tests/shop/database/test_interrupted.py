"""Migrations that were killed before Django recorded them can run again."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.models.signals import pre_migrate

from catalog.models import Product

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = models.Index(fields=["title"], name="product_half_built")
BRANDS = models.CheckConstraint(condition=~models.Q(brand="none"), name="product_half_checked")


def migration(atomic: bool) -> migrations.Migration:
    steps = [AddIndexConcurrently("product", TITLES), migrations.AddConstraint("product", BRANDS)]
    half_done: type[migrations.Migration] = type(
        "HalfDone", (migrations.Migration,), {"atomic": atomic, "operations": steps}
    )
    return half_done("9999_half_done", "catalog")


def left_behind() -> list[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, "catalog_product")
    return sorted(name for name in names if name.startswith("product_half"))


@pytest.mark.parametrize(("atomic", "left"), [(False, []), (True, ["product_half_built", "product_half_checked"])])
def test_leftovers_of_a_killed_migration_are_dropped(atomic: bool, left: list[str]) -> None:
    with connection.schema_editor() as editor:
        editor.add_index(Product, TITLES)
        editor.add_constraint(Product, BRANDS)
    pre_migrate.send(sender=None, plan=[(migration(atomic), False)])
    try:
        assert left_behind() == left
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS product_half_built")
            cursor.execute("ALTER TABLE catalog_product DROP CONSTRAINT IF EXISTS product_half_checked")

"""Migrations are safe to run while the shop serves requests."""

import pytest
from django_migration_linter import MigrationLinter

OURS = [
    "catalog", "visualsearch", "shop", "accounts", "cart", "orders", "payments", "promotions", "reviews", "wishlist",
    "waitlist", "demo",
]  # fmt: skip
SAFE = [  # what the linter takes for a danger
    "0004_one_postal_address",  # varchar(150) to varchar(200): PostgreSQL rewrites nothing
    "0021_facet_values",  # drops a column only backwards
    "0026_counted_products",  # NOT NULL in a new table, which it drops only backwards
]


@pytest.mark.django_db(transaction=True)  # CREATE INDEX CONCURRENTLY fails inside a transaction
def test_migrations_are_backward_compatible(capsys: pytest.CaptureFixture[str]) -> None:
    # Initial migrations create empty tables, so their locks block no one.
    linter = MigrationLinter(
        include_apps=OURS,
        ignore_name=SAFE,
        no_cache=True,
        all_warnings_as_errors=True,
        ignore_initial_migrations=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    output = capsys.readouterr().out
    assert linter.nb_valid > 0, output
    assert not linter.has_errors, output

"""Migrations are safe to run while the shop serves requests."""

import pytest
from django_migration_linter import MigrationLinter

OURS = [
    "catalog", "visualsearch", "shop", "accounts", "cart", "orders", "payments", "promotions", "reviews", "wishlist",
    "waitlist", "demo",
]  # fmt: skip
WIDENS_A_COLUMN = ["0004_one_postal_address"]  # varchar(150) to varchar(200): PostgreSQL rewrites nothing


@pytest.mark.django_db(transaction=True)  # CREATE INDEX CONCURRENTLY fails inside a transaction
def test_migrations_are_backward_compatible(capsys: pytest.CaptureFixture[str]) -> None:
    # Initial migrations create empty tables, so their locks block no one.
    linter = MigrationLinter(
        include_apps=OURS,
        ignore_name=WIDENS_A_COLUMN,
        no_cache=True,
        all_warnings_as_errors=True,
        ignore_initial_migrations=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    output = capsys.readouterr().out
    assert linter.nb_valid > 0, output
    assert not linter.has_errors, output

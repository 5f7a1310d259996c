"""A running shop can be migrated: no migration breaks the code that serves while it runs."""

import pytest
from django_migration_linter import MigrationLinter

OURS = [
    "catalog", "visualsearch", "shop", "accounts", "cart", "orders", "payments", "promotions", "reviews", "wishlist",
    "waitlist", "demo",
]  # fmt: skip
WIDENS_A_COLUMN = ["0004_one_postal_address"]  # varchar(150) to varchar(200): PostgreSQL rewrites nothing


@pytest.mark.django_db(transaction=True)  # within a transaction, no statement for an index can be written
def test_migrations_leave_a_running_shop_alone(capsys: pytest.CaptureFixture[str]) -> None:
    # A first migration builds empty tables, so its locks hold nobody up.
    linter = MigrationLinter(
        include_apps=OURS,
        ignore_name=WIDENS_A_COLUMN,
        no_cache=True,
        all_warnings_as_errors=True,
        ignore_initial_migrations=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    said = capsys.readouterr().out
    assert linter.nb_valid > 0, said
    assert not linter.has_errors, said

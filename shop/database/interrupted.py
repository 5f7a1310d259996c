"""Cleanup after interrupted migrations.

A migration without a transaction, such as one that creates an index concurrently, may be killed after its work but
before Django records it. Its leftovers, perhaps an invalid index, would make the next run fail, so they are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection
from django.db.migrations import AddConstraint, Migration


def clean_up(plan: Iterable[tuple[Migration, bool]]) -> None:
    """Drop the indexes and constraints that the planned non-atomic migrations are about to create."""
    for migration, is_backwards in plan:
        if migration.atomic or is_backwards:
            continue
        with connection.cursor() as cursor:
            for operation in migration.operations:
                if isinstance(operation, AddIndexConcurrently):
                    name = connection.ops.quote_name(operation.index.name)
                    cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                elif isinstance(operation, AddConstraint):
                    table = connection.ops.quote_name(f"{migration.app_label}_{operation.model_name.lower()}")
                    name = connection.ops.quote_name(operation.constraint.name)
                    cursor.execute(f"ALTER TABLE IF EXISTS {table} DROP CONSTRAINT IF EXISTS {name}")

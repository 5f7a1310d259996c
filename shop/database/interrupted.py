"""Migrations that a kill left half done, made ready to be run again.

A migration without a transaction of its own, such as one that builds an index beside the running shop, may end between
its work and the note that it was done. What it then left stands in the way of the next run, or is an index that never
became valid: it is removed first.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection
from django.db.migrations import AddConstraint, Migration


def clear_unfinished(plan: Iterable[tuple[Migration, bool]]) -> None:
    """Remove what the migrations that are about to be run without a transaction would make."""
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

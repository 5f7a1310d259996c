"""Write counters without waiting for the disk.

A commit waits until its log is on the disk, which takes longer than many a page's queries. If the database itself
crashes, the last counts, of less than a second, are lost; nothing else is, and nothing is damaged. If only a process
of the shop dies, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

NO_WAIT = "SET LOCAL synchronous_commit = off;\n"


def write_count(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement that counts, and return its rows. Never call it for what must not be lost.

    Both statements are one message, and so one transaction. Within another transaction, that one decides.
    """
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute(statement, values)
        else:
            cursor.execute(NO_WAIT + statement, values)
            cursor.nextset()  # the setting has no rows
        return cursor.fetchall() if cursor.description else []

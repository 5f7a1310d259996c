"""One process at a time does a long piece of work for a network."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

from visualsearch.models import Network


@contextmanager
def try_lock(work: int, network: Network) -> Iterator[bool]:
    """Yield True if no other process does this work. The lock belongs to the session: no transaction stays open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [work, network.pk])
        is_free = bool(cursor.fetchone()[0])
    try:
        yield is_free
    finally:
        if is_free:
            with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection holds no locks
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [work, network.pk])

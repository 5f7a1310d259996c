"""One process at a time does a long piece of work, for a network or at all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from django.db import DatabaseError, connection

from visualsearch.models import Network

LONG_WORK = 0x5E3B1AB9  # key of an advisory lock


def try_lock(work: int, network: Network) -> AbstractContextManager[bool]:
    """Yield True if no other process does this work for the network."""
    return _try_lock(work, network.pk)


def try_long_work() -> AbstractContextManager[bool]:
    """Yield True if no other worker does minutes of work, so that the others are free to send mail."""
    return _try_lock(LONG_WORK, 0)


@contextmanager
def _try_lock(work: int, key: int) -> Iterator[bool]:
    """Lock without waiting. The lock belongs to the session: no transaction stays open, and it can be taken twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [work, key])
        is_free = bool(cursor.fetchone()[0])
    try:
        yield is_free
    finally:
        if is_free:
            with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection holds no locks
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [work, key])

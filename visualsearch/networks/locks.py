"""One process at a time does a long piece of work, for a network or at all."""

from contextlib import AbstractContextManager

from catalog.locks import try_session_lock
from visualsearch.models import Network

LONG_WORK = 0x5E3B1AB9  # key of an advisory lock


def try_lock(work: int, network: Network) -> AbstractContextManager[bool]:
    """Yield True if no other process does this work for the network."""
    return try_session_lock(work, network.pk)


def try_long_work() -> AbstractContextManager[bool]:
    """Yield True if no other worker does minutes of work, so that the others are free to send mail."""
    return try_session_lock(LONG_WORK, 0)

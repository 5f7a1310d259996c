"""How much memory the pictures that are decoded at the same time may take in this process."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition

M_MMAP_THRESHOLD = -3  # of glibc's mallopt
LARGE = 2**20  # bytes
QUEUE = 8  # that wait; who comes then is sent away at once


class Busy(Exception):
    """Too many pictures are being decoded."""


class _State:
    taken = 0
    waiting = 0


_changed = Condition()


def return_large_blocks() -> None:
    """Have the C library give large blocks back to the system as soon as they are free.

    glibc would learn from the first pictures to keep blocks of up to 32 MB, for each thread. Others do as they do.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)


@contextmanager
def take(size: int, total: int, patience: float) -> Iterator[None]:
    """Have `size` bytes of `total` for as long as the block lasts, perhaps after `patience` seconds. Raises Busy.

    What is larger than all there is comes alone.
    """
    with _changed:
        if not _fits(size, total):
            _wait(size, total, patience)
        _State.taken += size
    try:
        yield
    finally:
        with _changed:
            _State.taken -= size
            _changed.notify_all()


def waiting() -> int:
    """How many wait at this moment."""
    return _State.waiting


def _fits(size: int, total: int) -> bool:
    return _State.taken + size <= total or not _State.taken


def _wait(size: int, total: int, patience: float) -> None:
    if _State.waiting >= QUEUE:
        raise Busy
    _State.waiting += 1
    try:
        if not _changed.wait_for(lambda: _fits(size, total), patience):
            raise Busy
    finally:
        _State.waiting -= 1

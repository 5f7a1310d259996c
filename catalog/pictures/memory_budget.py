"""Limit the memory that concurrent picture decoding takes in this process."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition

M_MMAP_THRESHOLD = -3  # a parameter of glibc's mallopt
LARGE_BLOCK = 2**20  # bytes
MAX_WAITING = 8  # further callers are refused at once


class Busy(Exception):
    """Too many pictures are being decoded."""


class _State:
    reserved = 0
    waiting = 0


_changed = Condition()


def return_large_blocks() -> None:
    """Make glibc return large blocks to the system as soon as they are freed.

    By default it raises the threshold with the first pictures and then keeps blocks of up to 32 MB per thread. Other
    C libraries are left alone.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


@contextmanager
def reserve(size: int, total: int, timeout: float) -> Iterator[None]:
    """Reserve `size` of `total` bytes for the duration of the block, waiting up to `timeout` seconds. Raises Busy.

    A request for more than `total` runs alone.
    """
    with _changed:
        if not _fits(size, total):
            _wait(size, total, timeout)
        _State.reserved += size
    try:
        yield
    finally:
        with _changed:
            _State.reserved -= size
            _changed.notify_all()


def waiting() -> int:
    """Return the number of waiting callers."""
    return _State.waiting


def _fits(size: int, total: int) -> bool:
    return _State.reserved + size <= total or not _State.reserved


def _wait(size: int, total: int, timeout: float) -> None:
    if _State.waiting >= MAX_WAITING:
        raise Busy
    _State.waiting += 1
    try:
        if not _changed.wait_for(lambda: _fits(size, total), timeout):
            raise Busy
    finally:
        _State.waiting -= 1

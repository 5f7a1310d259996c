"""Small values of the database that every page needs, kept in memory and read again after a second.

A change shows at once in the process that made it, and within a second in the others. Pages need no query for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, ClassVar, Generic, TypeVar

from django.apps import apps
from django.db import DatabaseError, connection, transaction

T = TypeVar("T")


class SharedCopy(Generic[T]):
    """The value that `read` returns. While the database does not answer, the last one, or else `default()`."""

    SECONDS: ClassVar[float] = 1.0
    instances: ClassVar[list[SharedCopy[Any]]] = []

    def __init__(self, read: Callable[[], T], default: Callable[[], T]) -> None:
        self._read, self._default = read, default
        self._value: T = default()
        self._fresh_until = 0.0
        self.instances.append(self)

    def get(self) -> T:
        """Return the value, at most a second old."""
        if time.monotonic() < self._fresh_until:
            return self._value
        if not apps.ready:
            return self._value  # forms are built while modules are imported
        try:
            # A failed statement must not break the transaction around it, as it would during a migration.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                value = self._read()
        except DatabaseError:
            value = self._value
        self._hold(value, time.monotonic() + self.SECONDS)
        return value

    def forget(self) -> None:
        """Read the value again when it is next needed: now, and once more after the current transaction."""
        self._fresh_until = 0.0
        transaction.on_commit(self._expire)

    def hold_default(self) -> None:
        """Answer with the default until the next `forget`, without a query. For tests."""
        self._hold(self._default(), math.inf)

    def _expire(self) -> None:
        self._fresh_until = 0.0

    def _hold(self, value: T, fresh_until: float) -> None:
        self._value, self._fresh_until = value, fresh_until

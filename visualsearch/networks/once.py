"""A network that a process loads once, on first use."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OncePerProcess(Generic[T]):
    """Loads on the first `get`; threads share what was loaded. An error is raised again on the next `get`.

    A forked process loads its own, as the inherited one has threads that do not exist there. It keeps the inherited
    one all the same: destroying it would wait for them. The lock is new, too, since it may be held.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: list[T] = []  # one, once it is loaded
        self._abandoned: list[T] = []
        os.register_at_fork(after_in_child=self._reset)

    @property
    def is_loaded(self) -> bool:
        return bool(self._loaded)

    def get(self) -> T:
        with self._lock:
            if not self._loaded:
                self._loaded.append(self._load())
            return self._loaded[0]

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._abandoned += self._loaded
        self._loaded = []

"""Allow one `manage.py up` for each data folder. A second one reports where the first one serves."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shop.server import supervisor

SHUTDOWN_TIMEOUT = 15  # seconds that the processes of a killed `up` have to end


class AlreadyRunning(Exception):
    """Another process starts or serves the shop of this folder; the message names it."""


class Instance:
    """This `up` process, which holds its locks until it ends.

    They are POSIX locks: forked processes do not share them, and closing any other descriptor of the same file would
    release them.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self._address = address
        self._lock = _open(folder / "up.lock")
        if not _acquire(self._lock):
            raise AlreadyRunning(_describe(self._lock))
        self.set_state("being started")
        for stale in folder.glob("up-*.lock"):
            _await_end(stale)
        self._alive_path = folder / f"up-{secrets.token_hex(4)}.lock"
        self._alive = _open(self._alive_path)
        _acquire(self._alive, supervisor.UP_BYTE)

    def set_state(self, state: str) -> None:
        """Record the state for other processes: `being started`, `running` or `being restored`."""
        self._lock.seek(0)
        self._lock.truncate()
        json.dump({"process": os.getpid(), "address": self._address, "state": state}, self._lock)
        self._lock.flush()

    def supervised(self, command: list[str]) -> list[str]:
        """Return a command line that runs this command and ends it when this `up` ends."""
        return [sys.executable, "-I", supervisor.__file__, str(self._alive_path), *command]

    def release(self) -> None:
        """Release the folder."""
        self._alive_path.unlink(missing_ok=True)
        self._alive.close()
        self._lock.close()


@contextmanager
def single_instance(folder: Path, address: str = "") -> Iterator[Instance]:
    """Hold the lock of this data folder. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    instance = Instance(folder, address)
    try:
        yield instance
    finally:
        instance.release()


def _open(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+", encoding="utf-8")


def _acquire(file: IO[str], byte: int = 0) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    return True


def _describe(lock: IO[str]) -> str:
    try:
        other = json.loads(lock.read())
        place = f" at {other['address']}/" if other["address"] else ""
        return f"The shop is already {other['state']}{place} (process {other['process']}). Stop it first, with Ctrl-C."
    except (ValueError, KeyError, TypeError):  # it has not written its state yet
        return "Another process is already starting the shop."


def _await_end(path: Path) -> None:
    """Wait until the commands of a killed `up` have ended: they may still hold the port."""
    deadline = time.monotonic() + SHUTDOWN_TIMEOUT
    with _open(path) as file:
        while not _acquire(file, supervisor.COMMAND_BYTE) and time.monotonic() < deadline:
            time.sleep(0.1)
    path.unlink(missing_ok=True)

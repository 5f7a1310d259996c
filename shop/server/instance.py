"""One `manage.py up` for each data folder: the second one learns where the first one serves."""

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

from shop.server import leash

WAIT = 15  # seconds for the processes of a killed `up` to end


class AlreadyRunning(Exception):
    """The shop of this folder is served, or being started, by another process; the message says where."""


class Instance:
    """This `up`, which holds its locks as long as it lives. They are POSIX locks: forked processes do not share them,
    and closing any other descriptor of the same file would give them up."""

    def __init__(self, folder: Path, address: str) -> None:
        self._address = address
        self._lock = _open(folder / "up.lock")
        if not _take(self._lock):
            raise AlreadyRunning(_describe(self._lock))
        self.say("is being started")
        for left in folder.glob("up-*.leash"):
            _wait_for_the_end(left)
        self._leash = folder / f"up-{secrets.token_hex(4)}.leash"
        self._held = _open(self._leash)
        _take(self._held, leash.ALIVE)

    def say(self, state: str) -> None:
        """Note for others what the shop does: `is being started`, `runs` or `is being restored`."""
        self._lock.seek(0)
        self._lock.truncate()
        json.dump({"process": os.getpid(), "address": self._address, "state": state}, self._lock)
        self._lock.flush()

    def leashed(self, command: list[str]) -> list[str]:
        """Return a command that runs this one and ends it when this `up` ends, whatever ends it."""
        return [sys.executable, "-I", leash.__file__, str(self._leash), *command]

    def end(self) -> None:
        """Give the folder to others."""
        self._leash.unlink(missing_ok=True)
        self._held.close()
        self._lock.close()


@contextmanager
def alone(folder: Path, address: str = "") -> Iterator[Instance]:
    """Be the only process that starts, serves or restores the shop of this folder. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    instance = Instance(folder, address)
    try:
        yield instance
    finally:
        instance.end()


def _open(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+", encoding="utf-8")


def _take(file: IO[str], byte: int = 0) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    return True


def _describe(lock: IO[str]) -> str:
    try:
        other = json.loads(lock.read())
        place = f" at {other['address']}/" if other["address"] else ""
        return f"The shop {other['state']} already{place} (process {other['process']}). End that first, with Ctrl-C."
    except (ValueError, KeyError, TypeError):  # it has not written yet
        return "The shop is being started already by another process."


def _wait_for_the_end(left: Path) -> None:
    """Wait until the processes on the leash of an `up` that was killed have ended: they may still hold the port."""
    deadline = time.monotonic() + WAIT
    with _open(left) as file:
        while not _take(file, leash.RUNNING) and time.monotonic() < deadline:
            time.sleep(0.1)
    left.unlink(missing_ok=True)

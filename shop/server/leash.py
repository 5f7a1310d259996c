"""Runs one command for as long as another process lives: `python -I leash.py LOCK COMMAND …`.

`manage.py up` locks the first byte of a file as long as it lives: the kernel takes that lock from it whatever it dies
of. Whoever can share the lock knows so. A lock of this kind is not inherited by the processes that `up` forks, as a
pipe would be. The leash itself shares the second byte until the command has ended, so that the next `up` can wait for
it. The command is ended with all of its children. It needs nothing of the shop, so that it starts at once.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PR_SET_PDEATHSIG = 1
ALIVE, RUNNING = 0, 1  # bytes of the file
PAUSE = 0.2  # seconds
PATIENCE = 4  # seconds for an orderly end; honcho kills us after five


def die_with_parent() -> Callable[[], None]:
    """Return what a forked child does so that its parent's end, be it by `kill -9`, ends it; nothing but on Linux."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask


def share(descriptor: int, byte: int) -> bool:
    """Share the lock of this byte. Return False if another process holds it exclusively."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    return True


def main(lock: str, command: list[str]) -> int:
    """Run the command and return its exit status."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:  # the next `up` has cleared away what was left of ours
        return 1
    share(descriptor, RUNNING)
    child = subprocess.Popen(command, process_group=0, preexec_fn=die_with_parent())  # noqa: S603

    def kill(number: int = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)

    def end(*_: Any) -> None:
        kill(signal.SIGTERM)
        signal.alarm(PATIENCE)

    def watch() -> None:
        while not share(descriptor, ALIVE):
            time.sleep(PAUSE)
        kill(signal.SIGTERM)
        time.sleep(PATIENCE)
        kill()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGALRM, lambda *_: kill())
    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    kill()  # what the command has left behind
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

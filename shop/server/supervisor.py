"""Run a command and end it when another process ends: `python -I supervisor.py LOCK COMMAND …`.

`manage.py up` locks the first byte of LOCK for as long as it lives, and the kernel releases it however `up` dies. The
supervisor polls that byte. Once it can share the lock, it terminates the command and its children. Processes that
`up` forks do not inherit this kind of lock, as they would inherit a pipe. The supervisor shares the second byte until
the command has ended, so that the next `up` can wait for it.

This file imports nothing of the shop, so that it starts at once.
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
UP_BYTE, COMMAND_BYTE = 0, 1
POLL_INTERVAL = 0.2  # seconds
SHUTDOWN_TIMEOUT = 4  # seconds; honcho kills after five


def die_with_parent() -> Callable[[], None]:
    """Return a function for a forked child: the kernel then kills the child when its parent ends. Linux only."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def request_signal() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return request_signal


def share_lock(descriptor: int, byte: int) -> bool:
    """Share the lock of a byte. Return False if another process holds it exclusively."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    return True


def main(lock: str, command: list[str]) -> int:
    """Run the command and return its exit status."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:  # our `up` is dead and the next one has removed its file
        return 1
    share_lock(descriptor, COMMAND_BYTE)
    child = subprocess.Popen(command, process_group=0, preexec_fn=die_with_parent())  # noqa: S603

    def kill_group(*_: Any) -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    def terminate(*_: Any) -> None:
        """Ask the command to end; it ends its own children. Kill all of them after SHUTDOWN_TIMEOUT."""
        child.terminate()
        signal.alarm(SHUTDOWN_TIMEOUT)

    def watch() -> None:
        while not share_lock(descriptor, UP_BYTE):
            time.sleep(POLL_INTERVAL)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, terminate)
    signal.signal(signal.SIGALRM, kill_group)
    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    kill_group()  # children that the command has left behind
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

"""Run functions at the same time, each on its own database connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from django.db import connection

LOCK_TIMEOUT = 30  # seconds
Result = TypeVar("Result")


def race(number: int, run: Callable[[int], Result]) -> list[Result | Exception]:
    """Call `run` with 0 to number - 1 at once. Return each result, or the exception that it raised."""
    start = Barrier(number)

    def one(which: int) -> Result | Exception:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return run(which)
        except Exception as error:  # the test inspects it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as runners:
        return list(runners.map(one, range(number)))


def wait_for_lock(seconds: float = LOCK_TIMEOUT) -> bool:
    """Return True as soon as another connection waits for a lock, False if none does in time."""
    pause = Event()
    for _ in range(int(seconds * 20)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # otherwise a transaction keeps its first snapshot
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return True
        pause.wait(0.05)
    return False

"""Many at once, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from django.db import connection

MOST_SECONDS = 30
Answer = TypeVar("Answer")


def race(number: int, run: Callable[[int], Answer]) -> list[Answer | Exception]:
    """What each of so many runners got, in their order; an exception is an answer too. All begin together."""
    start = Barrier(number)

    def one(which: int) -> Answer | Exception:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return run(which)
        except Exception as error:  # what a runner raises is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as runners:
        return list(runners.map(one, range(number)))


def somebody_waits(seconds: float = MOST_SECONDS) -> bool:
    """Wait until another connection waits for a lock; False where none does after so many seconds."""
    pause = Event()
    for _ in range(int(seconds * 20)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return True
        pause.wait(0.05)
    return False

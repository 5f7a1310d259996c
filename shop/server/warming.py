"""Prepare a web process for its first requests, in a thread beside them."""

from __future__ import annotations

import logging
from threading import Thread

from django.db import DatabaseError, connection

from catalog.search import warm_up

logger = logging.getLogger(__name__)


def start() -> Thread:
    """Warm up in the background. Requests wait at most for what they need themselves."""
    thread = Thread(target=_run, name="warming", daemon=True)
    thread.start()
    return thread


def _run() -> None:
    try:
        warm_up()
    except DatabaseError as error:  # the first search loads it then
        logger.warning("The search is not warmed up: %s", error)
    finally:
        connection.close()

"""The one network of this process, as the settings name it: loaded when it is first needed, and never twice.

Reading a card is cheap and loading a network is not (a second, and tens of megabytes), so everything that only asks
*which* network it is, such as a search among stored vectors, gets along with the card.
"""

import json
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from visualsearch.embedding.card import DEFAULT_CARD, Card, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.models import Network

_lock = threading.Lock()
_embedders: dict[tuple[Path, str, int], Embedder] = {}
_abandoned: list[Embedder] = []
_remembered: dict[str, Network] = {}


def embedder() -> Embedder:
    """The network, ready to look at pictures; safe to share between threads.

    Raises BadCard with a sentence where VISUALSEARCH_NETWORK names no usable network.
    """
    wanted = (_path(), settings.VISUALSEARCH_RUNTIME, settings.VISUALSEARCH_THREADS)
    with _lock:
        if wanted not in _embedders:
            _embedders[wanted] = Embedder.load(wanted[0], runtime=wanted[1], threads=wanted[2] or None)
        return _embedders[wanted]


def card() -> Card:
    """The card of the network that the settings name. Raises BadCard."""
    return _card(_path())


def network() -> Network:
    """The row of the network that the settings name, made where it is missing. One query."""
    wanted = card()
    described: dict[str, Any] = json.loads(_text(_path()))
    found, is_new = Network.objects.get_or_create(
        sha256=wanted.weights_sha256,
        defaults={"name": wanted.name, "dimensions": wanted.dimensions, "card": described},
    )
    if not is_new and found.card != described:  # the same weights with a corrected card
        found.name, found.card = wanted.name, described
        found.save(update_fields=["name", "card"])
    _remembered[found.sha256] = found
    return found


def remembered_network() -> Network:
    """The same row without a query, from the last time it was asked for.

    It may be out of date where the database was rebuilt under a running process; a reader therefore compares
    `sha256` in its own query, and asks `network()` again when it finds nothing.
    """
    return _remembered.get(card().weights_sha256) or network()


def _path() -> Path:
    return Path(settings.VISUALSEARCH_NETWORK or DEFAULT_CARD)


@lru_cache
def _card(path: Path) -> Card:
    return read_card(path)


@lru_cache
def _text(path: Path) -> str:
    return (_card(path).path or path).read_text(encoding="utf-8")


def _start_afresh_after_fork() -> None:
    """A forked worker inherits the network without the threads that run it, and perhaps a lock that nobody will open.

    The inherited networks are kept, unused: taking one apart would wait for threads that do not exist here.
    """
    global _lock
    _lock = threading.Lock()
    _abandoned.extend(_embedders.values())
    _embedders.clear()
    _remembered.clear()


os.register_at_fork(after_in_child=_start_afresh_after_fork)

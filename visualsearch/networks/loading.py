"""The networks loaded in this process, each on first use, the finder of things in photos, and the head for kinds.

Loading takes half a second and tens of megabytes. Code that only needs to know which network is live uses `serving`.
"""

import os
import threading
from collections import OrderedDict

from django.conf import settings

from visualsearch.embedding.card import Card, card_of
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.runtime import load_runtime
from visualsearch.kinds.head import KindsHead
from visualsearch.models import Network
from visualsearch.networks import registry
from visualsearch.networks.once import OncePerProcess
from visualsearch.regions.finder import Finder

MAX_LOADED = 3  # per process: the live network, the other network of a split, and the previous one

Key = tuple[str, str, str, int]


_lock = threading.Lock()
_loading: dict[Key, threading.Lock] = {}
_embedders: OrderedDict[Key, Embedder] = OrderedDict()
_abandoned: list[Embedder] = []
_finder = OncePerProcess(lambda: Finder.load(threads=settings.VISUALSEARCH_THREADS or None))
_kinds_head = OncePerProcess(KindsHead.load)


def card(network: Network) -> Card:
    """Return the network's card from its row, without its files. Raises BadCard."""
    return card_of(network.card)


def embedder(network: Network) -> Embedder:
    """Return the loaded network, which threads may share. Loading one network does not block the others.

    Raises BadCard if its files cannot be used.
    """
    key = (
        network.sha256,
        str(network.card.get("graph_sha256")),
        settings.VISUALSEARCH_RUNTIME,
        settings.VISUALSEARCH_THREADS,
    )
    with _lock:
        loading = _loading.setdefault(key, threading.Lock())
    with loading:
        with _lock:
            found = _embedders.get(key)
        if found is None:
            found = _load(network)
        with _lock:
            _embedders[key] = found
            _embedders.move_to_end(key)
            while len(_embedders) > MAX_LOADED:
                _embedders.popitem(last=False)
    return found


def finder() -> Finder:
    """Return the finder of things in photos, which threads may share. Raises BadCard if its files cannot be used."""
    return _finder.get()


def kinds_head() -> KindsHead:
    """Return the head that names kinds of goods. Raises BadCard if its files cannot be used."""
    return _kinds_head.get()


def _load(network: Network) -> Embedder:
    local = registry.local_card(network)
    return Embedder(local, load_runtime(local, settings.VISUALSEARCH_RUNTIME, settings.VISUALSEARCH_THREADS or None))


def _reset_after_fork() -> None:
    """Drop the inherited networks, whose threads do not exist in a forked worker, and the lock, which may be held.

    They stay referenced: destroying one would wait for its threads.
    """
    global _lock
    _lock = threading.Lock()
    _loading.clear()
    _abandoned.extend(_embedders.values())
    _embedders.clear()


os.register_at_fork(after_in_child=_reset_after_fork)

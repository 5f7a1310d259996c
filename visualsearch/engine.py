"""The networks of this process: which of them answers now, and each loaded when it is first needed.

Which one answers is the newest Activation row. A photo search asks for it, by one query, before it looks at the photo;
whatever searches among stored vectors goes by what was remembered, and its own statement says whether a newer row has
come since (`search.Hit.activation`). So a swap is noticed by the next request of every process, without a restart, and
a vector is never compared with those of another network.

Reading a card is cheap and loading a network is not (half a second, and tens of megabytes), so everything that only
asks *which* network it is gets along with the row.
"""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from visualsearch import registry
from visualsearch.embedding.card import Card, card_of
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.runtime import load_runtime
from visualsearch.models import Activation, Network

LOADED = 3  # networks in the memory of one process: what is live, the other of a split, and the one before
ONE_AT_A_TIME = 0x5E3B1A9C  # advisory lock of whoever adds an Activation

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Serving:
    """The networks that answer: `network`, and to `share` percent of the visitors `other`."""

    activation: int
    network: Network
    other: Network | None = None
    share: int = 0

    @property
    def networks(self) -> list[Network]:
        return [self.network, self.other] if self.other else [self.network]


_lock = threading.Lock()
_loading: dict[Key, threading.Lock] = {}
_embedders: OrderedDict[Key, Embedder] = OrderedDict()
_abandoned: list[Embedder] = []
_remembered: Serving | None = None


def serving() -> Serving:
    """Which networks answer at this moment. One query.

    A shop where none has ever been live begins with the one that the settings name. Raises BadCard where that one is
    needed and cannot be used.
    """
    global _remembered
    newest = newest_activation() or _begin()
    _remembered = Serving(newest.pk, newest.network, newest.other, newest.share)
    return _remembered


def remembered() -> Serving:
    """The same without a query, from the last time it was asked for: it may be out of date."""
    return _remembered or serving()


def network() -> Network:
    """The network that is live at this moment. One query."""
    return serving().network


def kept() -> list[Network]:
    """The networks whose vectors are kept up to date, those that answer first. Two queries."""
    first = serving().networks
    return [*first, *Network.objects.kept().exclude(pk__in=[each.pk for each in first]).order_by("pk")]


def card(network: Network) -> Card:
    """The network's card, from its row; no file is looked at. Raises BadCard."""
    return card_of(network.card)


def local_card(network: Network) -> Card:
    """The same with its files on this machine, checked. Raises BadCard."""
    return registry.local_card(network)


def embedder(network: Network) -> Embedder:
    """The network, ready to look at pictures; safe to share between threads.

    Whoever waits for a network to be loaded holds up nobody who uses another. Raises BadCard with a sentence where its
    files cannot be used.
    """
    wanted = (
        network.sha256,
        str(network.card.get("graph_sha256")),
        settings.VISUALSEARCH_RUNTIME,
        settings.VISUALSEARCH_THREADS,
    )
    with _lock:
        loading = _loading.setdefault(wanted, threading.Lock())
    with loading:
        with _lock:
            found = _embedders.get(wanted)
        if found is None:
            found = _load(network)
        with _lock:
            _embedders[wanted] = found
            _embedders.move_to_end(wanted)
            while len(_embedders) > LOADED:
                _embedders.popitem(last=False)
    return found


def newest_activation() -> Activation | None:
    """The row that counts, with its networks. One query."""
    return Activation.objects.select_related("network", "other").order_by("-pk").first()


def take_turns() -> None:
    """Wait until nobody else adds an Activation; holds until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def _begin() -> Activation:
    with transaction.atomic():
        take_turns()
        first = newest_activation()
        if first is None:
            begun_with = registry.register_named()
            first = Activation.objects.create(network=begun_with, reason=Activation.Reason.START)
    return first


def _load(network: Network) -> Embedder:
    local = local_card(network)
    return Embedder(local, load_runtime(local, settings.VISUALSEARCH_RUNTIME, settings.VISUALSEARCH_THREADS or None))


def _start_afresh_after_fork() -> None:
    """A forked worker inherits the network without the threads that run it, and perhaps a lock that nobody will open.

    The inherited networks are kept, unused: taking one apart would wait for threads that do not exist here.
    """
    global _lock, _remembered
    _lock, _remembered = threading.Lock(), None
    _loading.clear()
    _abandoned.extend(_embedders.values())
    _embedders.clear()


os.register_at_fork(after_in_child=_start_afresh_after_fork)

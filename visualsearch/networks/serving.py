"""Which networks answer photo searches. The newest Activation row decides.

A photo search reads that row before it embeds the photo. A search among stored vectors uses the cached row, and its
own statement reports whether a newer one exists (`search.Found.activation`). So every process follows a swap on its
next request, without a restart, and vectors of two networks are never compared.
"""

import os
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.table_versions import table_versions
from visualsearch.models import Activation, Network
from visualsearch.networks import registry

ACTIVATION_LOCK = 0x5E3B1A9C  # advisory lock: one transaction at a time adds an Activation


@dataclass(frozen=True)
class Serving:
    """The live networks: `network`, and during a split `other` for `share` percent of the visitors.

    `previous` is the network that a rollback returns to. It still answers devices that compute vectors themselves and
    began before a swap.
    """

    activation: int
    network: Network
    other: Network | None = None
    share: int = 0
    previous: Network | None = None

    @property
    def networks(self) -> list[Network]:
        return [self.network, self.other] if self.other else [self.network]

    @property
    def answering(self) -> list[Network]:
        """The networks whose vectors are accepted: the live ones, and the previous one."""
        is_new = self.previous is not None and self.previous not in self.networks
        return [*self.networks, self.previous] if self.previous and is_new else self.networks


TABLES = ("visualsearch_activation", "visualsearch_network", "visualsearch_calibration")

_cached: tuple[object, Serving] | None = None  # with the version of the tables


def current() -> Serving:
    """Return the networks that are live now. One query in a warm process.

    A new shop activates the configured network. Raises BadCard if that network cannot be used.
    """
    global _cached
    known, version = _cached, table_versions(*TABLES)
    if known is None or known[0] != version:
        newest = newest_activation()
        if newest is None:
            _activate_first()
            return changed()  # that version was of empty tables
        known = _cached = version, _serving(newest)
    return known[1]


def changed() -> Serving:
    """Return the networks that are live now, of which newer ones have been seen. One query."""
    global _cached
    found = _serving(newest_activation() or _activate_first())
    _cached = None, found
    return found


def cached() -> Serving:
    """Return the result of the last `current()` in this process, which may be out of date. No query."""
    return _cached[1] if _cached else current()


def live() -> Network:
    """Return the live network. One query."""
    return current().network


def available() -> list[Network]:
    """Return the networks whose vectors are kept up to date, live ones first. Two queries."""
    first = current().networks
    return [*first, *Network.objects.available().exclude(pk__in=[each.pk for each in first]).order_by("pk")]


def newest_activation() -> Activation | None:
    """Return the newest activation with its networks and their calibrations. One query."""
    together = ("network__calibration", "other__calibration", "before__network__calibration")
    return Activation.objects.select_related(*together).order_by("-pk").first()


def lock_activations() -> None:
    """Wait for other transactions that add an Activation. The lock lasts until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ACTIVATION_LOCK])


def _serving(newest: Activation) -> Serving:
    previous = newest.before.network if newest.before else None
    return Serving(newest.pk, newest.network, newest.other, newest.share, previous)


def _activate_first() -> Activation:
    with transaction.atomic():
        lock_activations()
        first = newest_activation()
        if first is None:
            network = registry.register_named()
            first = Activation.objects.create(network=network, reason=Activation.Reason.START)
    return first


def _clear_after_fork() -> None:
    global _cached
    _cached = None


os.register_at_fork(after_in_child=_clear_after_fork)

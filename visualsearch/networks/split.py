"""Visitors split between two networks, so that the owner can compare them on real searches.

A visitor keeps a network by a cookie that says only which half it is and of which split: `12a` or `12b`. Every visitor
of a half has the same one, so it tells nobody from anybody. It is set while a split runs, and read by nothing else.
"""

import secrets
from dataclasses import dataclass

from django.db.models import F

from visualsearch.models import Network, Tally
from visualsearch.networks.serving import Serving

COOKIE = "network"
COOKIE_AGE = 60 * 60 * 24 * 30  # seconds


@dataclass(frozen=True)
class Choice:
    """The network that answers a visitor, and the cookie by which the next search gets the same; None for none."""

    network: Network
    mark: str | None = None


def choose(serving: Serving, mark: str | None) -> Choice:
    """The network for a visitor with this cookie; the first time, drawn by the split's share. No query."""
    if serving.other is None:
        return Choice(serving.network)
    first, second = f"{serving.activation}a", f"{serving.activation}b"
    if mark not in (first, second):
        mark = second if secrets.randbelow(100) < serving.share else first
    return Choice(serving.other if mark == second else serving.network, mark)


def answering(serving: Serving, name: str) -> Network | None:
    """That of the networks which answer now that is called so: by name, identity, or the start of its hash."""
    for network in serving.networks:
        if name in (network.name, network.identity) or (len(name) >= 6 and network.sha256.startswith(name)):
            return network
    return None


def count(serving: Serving, network: Network) -> None:
    """Note one photo search answered by the network, while visitors are split. One query, else none."""
    if serving.other is not None:
        Tally.objects.filter(activation=serving.activation, network=network).update(searches=F("searches") + 1)

"""Visitors split between two networks, to compare both on real searches.

A cookie keeps each visitor with one network. It holds only the number of the split and the half, such as `12a`. All
visitors in a half have the same cookie, so it identifies no one. It is set only during a split and has no other use.
"""

import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from visualsearch.models import Network, Tally
from visualsearch.networks.serving import Serving

COOKIE = "network"
COOKIE_AGE = 60 * 60 * 24 * 30  # seconds
MIN_HASH_LENGTH = 6


@dataclass(frozen=True)
class Visitor:
    """A visitor to the shop's pages, or an API client, which may name a network and otherwise joins no split."""

    cookie: str | None = None
    is_client: bool = False
    network: str = ""


@dataclass(frozen=True)
class Choice:
    """The network for a visitor, and the cookie that keeps it for the next search."""

    network: Network
    cookie: str | None = None


def choose(live: Serving, visitor: Visitor) -> Choice:
    """Choose a network by the client's request, by the cookie, or at random by the share of the split.

    Raises ValidationError with code unknown_network.
    """
    if visitor.network:
        return Choice(_named(live, visitor.network))
    if live.other is None or (visitor.is_client and not visitor.cookie):
        return Choice(live.network)
    first, second = f"{live.activation}a", f"{live.activation}b"
    cookie = visitor.cookie
    if cookie not in (first, second):
        cookie = second if secrets.randbelow(100) < live.share else first
    return Choice(live.other if cookie == second else live.network, cookie)


def count(live: Serving, network: Network) -> None:
    """Count a photo search of a split. One query during a split, otherwise none."""
    if live.other is not None:
        Tally.objects.filter(activation=live.activation, network=network).update(searches=F("searches") + 1)


def _named(live: Serving, name: str) -> Network:
    for network in live.networks:
        is_hash = len(name) >= MIN_HASH_LENGTH and network.sha256.startswith(name)
        if name in (network.name, network.identity) or is_hash:
            return network
    raise ValidationError(_("No live network has this name. Leave out the field “network”."), code="unknown_network")

"""The button *Start my own shop*. The demo, which this package does not know, says where it leads."""

from __future__ import annotations

from collections.abc import Callable

_addresses: list[Callable[[], str]] = []


def offer_start(address: Callable[[], str]) -> None:
    """Let `address` return the page that removes the demo, or an empty string if there is no demo here."""
    _addresses.append(address)


def start_address() -> str:
    """Return the address of the page that removes the demo, or an empty string."""
    return next(filter(None, (address() for address in _addresses)), "")

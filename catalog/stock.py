"""Stock changes. Only this module writes stock: one conditional UPDATE per variant, never a read followed by a write.

`on_hand` counts the unsold units in the shop; `reserved` are those held by unpaid orders. Products are locked first
(see `catalog.locks`), so that concurrent orders wait for each other instead of deadlocking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from catalog.locks import lock_products_of
from catalog.models import Product, StockMovement, Variant

Kind = StockMovement.Kind
Quantities = Mapping[int, int]  # units by variant key


@dataclass(frozen=True)
class Reason:
    """Who changed stock, for which order or delivery, and when. Recorded with each movement."""

    who: str
    reference: str
    now: datetime


class OutOfStock(ValueError):
    """Some variants have too few units; `available` maps their keys to the number left."""

    def __init__(self, available: dict[int, int]) -> None:
        super().__init__(f"Not enough stock of the variants {sorted(available)}.")
        self.available = available


class StockMismatch(RuntimeError):
    """Fewer units are reserved than an order releases or sells. This is a bug; nothing was written."""


def reserve(quantities: Quantities, reason: Reason) -> None:
    """Reserve units for an order, all or none. Raises OutOfStock."""
    with transaction.atomic():
        _require_stock(_move(quantities, Kind.RESERVE, reason, guard="available", reserved=1))


def release(quantities: Quantities, reason: Reason) -> None:
    """Release reserved units. Raises StockMismatch."""
    with transaction.atomic():
        _require_reserved(_move(quantities, Kind.RELEASE, reason, guard="reserved", reserved=-1))


def consume(quantities: Quantities, reason: Reason) -> None:
    """Sell reserved units and add them to the products' `sold_count`. Raises StockMismatch."""
    with transaction.atomic():
        refused = _move(quantities, Kind.CONSUME, reason, guard="reserved", on_hand=-1, reserved=-1, sold=1)
        _require_reserved(refused)


def restock(quantities: Quantities, reason: Reason) -> None:
    """Return sold units to stock and subtract them from `sold_count`."""
    with transaction.atomic():
        _move(quantities, Kind.RESTOCK, reason, on_hand=1, sold=-1)


def receive(quantities: Quantities, reason: Reason) -> None:
    """Add units delivered by a supplier."""
    with transaction.atomic():
        _move(quantities, Kind.RECEIVE, reason, on_hand=1)


def correct(differences: Quantities, reason: Reason) -> None:
    """Adjust stock by the differences found in a count. Raises OutOfStock if less would remain than is reserved."""
    with transaction.atomic():
        if not any(differences.values()):
            return
        lock_products_of(differences)  # before the first of two movements
        more = {key: each for key, each in differences.items() if each > 0}
        less = {key: -each for key, each in differences.items() if each < 0}
        _move(more, Kind.CORRECT, reason, on_hand=1)
        _require_stock(_move(less, Kind.CORRECT, reason, guard="available", on_hand=-1))


def _move(
    quantities: Quantities,
    kind: StockMovement.Kind,
    reason: Reason,
    *,
    guard: str = "",
    on_hand: int = 0,
    reserved: int = 0,
    sold: int = 0,
) -> list[int]:
    """Change the variants whose guard holds and record each movement. Return the keys of the other variants."""
    changes = {key: quantity for key, quantity in quantities.items() if quantity}
    if any(quantity < 0 for quantity in changes.values()):
        raise ValueError("Quantities must not be negative.")
    product_keys = lock_products_of(changes)
    refused, movements = [key for key in changes if key not in product_keys], []
    for key, product in product_keys.items():
        units = changes[key]
        change: dict[str, Any] = {}
        if on_hand:
            change["on_hand"] = F("on_hand") + on_hand * units
        if reserved:
            change["reserved"] = F("reserved") + reserved * units
        if not Variant.objects.filter(_condition(guard, units), pk=key).update(**change):
            refused.append(key)
            continue
        movement = StockMovement(
            variant_id=key,
            kind=kind,
            on_hand_change=on_hand * units,
            reserved_change=reserved * units,
            reference=reason.reference,
            who=reason.who,
            at=reason.now,
        )
        movements.append(movement)
        if sold:
            count = Greatest(F("sold_count") + sold * units, 0)
            Product.objects.filter(pk=product).update(sold_count=count)
    StockMovement.objects.bulk_create(movements)
    return refused


def _condition(guard: str, units: int) -> Q:
    if guard == "reserved":
        return Q(reserved__gte=units)
    return Q(on_hand__gte=F("reserved") + units) if guard else Q()


def _require_stock(refused: list[int]) -> None:
    if refused:
        left = dict(Variant.objects.filter(pk__in=refused).values_list("pk", F("on_hand") - F("reserved")))
        raise OutOfStock({key: left.get(key, 0) for key in refused})


def _require_reserved(refused: list[int]) -> None:
    if refused:
        raise StockMismatch(f"Fewer units of the variants {sorted(refused)} are reserved than the order needs.")

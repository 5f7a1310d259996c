"""The only file that writes stock. One conditional UPDATE per variant, never a read followed by a write.

`on_hand` is what the shop has and has not sold, `reserved` the part of it that unpaid orders hold. The products are
locked first (`catalog.locks`), so that two orders can wait for each other, but never both at once.
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
Quantities = Mapping[int, int]


@dataclass(frozen=True)
class Because:
    """Who moves stock, for what, and when; becomes part of each movement."""

    who: str
    reference: str
    now: datetime


class OutOfStock(ValueError):
    """Some variants have fewer pieces than asked for: `available` maps their keys to what is left."""

    def __init__(self, available: dict[int, int]) -> None:
        super().__init__(f"Too few pieces of the variants {sorted(available)}.")
        self.available = available


class StockMismatch(RuntimeError):
    """What was to be given back or sold is not reserved: a mistake of the program, nothing was written."""


def reserve(quantities: Quantities, because: Because) -> None:
    """Set pieces aside. All or nothing: raises OutOfStock, and then nothing was set aside."""
    with transaction.atomic():
        short = _move(quantities, Kind.RESERVE, because, guard="on_hand - reserved", reserved=1)
        if short:
            left = dict(Variant.objects.filter(pk__in=short).values_list("pk", F("on_hand") - F("reserved")))
            raise OutOfStock({key: left.get(key, 0) for key in short})


def release(quantities: Quantities, because: Because) -> None:
    """Give back what an order had set aside. Raises StockMismatch where less is reserved."""
    with transaction.atomic():
        _all_or_mismatch(_move(quantities, Kind.RELEASE, because, guard="reserved", reserved=-1))


def consume(quantities: Quantities, because: Because) -> None:
    """Sell what was set aside; the products' `sold_count` grows. Raises StockMismatch where less is reserved."""
    with transaction.atomic():
        moved = _move(quantities, Kind.CONSUME, because, guard="reserved", on_hand=-1, reserved=-1, sold=1)
        _all_or_mismatch(moved)


def restock(quantities: Quantities, because: Because) -> None:
    """Put back on the shelf what a customer had bought; it no longer counts as sold."""
    with transaction.atomic():
        _move(quantities, Kind.RESTOCK, because, guard=None, on_hand=1, sold=-1)


def receive(quantities: Quantities, because: Because) -> None:
    """Put on the shelf what a supplier delivered."""
    with transaction.atomic():
        _move(quantities, Kind.RECEIVE, because, guard=None, on_hand=1)


def correct(differences: Quantities, because: Because) -> None:
    """Change what is on hand by what a count found, up or down.

    Raises OutOfStock where the shelf would hold less than what orders have set aside.
    """
    with transaction.atomic():
        if not any(differences.values()):
            return
        lock_products_of(differences)  # of both movements at once
        more = {key: each for key, each in differences.items() if each > 0}
        less = {key: -each for key, each in differences.items() if each < 0}
        _move(more, Kind.CORRECT, because, guard=None, on_hand=1)
        short = _move(less, Kind.CORRECT, because, guard="on_hand - reserved", on_hand=-1)
        if short:
            left = dict(Variant.objects.filter(pk__in=short).values_list("pk", F("on_hand") - F("reserved")))
            raise OutOfStock({key: left.get(key, 0) for key in short})


def _move(
    quantities: Quantities,
    kind: StockMovement.Kind,
    because: Because,
    *,
    guard: str | None,
    on_hand: int = 0,
    reserved: int = 0,
    sold: int = 0,
) -> list[int]:
    """The keys of those variants whose guard did not hold; all others were changed, each with its movement."""
    wanted = {key: quantity for key, quantity in quantities.items() if quantity}
    if any(quantity < 0 for quantity in wanted.values()):
        raise ValueError("Quantities of stock are positive; another verb goes the other way.")
    places = lock_products_of(wanted)
    refused, movements = [key for key in wanted if key not in places], []
    for key, product in places.items():
        pieces = wanted[key]
        change: dict[str, Any] = {}
        if on_hand:
            change["on_hand"] = F("on_hand") + on_hand * pieces
        if reserved:
            change["reserved"] = F("reserved") + reserved * pieces
        if not Variant.objects.filter(_holds(guard, pieces), pk=key).update(**change):
            refused.append(key)
            continue
        movements.append(_movement(key, kind, because, on_hand * pieces, reserved * pieces))
        if sold:
            _count_as_sold(product, sold * pieces)
    StockMovement.objects.bulk_create(movements)
    return refused


def _holds(guard: str | None, pieces: int) -> Q:
    if guard == "reserved":
        return Q(reserved__gte=pieces)
    return Q(on_hand__gte=F("reserved") + pieces) if guard else Q()


def _movement(key: int, kind: StockMovement.Kind, because: Because, on_hand: int, reserved: int) -> StockMovement:
    return StockMovement(
        variant_id=key,
        kind=kind,
        on_hand_change=on_hand,
        reserved_change=reserved,
        reference=because.reference,
        who=because.who,
        at=because.now,
    )


def _count_as_sold(product: int, pieces: int) -> None:
    Product.objects.filter(pk=product).update(sold_count=Greatest(F("sold_count") + pieces, 0))


def _all_or_mismatch(refused: list[int]) -> None:
    if refused:
        raise StockMismatch(f"Less is reserved of the variants {sorted(refused)} than was to be moved.")

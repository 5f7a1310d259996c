"""The wishlist of a guest: product keys in the session, newest first."""

from collections.abc import MutableMapping
from typing import Any

from shop.wishlist.services import MAX_ITEMS, WishlistFullError

KEY = "wishlist"
Session = MutableMapping[str, Any]


def guest_ids(session: Session) -> list[int]:
    return list(session.get(KEY, []))


def add_for_guest(session: Session, product: int) -> int:
    """Add a product and return the new number of items. Raises WishlistFullError."""
    ids = guest_ids(session)
    if product not in ids:
        if len(ids) >= MAX_ITEMS:
            raise WishlistFullError
        session[KEY] = ids = [product, *ids]
    return len(ids)


def remove_for_guest(session: Session, product: int) -> None:
    ids = guest_ids(session)
    if product in ids:
        session[KEY] = [each for each in ids if each != product]


def take_from_guest(session: Session) -> list[int]:
    """Return the guest's wishlist and remove it from the session."""
    return list(session.pop(KEY, []))

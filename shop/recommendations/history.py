"""The products that a visitor viewed: keys in the session, latest first. Nothing else stores or logs them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from django.conf import settings

from visualsearch.recommendations import MAX_VIEWED

KEY = "viewed"
Session = MutableMapping[str, Any]


def viewed_ids(session: Session) -> list[int]:
    """Return the keys of the viewed products, latest first. A visitor without a session costs no query."""
    stored = session.get(KEY) if settings.RECOMMENDATIONS else None
    ids = stored if isinstance(stored, list) else []
    return [key for key in ids if isinstance(key, int) and not isinstance(key, bool)][:MAX_VIEWED]


def remember(session: Session, product: int) -> None:
    """Put the product first. Nothing is written if it is first already, or if the shop remembers nothing."""
    ids = viewed_ids(session)
    if settings.RECOMMENDATIONS and ids[:1] != [product]:
        session[KEY] = [product, *(each for each in ids if each != product)][:MAX_VIEWED]


def forget(session: Session) -> None:
    """Remove the history from the session."""
    session.pop(KEY, None)

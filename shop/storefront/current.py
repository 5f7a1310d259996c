"""The shop's settings, as every page, email and invoice reads them."""

from __future__ import annotations

from functools import lru_cache

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from shop.database.shared_copy import SharedCopy
from shop.storefront import colours
from shop.storefront.models import ShopSettings, from_environment

_copy: SharedCopy[ShopSettings | None] = SharedCopy(
    lambda: ShopSettings.objects.defer("logo").filter(pk=ShopSettings.PK).first(), lambda: None
)


def shop_settings() -> ShopSettings:
    """Return the shop's settings without a query: the row of the database, or else the environment's."""
    return _copy.get() or from_environment()


def shop_currency() -> str:
    """Return the currency of all prices. `catalog.prices` asks for it."""
    row = _copy.get()
    return row.currency if row else ""


def forget_settings() -> None:
    """Read the settings again, since they have changed."""
    _copy.forget()


@transaction.atomic
def settings_row() -> ShopSettings:
    """Return the row to change, locked. Creates it from the environment."""
    rows = ShopSettings.objects.select_for_update()
    try:
        return rows.get(pk=ShopSettings.PK)
    except ObjectDoesNotExist:
        fresh = from_environment()
        ShopSettings.objects.bulk_create([fresh], ignore_conflicts=True)  # another request may be first
        forget_settings()
        return rows.get(pk=ShopSettings.PK)


@lru_cache(maxsize=8)
def mail_colours(accent: str, background: str) -> dict[str, str]:
    """Return the colours of emails, which know neither style sheets nor dark mode."""
    shades = colours.light_shades(accent, background)
    return {
        "accent": shades.get("accent", colours.ACCENT),
        "on_accent": shades.get("on-accent", "#f5faf7"),
        "paper": shades.get("paper", colours.PAPER),
    }

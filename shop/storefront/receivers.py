"""Receivers that keep the copies in memory current, and give the catalogue the shop's currency."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from catalog.prices import use_currency_of
from shop.storefront.current import forget_settings, shop_currency
from shop.storefront.models import ShopSettings

use_currency_of(shop_currency)


@receiver([post_save, post_delete], sender=ShopSettings, dispatch_uid="storefront.forget_settings")
def forget_copy(**kwargs: Any) -> None:
    """Show the change on the next page."""
    forget_settings()

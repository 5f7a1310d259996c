from typing import Any

from django.http import HttpRequest

from shop.storefront.current import shop_settings


def shop(request: HttpRequest) -> dict[str, Any]:
    """Give every template the shop's settings, and its name, currency and delivery note."""
    settings = shop_settings()
    return {
        "storefront": settings,
        "shop_name": settings.name,
        "currency": settings.currency,
        "delivery_note": settings.delivery_note,
    }

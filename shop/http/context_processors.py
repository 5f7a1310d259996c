"""What every template may say about the shop."""

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, str]:
    """The shop's name and currency, and when what is in stock will be sent."""
    return {
        "shop_name": settings.SHOP_NAME,
        "currency": settings.CURRENCY,
        "delivery_note": settings.DELIVERY_NOTE,
    }

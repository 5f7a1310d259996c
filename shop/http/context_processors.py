from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, str]:
    """Give every template the shop's name, its currency and the delivery note."""
    return {
        "shop_name": settings.SHOP_NAME,
        "currency": settings.CURRENCY,
        "delivery_note": settings.DELIVERY_NOTE,
    }

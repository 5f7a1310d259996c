"""Template tags for pictures and prices."""

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from babel.core import UnknownLocaleError
from babel.numbers import format_currency
from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from catalog import cards, fragments
from catalog.models import Product, ProductImage, upload_url
from catalog.pictures.services import ENCODINGS
from catalog.prices import shop_currency

register = template.Library()
FALLBACK_WIDTH = 640  # for browsers without srcset


@register.inclusion_tag("components/_picture.html")
def picture(
    image: ProductImage, sizes: str = "100vw", priority: bool = False, alt: str | None = None
) -> dict[str, Any]:
    """Show a picture in the best format and size for the screen, or its upload until it has renditions."""
    context: dict[str, Any] = {
        "image": image,
        "alt": image.alt if alt is None else alt,
        "width": image.width,
        "height": image.height,
        "sizes": sizes,
        "priority": priority,
    }
    widths = image.rendition_widths
    if not widths:
        return {**context, "sources": [], "srcset": "", "src": upload_url(image.sha256)}
    *modern, fallback = ENCODINGS
    sources = [{"type": f"image/{extension}", "srcset": _srcset(image, extension)} for extension in modern]
    width = next((width for width in widths if width >= FALLBACK_WIDTH), widths[-1])
    return {
        **context,
        "sources": sources,
        "srcset": _srcset(image, fallback),
        "src": image.rendition_url(width, fallback),
    }


@register.simple_tag
def card_core(product: Product, image: ProductImage | None = None, priority: bool = False) -> SafeString:
    """Show the core of a product's card, with its cover unless another picture is given."""
    return cards.card_core(product, image or product.cover, is_priority=bool(priority))


@register.simple_tag
def fragment(template: str, **facts: Hashable) -> SafeString:
    """Include a template that shows these facts only, and keep the result in memory."""
    return fragments.fragment(template, **facts)


@register.filter
def money(amount: Decimal | None) -> str:
    """Format an amount in the shop's currency for the current language. None becomes an empty string."""
    if amount is None:
        return ""
    try:
        return format_currency(amount, shop_currency(), locale=to_locale(get_language() or "en"))
    except UnknownLocaleError:
        return format_currency(amount, shop_currency(), locale="en")


def _srcset(image: ProductImage, extension: str) -> str:
    return ", ".join(f"{image.rendition_url(width, extension)} {width}w" for width in image.rendition_widths)

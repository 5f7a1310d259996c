"""The core of a product card: what it shows of the product alone, rendered once and kept in memory.

The template renders a copy of the product that has only the fields of the cache key, and the key is read from the row
that the page has loaded. A card therefore never shows an old price: another price is another key, whoever wrote it.
"""

from __future__ import annotations

import time
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from catalog.models import Product, ProductImage
from catalog.prices import shop_currency

MAX_CARDS = 4_096  # per process, about 2 KB each
CACHE_SECONDS = 300  # URLs of pictures in an object store may expire
PRODUCT = ("title", "slug", "brand", "price_amount", "compare_at_amount", "is_in_stock", "rating_count",
           "rating_average")  # fmt: skip
PICTURE = ("sha256", "alt", "width", "height")

_product_facts = attrgetter(*PRODUCT)
_picture_facts = attrgetter(*PICTURE)


def card_core(product: Product, cover: ProductImage | None, *, is_priority: bool = False) -> SafeString:
    """Return picture, title, brand, price, rating and badge of the product."""
    picture = cover and (*_picture_facts(cover), tuple(cover.rendition_widths))
    place = (get_language(), shop_currency(), get_script_prefix(), int(time.monotonic() / CACHE_SECONDS))
    return _rendered(_product_facts(product), picture, is_priority, place)


@lru_cache(maxsize=MAX_CARDS)
def _rendered(
    product: tuple[Any, ...], picture: tuple[Any, ...] | None, is_priority: bool, _place: tuple[Any, ...]
) -> SafeString:
    context = {"product": Product(**dict(zip(PRODUCT, product, strict=True))), "priority": is_priority}
    if picture is not None:
        names = (*PICTURE, "rendition_widths")
        context["cover"] = ProductImage(**dict(zip(names, picture, strict=True)))
    return SafeString(get_template("components/_card_core.html").render(context))  # already safe, which its type hides

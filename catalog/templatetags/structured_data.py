"""Structured data for search engines: products and breadcrumbs as JSON-LD (schema.org)."""

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Category, Product, ProductImage, Variant
from catalog.prices import shop_currency

register = template.Library()

# Prevents text from closing the script element.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def product_data(
    context: dict[str, Any], product: Product, images: Iterable[ProductImage], variants: Iterable[Variant]
) -> SafeString:
    """Return the product with its pictures and one offer per variant."""
    request: HttpRequest = context["request"]
    address = request.build_absolute_uri(product.get_absolute_url())
    offers = [_offer(variant, address) for variant in variants]
    data = {
        "@type": "Product",
        "name": product.title,
        "description": product.description,
        "url": address,
        "image": [request.build_absolute_uri(image.largest_url) for image in images if image.rendition_widths],
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "sku": offers[0]["sku"] if len(offers) == 1 else None,
        "aggregateRating": _rating(product),
        "offers": offers,
    }
    return _script({name: value for name, value in data.items() if value})


@register.simple_tag(takes_context=True)
def breadcrumb_data(context: dict[str, Any], categories: Iterable[Category], here: str = "") -> SafeString:
    """Return the breadcrumbs of this page. `here` is its title if it is not a category."""
    request: HttpRequest = context["request"]
    steps = [("Home", reverse("catalog:home")), *((each.name, each.get_absolute_url()) for each in categories)]
    if here:
        steps.append((here, request.path))
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": request.build_absolute_uri(address)}
        for number, (name, address) in enumerate(steps, start=1)
    ]
    return _script({"@type": "BreadcrumbList", "itemListElement": items})


def _rating(product: Product) -> dict[str, Any] | None:
    if not product.rating_count:
        return None
    return {
        "@type": "AggregateRating",
        "ratingValue": str(product.rating_average),
        "reviewCount": product.rating_count,
        "bestRating": 5,
        "worstRating": 1,
    }


def _offer(variant: Variant, address: str) -> dict[str, Any]:
    stock = "InStock" if variant.available > 0 else "OutOfStock"
    data = {
        "@type": "Offer",
        "sku": variant.sku,
        "gtin": variant.barcode or None,
        "price": str(variant.price_amount),
        "priceCurrency": shop_currency(),
        "availability": f"https://schema.org/{stock}",
        "url": address,
    }
    return {name: value for name, value in data.items() if value is not None}


def _script(data: dict[str, Any]) -> SafeString:
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above

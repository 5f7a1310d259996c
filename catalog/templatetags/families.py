"""Template tag of product families."""

from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.models import MAX_ON_CARD, Product
from catalog.models.family import Member, members_of, swatches_of

register = template.Library()
MAX_RENDERED = 8_192  # kept in memory per process, about 2 KB each


@register.simple_tag
def swatches(product: Product, on_card: bool = False) -> SafeString:
    """Show the members of the product's family. No query; the product must be loaded with its family.

    Lists show the same swatches again and again, so they are kept in memory by everything that they show.
    """
    members = members_of(getattr(product, "family_members", None))
    return _rendered(product.pk, members, on_card, get_language()) if members else SafeString("")


@lru_cache(maxsize=MAX_RENDERED)
def _rendered(key: int, members: tuple[Member, ...], on_card: bool, _language: str | None) -> SafeString:
    shown = swatches_of(key, members)
    has_more = on_card and len(shown) == MAX_ON_CARD
    facts = {"swatches": shown[: MAX_ON_CARD - 1] if has_more else shown, "has_more": has_more, "on_card": on_card}
    return mark_safe(get_template("components/_swatches.html").render(facts))  # noqa: S308 - the template escapes

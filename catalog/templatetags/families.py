"""Template tag of product families."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.models import MAX_ON_CARD, Product
from catalog.models.family import swatches_of

register = template.Library()
MAX_RENDERED = 4_096  # kept in memory per process, about 2 KB each
Member = tuple[tuple[str, Any], ...]


@register.simple_tag
def swatches(product: Product, on_card: bool = False) -> SafeString:
    """Show the other members of the product's family. No query; the product must be loaded with its family.

    A list shows the same swatches again and again, so what was rendered is kept in memory. Its key is all that shows.
    """
    members: list[dict[str, Any]] = getattr(product, "family_members", None) or []
    if len(members) < 2:
        return SafeString("")
    key = tuple(_frozen(member) for member in members)
    return _rendered(product.pk, key, on_card, get_language())


def _frozen(member: dict[str, Any]) -> Member:
    picture = member["picture"]
    frozen = picture and (picture["file"], picture["sha256"], tuple(picture["widths"]))
    return tuple({**member, "picture": frozen}.items())


def _thawed(member: Member) -> dict[str, Any]:
    fields = dict(member)
    if fields["picture"]:
        fields["picture"] = dict(zip(("file", "sha256", "widths"), fields["picture"], strict=True))
    return fields


@lru_cache(maxsize=MAX_RENDERED)
def _rendered(key: int, members: tuple[Member, ...], on_card: bool, _language: str | None) -> SafeString:
    shown = swatches_of(key, [_thawed(member) for member in members])
    has_more = on_card and len(shown) == MAX_ON_CARD
    facts = {"swatches": shown[: MAX_ON_CARD - 1] if has_more else shown, "has_more": has_more, "on_card": on_card}
    return mark_safe(get_template("components/_swatches.html").render(facts))  # noqa: S308 - the template escapes

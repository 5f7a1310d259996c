"""Swatches: the visible members of a product's family, loaded with the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from catalog.models.picture import ProductImage

if TYPE_CHECKING:
    from catalog.models.product import ProductQuerySet

MAX_FAMILY = 24  # members that a product page shows
MAX_ON_CARD = 7  # members that a card loads; it shows one fewer and a sign that there are more


class Swatch(NamedTuple):
    """A member of a family: what tells it apart, and a small picture of it ("" if it has none)."""

    url: str
    label: str
    picture: str
    is_in_stock: bool
    is_current: bool


def members_json(visible: ProductQuerySet, limit: int) -> ArraySubquery:
    """Return an expression for the first members of a product's family, in order of creation.

    A product without a family costs one look-up in an index that holds no such products.
    """
    cover = ProductImage.objects.filter(product=OuterRef("pk")).order_by("position", "pk")
    picture = Subquery(cover.values(json=JSONObject(file="file", sha256="sha256", widths="rendition_widths"))[:1])
    members = visible.exclude(family="").filter(family=OuterRef("family")).order_by("pk")
    shown = JSONObject(id="pk", slug="slug", title="title", is_in_stock="is_in_stock", picture=picture)
    return ArraySubquery(members.values(json=shown)[:limit])


def swatches_of(key: int, members: Sequence[Mapping[str, Any]] | None) -> list[Swatch]:
    """Return the swatches of the product with this key. A product that is alone has none."""
    if not members or len(members) < 2:
        return []
    shared = _shared_words(member["title"] for member in members)
    return [
        Swatch(
            url=reverse("catalog:product", args=[member["slug"]]),
            label=member["title"][shared:].lstrip(" ,-–—(:/|").rstrip(" )") or member["title"],
            picture=_picture_url(member["picture"]),
            is_in_stock=member["is_in_stock"],
            is_current=member["id"] == key,
        )
        for member in members
    ]


def _shared_words(titles: Iterable[str]) -> int:
    """Return the length of the beginning that all titles share, in whole words."""
    every = list(titles)
    first, last = min(every), max(every)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    is_whole = all(len(title) == same or not title[same].isalnum() for title in every)
    return same if is_whole else max(first.rfind(" ", 0, same) + 1, 0)


def _picture_url(picture: Mapping[str, Any] | None) -> str:
    """Return the URL of the smallest rendition, or of the original until there are renditions."""
    if picture is None:
        return ""
    image = ProductImage(sha256=picture["sha256"], file=picture["file"])
    widths = picture["widths"]
    return image.rendition_url(widths[0], "jpg") if widths else str(default_storage.url(picture["file"]))

"""Swatches: the visible members of a product's family, loaded with the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import F, Func, JSONField
from django.urls import reverse

from catalog.models.picture import SHOWN, ProductImage, upload_url

MAX_FAMILY = 24  # members that a product page shows
MAX_ON_CARD = 7  # members that a card loads; it shows one fewer and a sign that there are more


class Member(NamedTuple):
    """A row of FamilyMembers: a product and its cover, whose fields are None if it has none."""

    pk: int
    slug: str
    title: str
    is_in_stock: bool
    file: str | None
    sha256: str | None
    widths: tuple[int, ...]


class Swatch(NamedTuple):
    """A member of a family: what tells it apart, and a small picture of it ("" if it has none)."""

    url: str
    label: str
    picture: str
    is_in_stock: bool
    is_current: bool


class FamilyMembers(Func):
    """The first visible members of a product's family, in order of creation; NULL without a family.

    SQL, because every list of products has it: the same built of subqueries took a millisecond more to compile. Like
    `ProductQuerySet.visible`, it leaves out drafts and what is scheduled for later.
    """

    template = """CASE WHEN %(expressions)s <> '' THEN (
        SELECT jsonb_agg(jsonb_build_array(member.id, member.slug, member.title, member.is_in_stock, cover.file,
                                           cover.sha256, cover.rendition_widths) ORDER BY member.id)
        FROM (
            SELECT own.id, own.slug, own.title, own.is_in_stock FROM catalog_product AS own
            WHERE own.family = %(expressions)s AND own.family <> ''
              AND (own.status = 'published' OR own.status = 'scheduled' AND own.publish_at <= statement_timestamp())
            ORDER BY own.id LIMIT %(limit)s
        ) AS member LEFT JOIN LATERAL (
            SELECT file, sha256, rendition_widths FROM catalog_productimage AS picture
            WHERE picture.product_id = member.id AND {shown} ORDER BY picture.position, picture.id LIMIT 1
        ) AS cover ON true
    ) END""".replace("{shown}", SHOWN)
    output_field = JSONField()

    def __init__(self, limit: int) -> None:
        super().__init__(F("family"), limit=limit)


def members_of(stored: Sequence[Sequence[Any]] | None) -> tuple[Member, ...]:
    """Return what FamilyMembers loaded. A product that is alone in its family has no members."""
    if not stored or len(stored) < 2:
        return ()
    return tuple(Member._make((*each[:6], tuple(each[6] or ()))) for each in stored)


def swatches_of(key: int, members: Sequence[Member]) -> list[Swatch]:
    """Return the swatches for the product with this key."""
    shared = _shared_words(member.title for member in members) if members else 0
    return [
        Swatch(
            url=reverse("catalog:product", args=[member.slug]),
            label=member.title[shared:].lstrip(" ,-–—(:/|").rstrip(" )") or member.title,
            picture=_picture_url(member),
            is_in_stock=member.is_in_stock,
            is_current=member.pk == key,
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


def _picture_url(member: Member) -> str:
    """Return the URL of the smallest rendition, or of the upload until there are renditions."""
    if not member.sha256:
        return ""
    if member.widths:
        return ProductImage(sha256=member.sha256).rendition_url(member.widths[0], "jpg")
    return upload_url(member.sha256)

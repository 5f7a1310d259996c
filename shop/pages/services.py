"""Send messages from the contact form, and write the drafts of a new shop."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from shop.mail import queue_mail
from shop.pages.models import Page
from shop.pages.starter import DRAFTS
from shop.pages.text import filled_in
from shop.storefront.current import shop_settings


def send_message(message: Mapping[str, str], now: datetime) -> None:
    """Queue the message for the owner. A form submitted twice within a minute sends one email."""
    context = {name: message[name] for name in ("name", "email", "order", "message")}
    reference = hashlib.sha256(f"{sorted(context.items())} {now:%Y-%m-%d %H:%M}".encode()).hexdigest()
    shop = shop_settings()
    queue_mail("pages/message", shop.email or shop.sender, reference, {**context, "reply_to": context["email"]}, now)


def lacks_drafts() -> bool:
    """Return True if a kind of page has neither a page nor a draft."""
    return Page.objects.filter(kind__in=[draft.kind for draft in DRAFTS]).count() < len(DRAFTS)


def legal_texts() -> list[tuple[str, str]]:
    """Return the file names and texts of terms and right of withdrawal, which buyers must be able to keep."""
    pages = Page.objects.public().filter(kind__in=[Page.Kind.TERMS, Page.Kind.WITHDRAWAL])
    shop = shop_settings()
    return [(f"{page.kind}.txt", f"{page.title}\n\n{filled_in(page.text, shop)}\n") for page in pages]


@transaction.atomic
def write_drafts() -> int:
    """Write the drafts of kinds that have no page yet, unpublished. Return their number."""
    kinds = set(Page.objects.values_list("kind", flat=True))
    slugs = set(Page.objects.values_list("slug", flat=True))
    pages = [
        Page(kind=draft.kind, title=draft.title, slug=draft.slug, text=draft.text, position=position)
        for position, draft in enumerate(DRAFTS)
        if draft.kind not in kinds and draft.slug not in slugs
    ]
    return len(Page.objects.bulk_create(pages, ignore_conflicts=True))

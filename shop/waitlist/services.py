"""The waitlist: customers ask to be notified once when a variant is back in stock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.models import Product, Variant
from shop.mail import queue_mail
from shop.waitlist.models import Waiting

MAX_PER_ADDRESS = 30  # so that a stranger cannot flood a mailbox
BATCH_SIZE = 200  # emails per sweep
MAX_WAIT = timedelta(days=365)
RETENTION = timedelta(days=90)  # after the email, so that its unsubscribe link keeps working


class WaitRefused(ValueError):
    """The request was refused. The message says why and what to do instead."""


def wait_for(variant_id: int, email: str, now: datetime) -> Waiting:
    """Put the address on the waitlist of a sold-out variant. Idempotent.

    Raises WaitRefused for variants in stock or no longer sold, and above the limit per address.
    """
    shown = Product.objects.visible(now)
    variant = Variant.objects.filter(pk=variant_id, product__in=shown).first()
    if variant is None:
        raise WaitRefused(_("This item is no longer sold. Try a photo search to find something similar."))
    if variant.available > 0:
        raise WaitRefused(_("This item is in stock. Add it to your cart."))
    address = email.strip().lower()
    others = Waiting.objects.of(address).pending().exclude(variant=variant)
    if others.count() >= MAX_PER_ADDRESS:
        raise WaitRefused(
            _("You are on the waitlist for too many items. To cancel, use the link in any of our emails.")
        )
    defaults = {"asked_at": now, "language": get_language() or settings.LANGUAGE_CODE}
    return Waiting.objects.get_or_create(variant=variant, email=address, told_at=None, defaults=defaults)[0]


def notify_waiting(now: datetime) -> int:
    """Queue the emails for variants that are back in stock, and return their number. Safe to run concurrently."""
    with transaction.atomic():
        rows = Waiting.objects.due(now).select_related("variant__product")
        # Rows locked by another sweep are skipped; that sweep notifies them.
        notified = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:BATCH_SIZE])
        for each in notified:
            _mail(each, now)
        Waiting.objects.filter(pk__in=[each.pk for each in notified]).update(told_at=now)
    return len(notified)


def stop_waiting(token: str) -> int:
    """Delete all waiting entries of the address with this token, and return their number. Idempotent."""
    entry = Waiting.objects.filter(token=token).first()
    return Waiting.objects.of(entry.email).pending().delete()[0] if entry else 0


def delete_old_entries(now: datetime) -> int:
    """Delete entries that have waited too long or were notified long ago, and return their number."""
    old = Q(told_at__lt=now - RETENTION) | Q(told_at=None, asked_at__lt=now - MAX_WAIT)
    return Waiting.objects.filter(old).delete()[0]


def _mail(waiting: Waiting, now: datetime) -> None:
    product = waiting.variant.product
    context = {
        "title": " · ".join(filter(None, [product.title, waiting.variant.label])),
        "url": f"{settings.SITE_URL}{product.get_absolute_url()}",
        "unsubscribe_url": f"{settings.SITE_URL}{reverse('waitlist:stop', args=[waiting.token])}",
    }
    queue_mail(
        "waitlist/back_in_stock", waiting.email, f"waiting:{waiting.pk}", context, now, language=waiting.language
    )

"""Waiting for something that has sold out: asking, being told once, asking no more."""

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

MOST = 30  # variants that one address waits for: nobody's mailbox is filled by somebody else
BATCH = 200  # mails a sweep
PATIENCE = timedelta(days=365)  # who has waited so long has bought something else
MEMORY = timedelta(days=90)  # for which the link in a mail that was sent still works


class WaitRefused(ValueError):
    """Nobody waits; the sentence says why and what to do instead."""


def wait_for(variant_id: int, email: str, now: datetime) -> Waiting:
    """The row of this address for this variant, which has sold out; asking twice gives the same row.

    Raises WaitRefused for what can be had, what is not sold (any more), and for too many at once.
    """
    shown = Product.objects.visible(now)
    variant = Variant.objects.filter(pk=variant_id, product__in=shown).first()
    if variant is None:
        raise WaitRefused(_("This article is not sold any more. Perhaps a photo finds something like it."))
    if variant.available > 0:
        raise WaitRefused(_("It can be had now: put it into your cart."))
    address = email.strip().lower()
    others = Waiting.objects.of(address).untold().exclude(variant=variant)
    if others.count() >= MOST:
        raise WaitRefused(_("You wait for very many articles already. End that by the link in any of our mails."))
    defaults = {"asked_at": now, "language": get_language() or settings.LANGUAGE_CODE}
    return Waiting.objects.get_or_create(variant=variant, email=address, told_at=None, defaults=defaults)[0]


def tell_waiting(now: datetime) -> int:
    """Queue the one mail of each who waits for something that can be had now; how many. Many may do so at once."""
    with transaction.atomic():
        rows = Waiting.objects.to_be_told(now).select_related("variant__product")
        # Whoever is being told by another sweep is passed over, and told by that one.
        told = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:BATCH])
        for each in told:
            _mail(each, now)
        Waiting.objects.filter(pk__in=[each.pk for each in told]).update(told_at=now)
    return len(told)


def stop_waiting(token: str) -> int:
    """Forget all that the address waits for which the token in its mail names; how many rows. Safe to run twice."""
    found = Waiting.objects.filter(token=token).first()
    return Waiting.objects.of(found.email).untold().delete()[0] if found else 0


def forget_old(now: datetime) -> int:
    """Delete who has waited for too long, and who was told long ago; how many."""
    old = Q(told_at__lt=now - MEMORY) | Q(told_at=None, asked_at__lt=now - PATIENCE)
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

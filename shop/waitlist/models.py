"""The waitlist: email addresses to notify when a variant is back in stock."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Variant


def new_token() -> str:
    """Return a random token for the unsubscribe link."""
    return secrets.token_urlsafe(24)


class WaitingQuerySet(models.QuerySet["Waiting"]):
    def pending(self) -> Self:
        """Entries that have not been notified yet."""
        return self.filter(told_at=None)

    def of(self, email: str) -> Self:
        """All entries of the email address, ignoring case."""
        return self.filter(email=email.strip().lower())

    def due(self, now: datetime) -> Self:
        """Entries to notify now: their variant is back in stock."""
        back = self.pending().filter(variant__on_hand__gt=F("variant__reserved"))
        return back.filter(variant__product__in=Product.objects.visible(now))


class Waiting(models.Model):
    """One email address waiting for one variant. It gets one email, at `told_at`."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+", verbose_name=_("variant"))
    email = models.EmailField(_("email address"), db_index=True)
    language = models.CharField(max_length=15)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(_("requested"))
    told_at = models.DateTimeField(_("notified"), null=True, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("waitlist entry")
        verbose_name_plural = _("waitlist entries")
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "email"], condition=Q(told_at=None), name="waiting_once_a_variant"
            ),
            models.CheckConstraint(name="waiting_email_in_small_letters", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return f"{self.email} for {self.variant}"

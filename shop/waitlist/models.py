"""Who wants to hear when something that has sold out can be had again."""

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
    """What names a row in the link that ends it: nobody can guess it."""
    return secrets.token_urlsafe(24)


class WaitingQuerySet(models.QuerySet["Waiting"]):
    """Filters that read as sentences."""

    def untold(self) -> Self:
        """Those who still wait for their mail."""
        return self.filter(told_at=None)

    def of(self, email: str) -> Self:
        """All rows of the address, in whichever case it was typed."""
        return self.filter(email=email.strip().lower())

    def to_be_told(self, now: datetime) -> Self:
        """Those who wait for something that can be had now."""
        back = self.untold().filter(variant__on_hand__gt=F("variant__reserved"))
        return back.filter(variant__product__in=Product.objects.visible(now))


class Waiting(models.Model):
    """One address that waits for one variant. With its one mail, the row has done its work: `told_at` says when."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+", verbose_name=_("variant"))
    email = models.EmailField(_("e-mail address"), db_index=True)
    language = models.CharField(max_length=15)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(_("asked"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("waiting customer")
        verbose_name_plural = _("waiting customers")
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "email"], condition=Q(told_at=None), name="waiting_once_a_variant"
            ),
            models.CheckConstraint(name="waiting_email_in_small_letters", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return f"{self.email} for {self.variant}"

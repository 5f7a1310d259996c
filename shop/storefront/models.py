"""The shop's own settings: one row, written when the owner first saves the form."""

from __future__ import annotations

import hashlib
from typing import Any

from babel.numbers import is_currency
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField, LinesField
from shop.postal.countries import is_country
from shop.storefront.colours import INK, MIN_BACKGROUND, contrast, dark_shades, is_colour, light_shades

STANDARD_NAME = "Semblance"


def validate_colour(text: str) -> None:
    """Raise ValidationError unless this is a colour such as #12453b."""
    if not is_colour(text):
        raise ValidationError(_("Enter a colour as # and six digits, such as #12453b."))


def validate_background(text: str) -> None:
    """Raise ValidationError if text would be hard to read on this background."""
    if is_colour(text) and (found := contrast(text, INK)) < MIN_BACKGROUND:
        sentence = _(
            "This background is too dark: text on it has a contrast of %(found).1f to 1, but needs %(least)d to 1. "
            "Choose a lighter colour. Pages in dark mode derive their own."
        )
        raise ValidationError(sentence, params={"found": found, "least": MIN_BACKGROUND})


def validate_currency(code: str) -> None:
    """Raise ValidationError unless this is a currency code."""
    if not is_currency(code):
        raise ValidationError(_("“%(code)s” is not a currency. Enter its code, such as EUR."), params={"code": code})


def validate_seller_country(code: str) -> None:
    """Raise ValidationError unless this is a country code."""
    if not is_country(code):
        raise ValidationError(
            _("“%(code)s” is not a country code. Enter two letters, such as DE."), params={"code": code}
        )


class ShopSettings(models.Model):
    """What the owner decides about the shop. Until the row exists, the environment decides."""

    PK = 1

    name = LineField(_("name"), max_length=60, help_text=_("On every page, in emails and on invoices."))
    tagline = LineField(
        _("tagline"),
        max_length=120,
        blank=True,
        help_text=_("What you sell, in one line. It heads the home page."),
    )
    logo = models.BinaryField(_("logo"), null=True, editable=False)
    logo_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    logo_width = models.PositiveSmallIntegerField(default=0, editable=False)
    logo_height = models.PositiveSmallIntegerField(default=0, editable=False)
    shows_name = models.BooleanField(
        _("name beside the logo"), default=True, help_text=_("Untick it if the logo contains the name.")
    )
    accent = models.CharField(
        _("main colour"), max_length=7, blank=True, validators=[validate_colour],
        help_text=_("For buttons and links. Shades for light and dark pages are derived so that text stays readable."),
    )  # fmt: skip
    background = models.CharField(
        _("background"), max_length=7, blank=True, validators=[validate_colour, validate_background],
        help_text=_("A light colour. Dark pages get a dark one of the same hue."),
    )  # fmt: skip
    address = LinesField(
        _("name and address of the seller"), max_length=500, blank=True,
        help_text=_("As on an envelope: on invoices, in the imprint, and where customers send returns."),
    )  # fmt: skip
    country = models.CharField(
        _("country"), max_length=2, validators=[validate_seller_country],
        help_text=_("Where you sell from. Totals are estimated for it until the customer's country is known."),
    )  # fmt: skip
    tax_number = LineField(
        _("VAT or tax number"), max_length=60, blank=True, help_text=_("On invoices and in the imprint.")
    )
    email = models.EmailField(
        _("email for customers"),
        blank=True,
        help_text=_("In the imprint. Messages from the contact form go here."),
    )
    phone = LineField(_("telephone for customers"), max_length=40, blank=True)
    sender = models.EmailField(
        _("sender of emails"), help_text=_("Your mail server must be allowed to send from this address.")
    )
    currency = models.CharField(
        _("currency"), max_length=3, validators=[validate_currency],
        help_text=_("Of all prices. It cannot be changed once something is sold."),
    )  # fmt: skip
    delivery_note = LineField(
        _("delivery time"), max_length=200, blank=True, help_text=_("A sentence beside products in stock.")
    )
    confirmed = ArrayField(models.CharField(max_length=30), default=list, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("shop settings")
        verbose_name_plural = _("shop settings")
        constraints = [models.CheckConstraint(name="shop_settings_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return self.name

    @property
    def is_saved(self) -> bool:
        """Whether the owner has saved settings. Until then, the environment decides."""
        return not self._state.adding

    @property
    def colour_version(self) -> str:
        """A short name for the shop's colours, or nothing for the standard ones."""
        both = f"{self.accent} {self.background}".lower()
        return hashlib.sha256(both.encode()).hexdigest()[:12] if both.strip() else ""

    @property
    def paper(self) -> str:
        """The background of light pages. Phones colour the bar of the browser like it."""
        return light_shades(self.accent, self.background).get("paper", "")

    @property
    def dark_paper(self) -> str:
        """The background of dark pages."""
        return dark_shades(self.accent, self.background).get("paper", "")

    @property
    def is_named(self) -> bool:
        """Whether the shop has a name of its own."""
        return self.name != STANDARD_NAME

    @property
    def has_square_logo(self) -> bool:
        """Whether the logo can also be the icon of the shop."""
        return bool(self.logo_sha256) and max(self.logo_width, self.logo_height) <= 1.3 * min(
            self.logo_width, self.logo_height
        )

    @property
    def return_lines(self) -> list[str]:
        """The address to which customers send returns."""
        return self.address.splitlines() or [self.name]

    @property
    def seller(self) -> str:
        """The head of invoices: address, tax number and how to reach the seller."""
        return "\n".join([*self.return_lines, *filter(None, [self.tax_number, self.email, self.phone])])


def from_environment() -> ShopSettings:
    """Return the settings of a shop whose owner has not saved any."""
    values: dict[str, Any] = {
        "name": settings.SHOP_NAME, "address": "" if settings.SELLER == settings.SHOP_NAME else settings.SELLER,
        "country": settings.SELLER_COUNTRY, "currency": settings.CURRENCY, "sender": _plain_sender(),
        "delivery_note": settings.DELIVERY_NOTE,
    }  # fmt: skip
    return ShopSettings(pk=ShopSettings.PK, **values)


def _plain_sender() -> str:
    """Return the address in DEFAULT_FROM_EMAIL, which may name the sender: Shop <shop@example.com>."""
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("<")[2].rstrip(">").strip()

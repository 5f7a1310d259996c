"""The postal address that the address book, orders and invoices share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.postal.countries import country_name

ADDRESS_FIELDS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country", "phone")


class PostalAddress(models.Model):
    """Columns of an address. `shop.postal.rules` decides what each country requires of them."""

    name = models.CharField(_("name"), max_length=150)
    company = models.CharField(_("company"), max_length=150, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200)
    line2 = models.CharField(_("apartment or floor"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("state or region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("Two-letter code (ISO 3166-1), such as DE."))
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self) -> str:
        return ", ".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The address as written on an envelope."""
        town = f"{self.postal_code} {self.city}".strip()
        lines = [self.name, self.company, self.line1, self.line2, town, self.region, country_name(self.country)]
        return [line for line in lines if line]

    @property
    def values(self) -> dict[str, str]:
        """The columns by name, to copy or compare an address."""
        return {name: getattr(self, name) for name in ADDRESS_FIELDS}

"""The classes that goods are taxed by. What a class costs differs by country; `shop.orders` knows it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxClass(models.TextChoices):
    """Most goods are of the standard class; countries tax some less, such as books or food, and some not at all."""

    STANDARD = "standard", _("standard")
    REDUCED = "reduced", _("reduced")
    ZERO = "zero", _("zero")

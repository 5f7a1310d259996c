"""Tax classes of products. Their rates depend on the country and belong to `shop.orders`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxClass(models.TextChoices):
    """Countries tax some products, such as books or food, at a reduced rate or not at all."""

    STANDARD = "standard", _("standard")
    REDUCED = "reduced", _("reduced")
    ZERO = "zero", _("zero")

"""What customers bought together, counted from the orders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Product


class BoughtTogether(models.Model):
    """Two products of the same orders; each pair has two rows. `services.count_pairs` writes them, with no customer.

    `score` is the cosine: 1 if the two are only bought together. It does not favour products that everyone buys.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Product, models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField(_("orders"))
    score = models.FloatField()

    class Meta:
        verbose_name = _("products bought together")
        verbose_name_plural = _("products bought together")
        constraints = [models.UniqueConstraint(fields=["product", "other"], name="bought_together_once")]

    def __str__(self) -> str:
        return f"{self.product_id} with {self.other_id}: {self.orders} orders"

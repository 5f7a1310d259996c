"""Wishlists, private until their customer shares them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from shop.accounts.models import Customer


class Wishlist(models.Model):
    """A customer's wishlist. Anyone with `share_token` can see it."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="wishlist", verbose_name=_("customer"))
    share_token = models.CharField(max_length=40, unique=True, null=True, editable=False)  # noqa: DJ001 - unique

    class Meta:
        verbose_name = _("wishlist")
        verbose_name_plural = _("wishlists")

    def __str__(self) -> str:
        return f"Wishlist of {self.customer}"


class WishlistItem(models.Model):
    wishlist = models.ForeignKey(Wishlist, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["wishlist", "product"], name="wishlist_product_once")]

    def __str__(self) -> str:
        return f"{self.product} on {self.wishlist}"

"""Addresses that rows had before they were renamed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.attributes import Attribute, AttributeValue
from catalog.models.category import Category


class FormerSlug(models.Model):
    """A slug that a product, a category, an attribute or one of its values had, and that no other row of it has now.

    Database triggers (migration 0016) write these rows, whoever renames, and remove them when a slug is given again:
    an old address never hides a row that lives there. They name rows, not slugs, so they cannot run in circles.
    """

    slug = models.CharField(_("slug"), max_length=200)
    product = models.ForeignKey("catalog.Product", models.CASCADE, null=True, related_name="former_slugs")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="former_slugs")
    attribute = models.ForeignKey(Attribute, models.CASCADE, null=True, related_name="former_slugs")
    value = models.ForeignKey(
        AttributeValue, models.CASCADE, null=True, related_name="former_slugs", help_text=_("Of this attribute.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=Q(product__isnull=False), name="former_product_once"),
            models.UniqueConstraint(fields=["slug"], condition=Q(category__isnull=False), name="former_category_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(attribute__isnull=False, value=None), name="former_attribute_once"
            ),
            models.UniqueConstraint(
                fields=["attribute", "slug"], condition=Q(value__isnull=False), name="former_value_once"
            ),
        ]
        verbose_name = _("former slug")
        verbose_name_plural = _("former slugs")

    def __str__(self) -> str:
        return self.slug

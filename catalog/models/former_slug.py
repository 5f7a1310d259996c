"""Slugs of renamed rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.attributes import Attribute, AttributeValue
from catalog.models.category import Category


class FormerSlug(models.Model):
    """A slug that a product, category, attribute or attribute value used to have and that is not in use now.

    Database triggers (migration 0016) add these rows on every rename and delete them when a slug is reused, so a
    former slug never hides a current one. They point to rows, not to slugs, so redirects cannot loop.
    """

    slug = models.CharField(_("slug"), max_length=200)
    product = models.ForeignKey("catalog.Product", models.CASCADE, null=True, related_name="former_slugs")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="former_slugs")
    attribute = models.ForeignKey(Attribute, models.CASCADE, null=True, related_name="former_slugs")
    value = models.ForeignKey(
        AttributeValue,
        models.CASCADE,
        null=True,
        related_name="former_slugs",
        help_text=_("A value of this attribute."),
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

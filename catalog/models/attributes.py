"""What products differ in, and the values they take."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# Names in the address bar that mean something else; no attribute may be called so.
RESERVED_NAMES = frozenset(
    {"category", "min_price", "max_price", "in_stock", "sort", "page", "format"}
    | {"q", "limit", "look", "sample", "region", "photo", "viewed"}
)


def validate_filter_name(slug: str) -> None:
    """Refuse an attribute whose filter would be taken for another one."""
    if slug in RESERVED_NAMES:
        raise ValidationError(
            _("“%(slug)s” already means something in addresses. Choose another."), params={"slug": slug}
        )


class Attribute(models.Model):
    """Something products differ in, such as colour. Its slug is the name of its filter."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(_("slug"), max_length=60, unique=True, validators=[validate_filter_name])
    is_filterable = models.BooleanField(_("offered as a filter"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """One value of an attribute, such as blue."""

    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values")
    value = models.CharField(_("value"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=110)

    class Meta:
        ordering = ["attribute__position", "attribute__name", "value"]
        constraints = [models.UniqueConstraint(fields=["attribute", "slug"], name="attribute_value_once")]
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")

    def __str__(self) -> str:
        return f"{self.attribute.name}: {self.value}"

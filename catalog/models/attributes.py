"""Product attributes and their values."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField
from catalog.text.slugs import SlugField
from catalog.text.sorting import SortKeyField

# Names of other request parameters that may appear alongside filters. A test compares them with forms, API and pages.
RESERVED_NAMES = frozenset(
    {"category", "min_price", "max_price", "in_stock", "sort", "page", "cursor", "format"}
    | {"q", "limit", "look", "sample", "region", "photo", "viewed", "network", "vector", "image", "thumbnail", "item"}
    | {"like", "more", "less", "by_colour", "closeness"}
    | {"attributes", "values", "text", "seen", "csrfmiddlewaretoken"}
)
RESERVED_PREFIX = "attribute-"
# Slugs of attributes that hold the colour of a product: feeds name it in their own language.
COLOUR_SLUGS = frozenset({"colour", "color", "farbe", "couleur", "kleur", "farve", "färg", "colore"})


def validate_filter_name(slug: str) -> None:
    """Raise ValidationError if the slug is the name of another request parameter."""
    if slug in RESERVED_NAMES:
        raise ValidationError(
            _("“%(slug)s” is reserved. Choose another slug, such as “%(instead)s”."),
            params={"slug": slug, "instead": filter_name(slug)},
        )


def filter_name(slug: str) -> str:
    """Return the slug to use for an attribute: reserved slugs get a prefix."""
    return f"{RESERVED_PREFIX}{slug}" if slug in RESERVED_NAMES else slug


def attribute_name(slug: str) -> str:
    """Return a display name derived from the slug of an attribute."""
    bare = slug.removeprefix(RESERVED_PREFIX)
    words = bare if filter_name(bare) == slug else slug
    return words.replace("-", " ").replace("_", " ").capitalize()


class Attribute(models.Model):
    """A property of products, such as colour. Its slug is the name of its filter parameter."""

    name = LineField(_("name"), max_length=60)
    sort_key = SortKeyField("name")
    slug = SlugField(_("slug"), max_length=60, unique=True, validators=[validate_filter_name], reserved=RESERVED_NAMES)
    is_filterable = models.BooleanField(_("offered as a filter"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "sort_key"]
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """A value of an attribute, such as blue. Feeds identify it by its text, filters by its slug."""

    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values")
    value = LineField(_("value"), max_length=100)
    sort_key = SortKeyField("value")
    slug = SlugField(_("slug"), source="value", max_length=110)

    class Meta:
        ordering = ["attribute__position", "attribute__sort_key", "sort_key"]
        constraints = [
            models.UniqueConstraint(fields=["attribute", "slug"], name="attribute_value_once"),
            models.UniqueConstraint(
                fields=["attribute", "value"],
                name="attribute_value_named_once",
                violation_error_message=_("The attribute already has this value."),
            ),
        ]
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")

    def __str__(self) -> str:
        return f"{self.attribute.name}: {self.value}"

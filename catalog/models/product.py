"""Products and their queryset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.dates import BoundedDateTimeField, within_bounds
from catalog.models.attributes import AttributeValue
from catalog.models.category import Category
from catalog.models.family import MAX_FAMILY, MAX_ON_CARD, FamilyMembers, Swatch, members_of, swatches_of
from catalog.models.fields import MAX_DESCRIPTION, HtmlField, LineField, LinesField
from catalog.models.picture import shown_pictures
from catalog.models.variant import Variant
from catalog.prices import PriceField
from catalog.taxes import TaxClass
from catalog.text.slugs import SlugField
from catalog.text.sorting import SortKeyField

if TYPE_CHECKING:
    from decimal import Decimal

    from catalog.models.picture import ProductImage

TEXTS = ("description", "description_html", "seo_title", "seo_description")  # read by the product page only
LOW_STOCK = 5  # units; at or below this, customers see the number and staff get an alert


class ProductQuerySet(models.QuerySet["Product"]):
    def visible(self, now: datetime) -> Self:
        """Products that customers may see: published, or scheduled for a time that has passed."""
        return self.filter(
            Q(status=Product.Status.PUBLISHED) | Q(status=Product.Status.SCHEDULED, publish_at__lte=now)
        )

    def in_category(self, category: Category) -> Self:
        """Products in the category or one of its subcategories."""
        return self.filter(category__path__startswith=category.path)

    def priced(self, at_least: Decimal | None = None, at_most: Decimal | None = None) -> Self:
        """Products whose lowest price is in this range, both ends included."""
        found = self if at_least is None else self.filter(price_amount__gte=at_least)
        return found if at_most is None else found.filter(price_amount__lte=at_most)

    def in_stock(self) -> Self:
        return self.filter(is_in_stock=True)

    def low_stock(self) -> Self:
        """Products with a variant that has 1 to LOW_STOCK units left."""
        left = models.F("on_hand") - models.F("reserved")
        few = Variant.objects.annotate(left=left).filter(product=models.OuterRef("pk"), left__range=(1, LOW_STOCK))
        return self.filter(models.Exists(few))

    def popular(self) -> Self:
        """Products that have been sold, best-selling first."""
        return self.filter(sold_count__gt=0).order_by("-sold_count", "-pk")

    def with_attributes(self, chosen: Mapping[str, Iterable[str]]) -> Self:
        """Products that have one of these values of each attribute, by slug."""
        found = self
        links = Product.attribute_values.through.objects
        for attribute, values in chosen.items():
            links_wanted = links.filter(
                product=models.OuterRef("pk"),
                attributevalue__attribute__slug=attribute,
                attributevalue__slug__in=list(values),
            )
            found = found.filter(models.Exists(links_wanted))
        return found

    def for_cards(self) -> Self:
        """Load what a product card shows, in two queries."""
        shown = self.with_family(MAX_ON_CARD).select_related("category").prefetch_related(shown_pictures())
        return shown.defer(*TEXTS, "skus", "keywords", "search_vector")

    def for_page(self) -> Self:
        """Load what a product page shows."""
        values = models.Prefetch("attribute_values", AttributeValue.objects.select_related("attribute"))
        shown = self.with_family(MAX_FAMILY).select_related("category")
        unused = ("skus", "keywords", "search_vector", "facet_values")
        return shown.prefetch_related(shown_pictures(), "variants", values).defer(*unused)

    def with_family(self, limit: int) -> Self:
        """Load up to `limit` visible members of each product's family, for `swatches`, in the same query."""
        return self.annotate(family_members=FamilyMembers(limit))


NOT_DRAFT = ~Q(status="draft")
IN_A_FAMILY = ~Q(family="")


class Product(models.Model):
    """A product with one or more variants.

    `price_amount`, `compare_at_amount`, `is_in_stock` and `skus` are copied from the variants, so that lists can sort
    and filter on one table. A database trigger (migration 0002) maintains them. Triggers also maintain `facet_values`,
    the keys of the attribute values, so that facets are counted without a join. `keywords` holds the names of category
    and attributes; `catalog.search.refresh_keywords` maintains it and `search_vector`. `search_version` is the version
    of the index, or 0 if the text has changed since.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        PUBLISHED = "published", _("published")

    title = LineField(_("title"), max_length=200)
    slug = SlugField(_("slug"), source="title", max_length=200, unique=True)
    brand = LineField(_("brand"), max_length=100, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", verbose_name=_("category"))
    description = LinesField(_("description"), max_length=MAX_DESCRIPTION, blank=True)
    # What customers see if it is filled in; `description` is then its text, for searches, lists and feeds.
    description_html = HtmlField(
        _("formatted description"),
        max_length=MAX_DESCRIPTION,
        blank=True,
        default="",
        db_default="",
        help_text=_("HTML with headings, paragraphs, lists and tables. If filled in, it replaces the description."),
    )
    seo_title = LineField(
        _("title for search engines"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Replaces title and brand in the title of the page."),
    )
    seo_description = LineField(
        _("description for search engines"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Replaces the first sentences of the description. About 155 characters are shown."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    publish_at = BoundedDateTimeField(_("publish at"))
    attribute_values = models.ManyToManyField(AttributeValue, related_name="products", blank=True)
    tax_class = models.CharField(
        _("tax class"), max_length=10, choices=TaxClass, default=TaxClass.STANDARD, db_default="standard"
    )
    sold_count = models.PositiveIntegerField(
        _("units sold"),
        default=0,
        db_default=0,
        help_text=_("Customers can sort products by it."),
    )
    family = LineField(
        _("family"),
        max_length=120,
        blank=True,
        db_default="",
        help_text=_(
            "Products that differ in one thing, such as colour, share a family, such as “halden-mug”. Customers see "
            "them as one another’s swatches. Without an entry of yours, the shop may suggest one from the titles."
        ),
    )
    # True once staff or a feed decided, even for no family. Otherwise `catalog.families` may fill `family`.
    is_family_chosen = models.BooleanField(default=False, db_default=False, editable=False)
    # Maintained by a trigger of the reviews.
    rating_count = models.PositiveIntegerField(_("ratings"), default=0, db_default=0, editable=False)
    rating_average = models.DecimalField(_("stars"), max_digits=3, decimal_places=2, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    price_amount = PriceField(null=True, editable=False)
    compare_at_amount = PriceField(null=True, editable=False)
    is_in_stock = models.BooleanField(default=False, editable=False)
    facet_values: models.Field[Sequence[int], list[int]] = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True, editable=False
    )
    sort_key = SortKeyField("title")
    skus = models.TextField(default="", blank=True, editable=False)
    keywords = models.TextField(default="", blank=True, editable=False)
    search_vector = SearchVectorField(null=True, editable=False)
    search_version = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [
            GinIndex(fields=["search_vector"], name="product_words"),
            models.Index(fields=["search_version"], name="product_words_version"),
            models.Index(fields=["family", "id"], name="product_family", condition=IN_A_FAMILY),
            models.Index(fields=["-created_at", "-id"], name="product_newest"),
            models.Index(fields=["-sold_count", "-id"], name="product_most_sold", condition=NOT_DRAFT),
            models.Index(  # the order of search results that match equally well
                F("is_in_stock").desc(),
                F("sold_count").desc(),
                F("rating_average").desc(nulls_last=True),
                F("created_at").desc(),
                F("id").desc(),
                name="product_best",
                condition=NOT_DRAFT,
            ),
            models.Index(fields=["price_amount", "id"], name="product_cheapest", condition=NOT_DRAFT),
            models.Index(
                F("price_amount").desc(nulls_last=True),
                F("id").desc(),
                name="product_dearest",
                condition=NOT_DRAFT,
            ),
            models.Index(fields=["sort_key", "id"], name="product_titles", condition=NOT_DRAFT),
            models.Index(fields=["brand"], name="product_brands", condition=NOT_DRAFT & Q(brand__gt="")),
            models.Index(
                fields=["category", "-created_at", "-id"], name="product_newest_in_category", condition=NOT_DRAFT
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="product_newest_reduced",
                condition=NOT_DRAFT & Q(compare_at_amount__isnull=False),
            ),
        ]
        constraints = [
            within_bounds("product", "publish_at"),
            models.CheckConstraint(
                name="product_scheduled_has_a_time",
                condition=~Q(status="scheduled") | Q(publish_at__isnull=False),
                violation_error_message=_("Enter the time at which this product is to be published."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    @property
    def cover(self) -> ProductImage | None:
        """The first picture that customers may see, taken from the prefetched ones if there are any."""
        return next((image for image in self.images.all() if image.is_shown), None)

    @property
    def swatches(self) -> list[Swatch]:
        """The loaded members of the family, this product included; none if it is alone or nothing was loaded."""
        return swatches_of(self.pk, members_of(getattr(self, "family_members", None)))

    def is_visible(self, now: datetime | None = None) -> bool:
        """Return True if customers may see the product; the queryset method is `visible`."""
        if self.status == self.Status.SCHEDULED:
            return self.publish_at is not None and self.publish_at <= (now or timezone.now())
        return self.status == self.Status.PUBLISHED

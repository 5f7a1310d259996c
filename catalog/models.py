"""Categories, products, variants, attributes and pictures, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import CombinedSearchVector, SearchVector, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager

from catalog.tallies import SearchTally as SearchTally  # a table of this room, in a file of its own
from catalog.taxes import TaxClass

if TYPE_CHECKING:
    from decimal import Decimal


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


class CategoryManager(MP_NodeManager):  # type: ignore[misc]
    """Questions about the tree beside those of treebeard."""

    def above(self, category: Category) -> list[Category]:
        """The categories from the top down to this one."""
        ends = range(Category.steplen, len(category.path), Category.steplen)
        paths = [category.path[:end] for end in ends]
        return [*(self.filter(path__in=paths).order_by("path") if paths else []), category]


class Category(MP_Node):  # type: ignore[misc]
    """A place in the tree of what is sold. A category contains the products of everything below it."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    description = models.TextField(_("description"), blank=True)

    node_order_by: ClassVar[list[str]] = ["name"]
    objects = CategoryManager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:products')}?category={self.slug}"


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


FEW_LEFT = 5  # pieces: from here on, customers are told how many there are, and staff that there are few


class ProductQuerySet(models.QuerySet["Product"]):
    """Filters that read as sentences; each returns a query that goes on."""

    def visible(self, now: datetime) -> Self:
        """What customers may see: published, or scheduled for a time that has come."""
        return self.filter(
            Q(status=Product.Status.PUBLISHED) | Q(status=Product.Status.SCHEDULED, publish_at__lte=now)
        )

    def in_category(self, category: Category) -> Self:
        """Products of the category and of everything below it."""
        return self.filter(category__path__startswith=category.path)

    def priced(self, at_least: Decimal | None = None, at_most: Decimal | None = None) -> Self:
        """Products whose lowest price lies between the two, both included."""
        found = self if at_least is None else self.filter(price_amount__gte=at_least)
        return found if at_most is None else found.filter(price_amount__lte=at_most)

    def in_stock(self) -> Self:
        return self.filter(is_in_stock=True)

    def nearly_sold_out(self) -> Self:
        """Products with a variant of which at most FEW_LEFT can still be sold."""
        left = models.F("on_hand") - models.F("reserved")
        few = Variant.objects.annotate(left=left).filter(product=models.OuterRef("pk"), left__range=(1, FEW_LEFT))
        return self.filter(models.Exists(few))

    def popular(self) -> Self:
        """Products that were sold, the most sold first."""
        return self.filter(sold_count__gt=0).order_by("-sold_count", "-pk")

    def with_attributes(self, chosen: Mapping[str, Iterable[str]]) -> Self:
        """Products with, for every attribute slug, one of the value slugs."""
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
        """With all that a product card shows, in two queries whatever the number of products."""
        shown = self.select_related("category").prefetch_related("images")
        return shown.defer("description", "skus", "keywords", "search_vector")

    def for_page(self) -> Self:
        """With all that the page of a product shows."""
        values = models.Prefetch("attribute_values", AttributeValue.objects.select_related("attribute"))
        shown = self.select_related("category").prefetch_related("images", "variants", values)
        return shown.defer("skus", "keywords", "search_vector")


# English finds other forms of a word; simple finds what was typed, also the beginning of a word, which has no stem.
SEARCHED: list[Any] = [
    SearchVector("title", weight="A", config="english"),
    SearchVector("title", "brand", "skus", weight="A", config="simple"),
    SearchVector("keywords", weight="B", config="english"),
    SearchVector("keywords", weight="B", config="simple"),
    SearchVector("description", weight="D", config="english"),
    SearchVector("description", weight="D", config="simple"),
]
IS_NOT_A_DRAFT = ~Q(status="draft")


class Product(models.Model):
    """Something that is sold, in one or more variants.

    `price_amount`, `compare_at_amount`, `is_in_stock` and `skus` repeat what the variants say, so that lists sort and
    filter on one table; a database trigger (migration 0002) keeps them, whoever writes. `keywords` repeats the names
    of category and attributes for the full text; `catalog.search.refresh_keywords` keeps it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        PUBLISHED = "published", _("published")

    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    brand = models.CharField(_("brand"), max_length=100, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", verbose_name=_("category"))
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    attribute_values = models.ManyToManyField(AttributeValue, related_name="products", blank=True)
    tax_class = models.CharField(
        _("tax class"), max_length=10, choices=TaxClass, default=TaxClass.STANDARD, db_default="standard"
    )
    sold_count = models.PositiveIntegerField(
        _("pieces sold"),
        default=0,
        db_default=0,
        help_text=_("What is sold most stands first where customers ask for it."),
    )
    # What customers say, brought by whoever keeps it.
    rating_count = models.PositiveIntegerField(_("ratings"), default=0, db_default=0, editable=False)
    rating_average = models.DecimalField(_("stars"), max_digits=3, decimal_places=2, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    price_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    compare_at_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    is_in_stock = models.BooleanField(default=False, editable=False)
    skus = models.TextField(default="", blank=True, editable=False)
    keywords = models.TextField(default="", blank=True, editable=False)
    search_vector = models.GeneratedField(
        expression=reduce(lambda left, right: CombinedSearchVector(left, "||", right, None), SEARCHED),
        output_field=SearchVectorField(),
        db_persist=True,
        editable=False,
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [
            GinIndex(fields=["search_vector"], name="product_words"),
            models.Index(fields=["-created_at", "-id"], name="product_newest"),
            models.Index(fields=["-sold_count", "-id"], name="product_most_sold", condition=IS_NOT_A_DRAFT),
            models.Index(fields=["price_amount", "id"], name="product_cheapest", condition=IS_NOT_A_DRAFT),
            models.Index(
                F("price_amount").desc(nulls_last=True),
                F("id").desc(),
                name="product_dearest",
                condition=IS_NOT_A_DRAFT,
            ),
            models.Index(Lower("title"), F("id"), name="product_titles", condition=IS_NOT_A_DRAFT),
            models.Index(
                fields=["category", "-created_at", "-id"], name="product_newest_in_category", condition=IS_NOT_A_DRAFT
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="product_newest_reduced",
                condition=IS_NOT_A_DRAFT & Q(compare_at_amount__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="product_scheduled_has_a_time",
                condition=~Q(status="scheduled") | Q(publish_at__isnull=False),
                violation_error_message=_("A scheduled product needs the time at which it is published."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    @property
    def cover(self) -> ProductImage | None:
        """The first picture; uses the prefetched pictures where there are any."""
        return next(iter(self.images.all()), None)

    def is_visible(self, now: datetime | None = None) -> bool:
        """Whether customers may see it (`ProductQuerySet.visible` asks the same of many)."""
        if self.status == self.Status.SCHEDULED:
            return self.publish_at is not None and self.publish_at <= (now or timezone.now())
        return self.status == self.Status.PUBLISHED


class Variant(models.Model):
    """What is put into a cart: one size or colour of a product, with its own SKU, price and stock."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    options = models.JSONField(_("options"), default=dict, blank=True, help_text=_('Such as {"size": "large"}.'))
    price_amount = models.DecimalField(_("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    compare_at_amount = models.DecimalField(
        _("regular price"), max_digits=12, decimal_places=2, null=True, blank=True,
        help_text=_("The higher price that is shown struck through."),
    )  # fmt: skip
    on_hand = models.PositiveIntegerField(_("on hand"), default=0)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    weight_grams = models.PositiveIntegerField(_("weight in grams"), default=0, db_default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.CheckConstraint(name="variant_price_not_negative", condition=Q(price_amount__gte=0)),
            models.CheckConstraint(
                name="variant_regular_price_is_higher",
                condition=Q(compare_at_amount__isnull=True) | Q(compare_at_amount__gt=F("price_amount")),
                violation_error_message=_("The regular price must be higher than the price."),
            ),
            models.CheckConstraint(name="variant_reserved_is_on_hand", condition=Q(reserved__lte=F("on_hand"))),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def available(self) -> int:
        """Pieces that can be sold now."""
        return self.on_hand - self.reserved

    @property
    def label(self) -> str:
        """The options in words, such as "large, blue"."""
        return ", ".join(str(value) for value in self.options.values())


class StockMovement(models.Model):
    """Pieces that came, went or were set aside. `catalog.stock` writes these rows and nobody changes them.

    Summed up over a variant, the changes give its stock and what is reserved of it since the first movement.
    """

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("set aside for an order")
        RELEASE = "release", _("given back by an order")
        CONSUME = "consume", _("sold")
        RECEIVE = "receive", _("received")
        RESTOCK = "restock", _("came back")
        CORRECT = "correct", _("counted anew")

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="movements")
    kind = models.CharField(_("why"), max_length=10, choices=Kind)
    on_hand_change = models.IntegerField(_("on hand"), default=0)
    reserved_change = models.IntegerField(_("reserved"), default=0)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    who = models.CharField(_("who"), max_length=254)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_change:+}/{self.reserved_change:+}"


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    """Filters that read as sentences."""

    def without_renditions(self, attempts: int) -> Self:
        """Those whose renditions are missing and were tried fewer than so many times."""
        return self.filter(rendition_widths=[], rendition_attempts__lt=attempts)


class ProductImage(models.Model):
    """One picture of a product. The file is the checked upload; `catalog.images` makes and names the renditions."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    # No ImageField: that one reads the file whenever a row is refreshed.
    file = models.FileField(_("picture"), upload_to="products/")
    alt = models.CharField(_("alternative text"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    rendition_widths: models.Field[Sequence[int], list[int]] = ArrayField(
        models.PositiveIntegerField(), default=list, blank=True, editable=False
    )
    rendition_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    rendition_error = models.TextField(default="", blank=True, editable=False)

    objects = ProductImageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt or str(self.file)

    def rendition_name(self, width: int, extension: str) -> str:
        """Storage name of a rendition: the same bytes always have the same name, so it never goes stale."""
        return f"renditions/{self.sha256[:2]}/{self.sha256}-{width}.{extension}"

    def rendition_url(self, width: int, extension: str) -> str:
        """Address of a rendition, wherever the storage keeps it."""
        return str(default_storage.url(self.rendition_name(width, extension)))

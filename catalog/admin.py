"""The admin of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import CharField, DecimalField, JSONField, Model, Prefetch, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from treebeard.admin import TreeAdmin
from treebeard.forms import movenodeform_factory

from catalog import demand_admin, feed_admin, stock, synonym_admin
from catalog.forms import CategoryForm, ValueForm, ValueFormSet, VariantForm
from catalog.locks import lock_names, lock_products
from catalog.models import (
    Attribute,
    AttributeValue,
    Category,
    PictureSource,
    Product,
    ProductImage,
    ProductQuerySet,
    StockMovement,
    Variant,
)
from catalog.pictures.checking import PictureRefused
from catalog.pictures.sending import send_upload
from catalog.pictures.services import StoredPicture, attach_picture, retry_renditions, store_upload
from catalog.pictures.sources import retry_sources
from catalog.publishing import publish, unpublish
from catalog.search import matching
from catalog.staff.admin import ReadOnlyAdmin, StaffAdmin, log_changes
from catalog.text.html import html_text
from catalog.text.sorting import Unaccented
from catalog.tree import CategoryTree

__all__ = ["demand_admin", "feed_admin", "synonym_admin"]  # registered with the rest


@admin.display(description=_("picture"))
def thumbnail(row: ProductImage | Product) -> SafeString | str:
    image = next(iter(row.images.all()), None) if isinstance(row, Product) else row  # staff see hidden ones
    if image is None or not image.pk or not image.file:
        return "–"
    if image.rendition_widths:
        url = image.rendition_url(image.rendition_widths[0], "jpg")
    else:
        url = reverse("admin:catalog_picture", args=[image.pk])
    return format_html('<img src="{}" alt="{}" width="60" height="60" loading="lazy">', url, image.alt)


class PictureForm(forms.ModelForm):  # type: ignore[type-arg]
    """A picture whose upload is checked and stored without metadata."""

    file = forms.FileField(label=_("picture"), widget=forms.FileInput(attrs={"accept": "image/*"}))

    class Meta:
        model = ProductImage
        fields = ("file", "alt", "position")

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if not isinstance(upload, UploadedFile):
            return upload
        try:
            return store_upload(upload)
        except PictureRefused as refused:
            raise forms.ValidationError(refused.detail, code=refused.code) from refused

    def _post_clean(self) -> None:
        # `attach_picture` sets the file name; Django would keep the name of the upload.
        stored = self.cleaned_data.get("file")
        if isinstance(stored, StoredPicture):
            del self.cleaned_data["file"]
            attach_picture(self.instance, stored)
        super()._post_clean()  # type: ignore[misc]


class PictureInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ProductImage
    form = PictureForm
    fields = ("preview", "file", "alt", "position", "rendition_error")
    readonly_fields = ("preview", "rendition_error")
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductImage]:
        """Customers' photos belong to their reviews."""
        images: QuerySet[ProductImage] = super().get_queryset(request)
        return images.filter(is_from_customer=False)

    @admin.display(description=_("preview"))
    def preview(self, image: ProductImage) -> SafeString | str:
        return thumbnail(image)


class VariantInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Variant
    form = VariantForm
    fields = ("sku", "options", "price_amount", "compare_at_amount", "on_hand", "reserved", "weight_grams", "barcode",
              "position")  # fmt: skip
    readonly_fields = ("reserved",)
    formfield_overrides = {
        CharField: {"widget": forms.TextInput(attrs={"size": 14})},
        JSONField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 20})},
        DecimalField: {"widget": forms.NumberInput(attrs={"class": "vIntegerField"})},
    }
    extra = 1


class CategoryFilter(admin.SimpleListFilter):
    """Filters by a category and its subcategories."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(each.slug, "\u2003" * (each.depth - 1) + each.name) for each in CategoryTree().categories]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        category = Category.objects.filter(slug=self.value()).first() if self.value() else None
        return Product.objects.in_category(category) & queryset if category else queryset


class StockFilter(admin.SimpleListFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("good", _("in stock")), ("few", _("low stock")), ("none", _("sold out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "few":
            return Product.objects.low_stock() & queryset
        return queryset.filter(is_in_stock=self.value() == "good") if self.value() else queryset


@admin.register(Product)
class ProductAdmin(StaffAdmin):
    list_display = (
        thumbnail,
        "named",
        "brand_in_order",
        "category_in_order",
        "status",
        "price_amount",
        "is_in_stock",
        "sold_count",
        "updated_at",
    )
    list_display_links = (thumbnail, "named")
    list_filter = ("status", StockFilter, "tax_class", CategoryFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title",)  # shows the search box; see `get_search_results`
    search_help_text = _("Search by words or SKUs, or their first letters.")
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("category", "attribute_values")
    inlines = (VariantInline, PictureInline)
    actions = ("publish", "unpublish")
    fieldsets = (
        (None, {"fields": ("title", "slug", "brand", "category", "family", "description", "description_html")}),
        (_("Publishing"), {"fields": ("status", "publish_at")}),
        (_("Tax"), {"fields": ("tax_class",)}),
        (_("Attributes"), {"fields": ("attribute_values",)}),
        (_("Search engines"), {"fields": ("seo_title", "seo_description")}),
    )

    def get_queryset(self, request: HttpRequest) -> ProductQuerySet:
        return (
            Product.objects.select_related("category")
            .prefetch_related(Prefetch("images", ProductImage.objects.filter(is_from_customer=False)))
            .defer("search_vector", "keywords", "skus")
        )

    def lock(self, row: Model) -> None:
        """Lock the product in the same order as sales."""
        lock_products(Product.objects.filter(pk=row.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        with transaction.atomic():
            lock_products(queryset)
            super().delete_queryset(request, queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        if not search_term.strip():
            return queryset, False
        return matching(Product.objects.all(), search_term) & queryset, False

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if "family" in form.changed_data:
            obj.is_family_chosen = True  # also to have none; see `catalog.families`
        _match_descriptions(obj, form.changed_data)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        counts = {each.instance.pk: getattr(each, "stock_difference", 0) for each in formset.initial_forms}
        stock.correct(counts, stock.Reason(str(request.user), "admin", timezone.now()))

    @admin.display(description=_("title"), ordering="sort_key")
    def named(self, product: Product) -> str:
        return product.title

    @admin.display(description=_("brand"), ordering=Unaccented("brand"))
    def brand_in_order(self, product: Product) -> str:
        return product.brand

    @admin.display(description=_("category"), ordering="category__path")
    def category_in_order(self, product: Product) -> Category:
        return product.category

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, products: ProductQuerySet) -> None:
        rows = list(products)
        number = publish(products, timezone.now())
        log_changes(request, rows, gettext("Published."))
        message = ngettext("%(number)d product was published.", "%(number)d products were published.", number)
        self.message_user(request, message % {"number": number})

    @admin.action(description=_("Unpublish"), permissions=["change"])
    def unpublish(self, request: HttpRequest, products: ProductQuerySet) -> None:
        rows = list(products)
        number = unpublish(products, timezone.now())
        log_changes(request, rows, gettext("Unpublished."))
        message = ngettext("%(number)d product was unpublished.", "%(number)d products were unpublished.", number)
        self.message_user(request, message % {"number": number})


def _match_descriptions(product: Product, changed: Iterable[str]) -> None:
    """Take the text of the description from the formatted one. A new text alone replaces both."""
    if "description" in changed and "description_html" not in changed:
        product.description_html = ""
    elif product.description_html:
        product.description = html_text(product.description_html)


class NamesAdmin(StaffAdmin):
    """An admin that locks names, because imports create such rows too."""

    def _changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            lock_names()
        return super()._changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    def _delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            lock_names()
        return super()._delete_view(request, *args, **kwargs)  # type: ignore[misc]


@admin.register(Category)
class CategoryAdmin(NamesAdmin, TreeAdmin):  # type: ignore[misc]
    form = movenodeform_factory(Category, form=CategoryForm, exclude=["path", "depth", "numchild"])
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def move_node(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            lock_names()
            response: HttpResponse = super().move_node(request)
            return response

    def with_dependants(self, rows: Iterable[Category]) -> Iterable[Category]:
        """Return the categories and their subcategories, which treebeard deletes by path."""
        below = [Q(path__startswith=category.path) for category in rows]
        found: Iterable[Category] = Category.objects.filter(reduce(or_, below, Q(pk=None))).order_by("path")
        return found

    def children_view(self, request: HttpRequest, parent_id: str) -> HttpResponse:
        """Return the subcategories for the tree. Raises Http404 if the category does not exist."""
        if not parent_id.isdecimal():
            raise Http404
        get_object_or_404(Category, pk=parent_id)
        try:
            response: HttpResponse = super().children_view(request, parent_id)
        except IncorrectLookupParameters as error:
            raise BadRequest("Invalid filters.") from error
        return response


class ValueInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AttributeValue
    form = ValueForm
    formset = ValueFormSet
    extra = 1


@admin.register(Attribute)
class AttributeAdmin(NamesAdmin):
    list_display = ("named", "slug", "is_filterable", "position")
    list_editable = ("is_filterable", "position")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (ValueInline,)

    @admin.display(description=_("name"), ordering="sort_key")
    def named(self, attribute: Attribute) -> str:
        return attribute.name


@admin.register(AttributeValue)
class AttributeValueAdmin(StaffAdmin):
    """Serves the autocomplete field of products. Values are edited with their attribute."""

    deleted_with_parent = True
    search_fields = ("value", "attribute__name")
    list_select_related = ("attribute",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ProductImage)
class PictureAdmin(StaffAdmin):
    """Pictures with the reason why their renditions failed, and an action to retry."""

    deleted_with_parent = True
    form = PictureForm
    list_display = (thumbnail, "product", "alt", "is_from_customer", "rendition_attempts", "rendition_error")
    list_filter = (("rendition_error", admin.EmptyFieldListFilter), "is_from_customer")
    list_select_related = ("product",)
    fields = ("file", "alt", "position", "rendition_error")
    readonly_fields = ("rendition_error",)
    actions = ("retry",)

    def get_urls(self) -> list[URLPattern]:
        file = path("<int:pk>/file/", self.admin_site.admin_view(self.show_file), name="catalog_picture")
        return [file, *super().get_urls()]

    def show_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send the upload, which customers never see."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return send_upload(get_object_or_404(ProductImage, pk=pk), "private, max-age=3600")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Retry renditions"), permissions=["change"])
    def retry(self, request: HttpRequest, images: QuerySet[ProductImage]) -> None:
        number = retry_renditions(images)
        message = ngettext("%(number)d picture will be retried.", "%(number)d pictures will be retried.", number)
        self.message_user(request, message % {"number": number})


@admin.register(PictureSource)
class PictureSourceAdmin(ReadOnlyAdmin):
    """Pictures that feeds name by their address, with the reason why one is missing, and an action to retry."""

    deleted_with_parent = True
    list_display = ("product", "address", "status", "reason", "attempts", "next_try_at")
    list_filter = ("status", "host")
    list_select_related = ("product",)
    search_fields = ("url", "product__title")
    actions = ("retry",)

    @admin.display(description=_("address"))
    def address(self, source: PictureSource) -> str:
        return source.url if len(source.url) <= 80 else f"{source.url[:40]}…{source.url[-39:]}"

    @admin.action(description=_("Fetch again"), permissions=["retry"])
    def retry(self, request: HttpRequest, sources: QuerySet[Any]) -> None:
        number = retry_sources(sources, timezone.now())
        message = ngettext("%(number)d picture will be fetched.", "%(number)d pictures will be fetched.", number)
        self.message_user(request, message % {"number": number})

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_productimage")


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Stock movements, read-only."""

    deleted_with_parent = True
    list_display = ("at", "variant", "kind", "on_hand_change", "reserved_change", "reference", "who")
    list_filter = ("kind",)
    list_select_related = ("variant",)
    search_fields = ("=variant__sku", "reference")

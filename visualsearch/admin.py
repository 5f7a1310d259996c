"""Admin pages of networks, activations and embeddings, and the form that accepts suggestions."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.admin import thumbnail
from catalog.models import AttributeValue, Category, Product, ProductImage
from catalog.staff.admin import ReadOnlyAdmin
from visualsearch import (
    calibration_admin,
    index,
    moderation_admin,
    query_map_admin,
    suggestions,
    tasks,
    threshold_pages,
)
from visualsearch.models import Activation, ImageEmbedding, Network, NetworkUpdate
from visualsearch.network_pages import SwapPages
from visualsearch.networks import inventory

__all__ = ["calibration_admin", "moderation_admin", "query_map_admin", "threshold_pages"]  # registered with the rest


class AcceptForm(forms.Form):
    """The suggestions that staff accept for a product: a category, values of attributes, or both."""

    category = forms.ModelChoiceField(Category.objects.all(), required=False)
    values = forms.ModelMultipleChoiceField(AttributeValue.objects.select_related("attribute"), required=False)
    seen_category = forms.IntegerField(required=False, max_value=2**63 - 1)


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("done", _("embedded")), ("failed", _("failed")), ("unfinished", _("ended the process"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("done", "failed"):
            return queryset.filter(vector__isnull=self.value() == "failed")
        if self.value() == "unfinished":
            return queryset.filter(began_at__isnull=False)
        return queryset


@admin.register(Network)
class NetworkAdmin(SwapPages, ReadOnlyAdmin):
    """Networks. Their pages compare and swap them, as `manage.py networks` does."""

    list_display = ("name", "short_sha256", "dimensions", "state", "embedded", "failed", "created_at")
    fields = ("name", "sha256", "dimensions", "state", "embedded", "failed", "card", "created_at", "retired_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Network]:
        with_vector = Count("embeddings", filter=Q(embeddings__vector__isnull=False))
        without = Count("embeddings", filter=Q(embeddings__vector__isnull=True))
        rows: QuerySet[Network] = super().get_queryset(request)
        return rows.annotate(embedded=with_vector, failed=without)

    @admin.display(description=_("hash"))
    def short_sha256(self, network: Network) -> str:
        return network.sha256[:12]

    @admin.display(description=_("state"))
    def state(self, network: Network) -> str:
        return inventory.state(network)

    @admin.display(description=_("embedded"))
    def embedded(self, network: Any) -> str:
        return _("%(embedded)d of %(pictures)d") % {
            "embedded": network.embedded,
            "pictures": ProductImage.objects.count(),
        }

    @admin.display(description=_("failed"))
    def failed(self, network: Any) -> int:
        return int(network.failed)


@admin.register(Activation)
class ActivationAdmin(ReadOnlyAdmin):
    """The history of live networks, newest first."""

    list_display = ("created_at", "network", "other", "share", "reason", "is_forced", "author", "measured")
    list_select_related = ("network", "other")
    list_filter = ("reason", "is_forced")
    fields = (
        "created_at",
        "network",
        "other",
        "share",
        "searches",
        "reason",
        "is_forced",
        "author",
        "measured",
        "before",
    )

    @admin.display(description=_("difference in recall"))
    def measured(self, activation: Activation) -> str:
        return _differences(activation.figures)

    @admin.display(description=_("photo searches"))
    def searches(self, activation: Activation) -> str:
        tallies = activation.tallies.select_related("network").order_by("pk")
        return "; ".join(f"{tally.network.identity}: {tally.searches}" for tally in tallies)


@admin.register(NetworkUpdate)
class NetworkUpdateAdmin(ReadOnlyAdmin):
    """New default networks: whether they went live, and with which figures."""

    list_display = ("created_at", "old", "new", "outcome", "measured", "pictures", "decided_at")
    list_select_related = ("old", "new")
    fields = list_display

    @admin.display(description=_("difference in recall"))
    def measured(self, update: NetworkUpdate) -> str:
        return _differences(update.figures)


def _differences(figures: list[dict[str, Any]]) -> str:
    """Return the difference of each measure, new minus old, with its interval."""
    return "; ".join(
        f"{each['measure']}: {each['new'] - each['old']:+.3f} ({each['low']:+.3f} to {each['high']:+.3f})"
        for each in figures
    )


@admin.register(ImageEmbedding)
class ImageEmbeddingAdmin(ReadOnlyAdmin):
    deleted_with_parent = True
    list_display = ("thumbnail", "product", "is_embedded", "error", "attempts", "network", "updated_at")
    list_display_links = ("thumbnail", "product")
    list_filter = (StatusFilter, "network")
    search_fields = ("image__product__title", "image__product__slug", "error")
    fields = ("thumbnail", "product", "network", "is_embedded", "error", "attempts", "image_sha256", "updated_at")
    list_select_related = ("image__product", "network")
    list_per_page = 50
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImageEmbedding]:
        embeddings: QuerySet[ImageEmbedding] = super().get_queryset(request)
        return embeddings.annotate(has_vector=Q(vector__isnull=False)).defer("vector")

    @admin.display(description=_("picture"))
    def thumbnail(self, embedding: ImageEmbedding) -> str:
        return thumbnail(embedding.image)

    @admin.display(description=_("product"), ordering="image__product__sort_key")
    def product(self, embedding: ImageEmbedding) -> str:
        return str(embedding.image.product)

    @admin.display(description=_("embedded"), boolean=True)
    def is_embedded(self, embedding: Any) -> bool:
        return bool(embedding.has_vector)

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[ImageEmbedding]) -> None:
        ids = index.retry(ImageEmbedding.objects.filter(pk__in=queryset.values("pk")))
        tasks.publish(ids)
        sentence = ngettext("Trying %(count)d picture again.", "Trying %(count)d pictures again.", len(ids))
        self.message_user(request, sentence % {"count": len(ids)}, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        accept = self.admin_site.admin_view(self.accept_suggestions)
        name = "visualsearch_accept_suggestions"
        return [path("suggestions/<int:product>/", accept, name=name), *super().get_urls()]

    def accept_suggestions(self, request: HttpRequest, product: int) -> HttpResponse:
        """Apply the suggestions that staff accept on the page of a product, and return to that page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("catalog.change_product"):
            raise PermissionDenied
        found, form = get_object_or_404(Product, pk=product), AcceptForm(request.POST)
        level, message = messages.WARNING, gettext("These suggestions are out of date. Nothing was changed.")
        if form.is_valid():
            try:
                changed = suggestions.accept(found, **form.cleaned_data)
            except suggestions.CategoryChanged as other:
                sentence = gettext("Nothing was changed: someone has just moved the product to “%(category)s”.")
                message = sentence % {"category": other.category}
            else:
                level, message = messages.INFO, gettext("Nothing was changed: the product already has these values.")
                if changed:
                    level, message = messages.SUCCESS, gettext("Accepted: %(names)s.") % {"names": ", ".join(changed)}
                    self.log_change(request, found, message)
        self.message_user(request, message, level)
        return redirect("admin:catalog_product_change", found.pk)

"""Moderation of reviews in the admin."""

from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.admin import thumbnail
from catalog.locks import lock_products
from catalog.models import Product
from catalog.staff.admin import ReadOnlyMixin, StaffAdmin, log_changes
from shop.accounts.models import Customer
from shop.reviews.models import Decision, Review, ReviewPhoto, ReviewPhotoQuerySet, ReviewQuerySet
from shop.reviews.services import decide


class DecisionInline(ReadOnlyMixin, admin.TabularInline):  # type: ignore[type-arg]
    model = Decision
    fields = readonly_fields = ("state", "decided_by", "decided_at")


class PhotoInline(ReadOnlyMixin, admin.TabularInline):  # type: ignore[type-arg]
    """The photos of a review. They are decided on in the queue of pictures."""

    model = ReviewPhoto
    fields = readonly_fields = ("preview", "state")

    def get_queryset(self, request: HttpRequest) -> ReviewPhotoQuerySet:
        return ReviewPhoto.objects.for_author()

    @admin.display(description=_("photo"))
    def preview(self, photo: ReviewPhoto) -> SafeString | str:
        return thumbnail(photo.image)

    @admin.display(description=_("state"))
    def state(self, photo: ReviewPhoto) -> str:
        return f"{photo.state.label}. {photo.refusal}" if photo.refusal else str(photo.state.label)


@admin.register(Review)
class ReviewAdmin(StaffAdmin):
    """Staff approve or reject reviews but never edit them."""

    deleted_with_parent = True
    list_display = ("product", "rating", "title", "author", "is_verified_purchase", "state", "created_at")
    list_filter = ("state", "rating", "is_verified_purchase")
    list_select_related = ("product",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("product__title", "title", "text", "customer__email")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        "product", "customer", "author", "rating", "title", "text", "is_verified_purchase", "state", "created_at",
        "changed_at",
    )  # fmt: skip
    inlines = (PhotoInline, DecisionInline)
    actions = ("approve", "reject")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def lock(self, row: Model) -> None:
        """Lock the product before the review: a trigger updates its rating."""
        lock_products(Product.objects.filter(reviews=row.pk))
        super().lock(row)

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, reviews: ReviewQuerySet) -> None:
        selected = list(reviews)
        number = decide(reviews, Review.State.APPROVED, cast(Customer, request.user), timezone.now())
        log_changes(request, selected, gettext("Approved."))
        message = ngettext("%(number)d review approved.", "%(number)d reviews approved.", number)
        self.message_user(request, message % {"number": number})

    @admin.action(description=_("Reject"), permissions=["change"])
    def reject(self, request: HttpRequest, reviews: ReviewQuerySet) -> None:
        selected = list(reviews)
        number = decide(reviews, Review.State.REJECTED, cast(Customer, request.user), timezone.now())
        log_changes(request, selected, gettext("Rejected."))
        message = ngettext("%(number)d review rejected.", "%(number)d reviews rejected.", number)
        self.message_user(request, message % {"number": number})

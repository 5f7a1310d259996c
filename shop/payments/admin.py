"""Payments and refunds, to be read: money moves by the buttons of an order's page."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from shop.payments.models import Payment, Refund


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that staff look at and nobody edits."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("order", "gateway", "amount", "currency", "status", "flag", "created_at")
    list_filter = ("status", "gateway", ("flag", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_fields = ("=reference", "=order__email")
    exclude = ("details",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("payment", "amount", "status", "reason", "restocks", "who", "created_at")
    list_filter = ("status",)
    list_select_related = ("payment",)

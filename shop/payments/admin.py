"""Payments and refunds, read-only. Staff move money with the buttons on the order's page."""

from django.contrib import admin

from catalog.staff.admin import ReadOnlyAdmin
from shop.payments.models import Payment, Refund


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

"""Promotions and vouchers in the admin."""

from django.contrib import admin

from catalog.staff.admin import StaffAdmin
from shop.promotions.models import Promotion, Voucher


class VoucherInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Voucher
    extra = 1
    readonly_fields = ("used_count",)


@admin.register(Promotion)
class PromotionAdmin(StaffAdmin):
    list_display = ("name", "kind", "value", "is_automatic", "is_active", "starts_at", "ends_at")
    list_filter = ("kind", "is_active", "is_automatic")
    search_fields = ("name", "vouchers__code")
    autocomplete_fields = ("category",)
    inlines = (VoucherInline,)

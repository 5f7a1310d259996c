"""Delivery charges and tax rates in the admin. Orders are in `shop.fulfilment.admin`."""

from django.contrib import admin

from catalog.staff.admin import StaffAdmin
from shop.orders.models import ShippingMethod, ShippingRate, TaxRate


class ShippingRateInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ShippingRate
    extra = 1


@admin.register(ShippingMethod)
class ShippingMethodAdmin(StaffAdmin):
    list_display = ("name", "description", "is_active", "position")
    list_editable = ("is_active", "position")
    inlines = (ShippingRateInline,)


@admin.register(TaxRate)
class TaxRateAdmin(StaffAdmin):
    list_display = ("country", "name", "percent", "reduced_percent", "is_included")

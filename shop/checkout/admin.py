"""Orders for staff: everything to read, and every action as a button."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.templatetags.catalog import money
from shop.checkout.staff import REFUSALS, buttons, press
from shop.orders.models import Order, OrderAddress, OrderEvent, OrderLine, Shipment
from shop.payments.admin import ReadOnlyAdmin
from shop.payments.models import Refund


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that belong to an order, to be read."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = ("title", "options", "sku", "quantity", "unit_amount", "discount_amount", "tax_amount", "total_amount")


class AddressInline(ReadOnlyInline):
    model = OrderAddress


class ShipmentInline(ReadOnlyInline):
    model = Shipment


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ("at", "kind", "message", "who")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """The order's own page: what was agreed never changes, what happens to it does by its buttons."""

    list_display = ("number", "placed_at", "email", "state", "total", "paid", "stock")
    list_filter = ("state", "stock", "placed_at")
    date_hierarchy = "placed_at"
    search_fields = ("=email", "=lines__sku")
    search_help_text = _("An order's number, an e-mail address or a SKU.")
    inlines = (LineInline, AddressInline, ShipmentInline, EventInline)
    fields = (
        "number", "state", "stock", "placed_at", "expires_at", "email", "customer", "note", "voucher_code",
        "goods_amount", "discount_amount", "shipping_name", "shipping_amount", "tax_amount", "total_amount", "page",
    )  # fmt: skip
    readonly_fields = ("number", "page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("payments")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.strip()
        if term.isdecimal() and 100_000 < int(term) < 2**62:
            return queryset.filter(pk=int(term) - 100_000), False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[Any]:
        act = self.admin_site.admin_view(require_POST(self.act))
        return [path("<int:pk>/act/", act, name="orders_order_act"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        order = Order.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        context = dict(extra_context or {})
        if order is not None:
            context |= {
                "buttons": buttons(order, request.user.has_perm),
                "payments": order.payments.all(),
                "refunds": Refund.objects.filter(payment__order=order),
            }
        return super().change_view(request, object_id, form_url, context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Press one of the order's buttons."""
        order = Order.objects.filter(pk=pk).first()
        if order is None:
            raise Http404
        if not self.has_view_permission(request, order):
            raise PermissionDenied
        offered = {button.key: button for button in buttons(order, request.user.has_perm, request.POST)}
        button = offered.get(request.POST.get("action", ""))
        if button is None:
            messages.error(request, _("That cannot be done with this order (any more), or it is not yours to do."))
        elif not button.form.is_valid():
            for field, errors in button.form.errors.items():
                messages.error(request, f"{button.form.fields[field].label}: {' '.join(map(str, errors))}")
        else:
            try:
                press(button, order, str(request.user), timezone.now())
                self.log_change(request, order, str(button.title))
                messages.success(request, _("%(button)s: done.") % {"button": button.title})
            except REFUSALS as refused:
                messages.error(request, str(refused))
        return redirect("admin:orders_order_change", pk)

    @admin.display(description=_("total"), ordering="total_amount")
    def total(self, order: Order) -> str:
        return money(order.total_amount)

    @admin.display(description=_("payment"))
    def paid(self, order: Order) -> str:
        return ", ".join(str(payment.get_status_display()) for payment in order.payments.all())

    @admin.display(description=_("as the customer sees it"))
    def page(self, order: Order) -> SafeString:
        return format_html('<a href="{}">{}</a>', order.get_absolute_url(), order.number)

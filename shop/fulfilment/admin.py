"""Orders and returns in the admin. Orders are placed in `shop.checkout`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.staff.admin import ReadOnlyAdmin
from catalog.templatetags.catalog import money
from shop.fulfilment.buttons import buttons
from shop.orders.models import Order, Return
from shop.orders.services import newest_event
from shop.orders.states import ActionRefused
from shop.payments.gateways.interface import GatewayDown
from shop.payments.models import Refund


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders are read-only; staff act on them with the buttons of the order's page."""

    list_display = ("number", "placed_at", "email", "state", "total", "paid", "stock")
    list_filter = ("state", "stock", "placed_at")
    date_hierarchy = "placed_at"
    search_fields = ("=email", "=lines__sku")
    search_help_text = _("Order number, email address or SKU.")
    fields = ()  # the template shows the order

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
        order = Order.objects.for_page().filter(pk=object_id).first() if object_id.isdecimal() else None
        context = dict(extra_context or {})
        if order is not None:
            context |= {
                "order": order,
                "last_event": newest_event(order),
                "buttons": buttons(order, request.user.has_perm),
                "payments": order.payments.all(),
                "returns": order.returns.prefetch_related("lines__order_line"),
                "refunds": Refund.objects.filter(payment__order=order),
            }
        return super().change_view(request, object_id, form_url, context)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.add_order")

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Carry out the action of one of the order's buttons."""
        order = Order.objects.filter(pk=pk).first()
        if order is None:
            raise Http404
        if not self.has_view_permission(request, order):
            raise PermissionDenied
        newest = newest_event(order)
        if request.POST.get("last_event", str(newest)) != str(newest):
            changed = _("Nothing was done: the order has changed since you opened it. Check it and try again.")
            messages.warning(request, changed)
            return redirect("admin:orders_order_change", pk)
        offered = {each.key: each for each in buttons(order, request.user.has_perm, request.POST, newest)}
        button = offered.get(request.POST.get("action", ""))
        if button is None:
            messages.error(request, _("This is no longer possible for this order, or you lack the permission."))
        elif not button.form.is_valid():
            for field, errors in button.form.errors.items():
                messages.error(request, f"{button.form.fields[field].label}: {' '.join(map(str, errors))}")
        else:
            try:
                button.form.apply(str(request.user), timezone.now())
                self.log_change(request, order, str(button.title))
                messages.success(request, _("%(button)s: done.") % {"button": button.title})
            except (ActionRefused, GatewayDown) as refused:
                messages.error(request, str(refused))
        return redirect("admin:orders_order_change", pk)

    @admin.display(description=_("total"), ordering="total_amount")
    def total(self, order: Order) -> str:
        return money(order.total_amount)

    @admin.display(description=_("payment"))
    def paid(self, order: Order) -> str:
        return ", ".join(str(payment.get_status_display()) for payment in order.payments.all())


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    """Returns are read-only; staff act on them with the buttons of the order's page."""

    list_display = ("number", "page", "state", "reason", "announced_at", "received_at", "closed_at")
    list_filter = ("state", "reason")
    list_select_related = ("order",)
    search_fields = ("=order__email", "=lines__order_line__sku")
    search_help_text = _("Return number, email address or SKU.")
    fields = ("number", "page", "state", "reason", "note", "who", "announced_at", "received_at", "closed_at")
    readonly_fields = ("number", "page")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.strip().upper().removeprefix("R")
        if term.isdecimal() and 100_000 < int(term) < 2**62:
            return queryset.filter(pk=int(term) - 100_000), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("order"))
    def page(self, listed: Return) -> SafeString:
        address = reverse("admin:orders_order_change", args=[listed.order_id])
        return format_html('<a href="{}">{}</a>', address, listed.order)

"""The order history, an order's page behind its secret URL, and the invoice."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop.orders.models import Order
from shop.orders.paper import draw_invoice


@never_cache
@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """List the customer's orders, newest first."""
    orders = Order.objects.filter(customer=request.user.pk).prefetch_related("lines")
    return render(request, "orders/history.html", {"page": Paginator(orders, 20).get_page(request.GET.get("page"))})


@never_cache
@require_safe
def show(request: HttpRequest, secret: str) -> HttpResponse:
    """Show an order, its state and its history."""
    order = Order.objects.for_page().select_related("invoice").filter(secret=secret).first()
    if order is None:
        raise Http404(_("There is no order at this address. Check the link in your email."))
    addresses = {address.kind: address for address in order.addresses.all()}
    return render(request, "orders/show.html", {"order": order, "addresses": addresses})


@never_cache
@require_safe
def invoice(request: HttpRequest, secret: str) -> HttpResponse:
    """Serve the invoice as PDF; 404 before it is issued."""
    order = Order.objects.for_page().select_related("invoice").filter(secret=secret).first()
    if order is None or not hasattr(order, "invoice"):
        raise Http404(_("There is no invoice for this order yet."))
    response = HttpResponse(draw_invoice(order), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="invoice-{order.invoice}.pdf"'
    return response

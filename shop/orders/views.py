"""An order's page, behind a secret link, and its invoice."""

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
    """What the customer ordered, the newest first."""
    orders = Order.objects.filter(customer=request.user.pk).prefetch_related("lines")
    return render(request, "orders/history.html", {"page": Paginator(orders, 20).get_page(request.GET.get("page"))})


@never_cache
@require_safe
def show(request: HttpRequest, secret: str) -> HttpResponse:
    """What was ordered, what became of it, and what is still to be done."""
    order = Order.objects.for_page().select_related("invoice").filter(secret=secret).first()
    if order is None:
        raise Http404(_("There is no order at this address."))
    addresses = {address.kind: address for address in order.addresses.all()}
    return render(request, "orders/show.html", {"order": order, "addresses": addresses})


@never_cache
@require_safe
def invoice(request: HttpRequest, secret: str) -> HttpResponse:
    """The invoice as PDF; 404 while there is none."""
    order = Order.objects.for_page().select_related("invoice").filter(secret=secret).first()
    if order is None or not hasattr(order, "invoice"):
        raise Http404(_("There is no invoice at this address."))
    response = HttpResponse(draw_invoice(order), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="invoice-{order.invoice}.pdf"'
    return response

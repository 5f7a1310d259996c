"""The checkout page, and its twin on which staff place an order for a customer."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shop.cart.visitor import current_cart, customer_of, guest_token
from shop.checkout.page import Page, read_page
from shop.checkout.services import CheckoutRefused, find_purchase, place_order
from shop.checkout.staff_orders import fill_staff_page, place_for_customer, staff_choices
from shop.fulfilment.views import take_payment
from shop.money import round_amount
from shop.orders.models import Order
from shop.payments.gateways import offered


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """One page: address, delivery, payment, and the total that will be charged. Without Buy, it only adds up anew."""
    now, customer = timezone.now(), customer_of(request)
    sent = request.POST if request.method == "POST" else None
    ordered = find_purchase(sent.get("cart", ""), customer, guest_token(request)) if sent else None
    if ordered is not None:
        return take_payment(request, ordered)  # Buy was pressed twice
    cart = current_cart(request)
    page = read_page(cart, customer, sent, now) if cart is not None else None
    if cart is None or page is None or not (page.quote.lines or page.quote.problems):
        messages.info(request, _("Your cart is empty."))
        return redirect("cart:show")
    if sent is None or "update" in sent:
        return _show(request, page)
    if not page.is_valid:
        page.messages = [_("Something is missing or wrong. The fields below say what.")]
        return _show(request, page, status=400)
    try:
        order = place_order(cart.pk, page.purchase(customer), now)
    except CheckoutRefused as refused:
        page.messages = refused.messages
        page.quote = refused.quote or page.quote
        return _show(request, page, status=409)
    return take_payment(request, order)


@permission_required("orders.add_order", raise_exception=True)
def place_staff_order(request: HttpRequest) -> HttpResponse:
    """Place an order for a customer. Without Place, it only adds up anew."""
    now, status = timezone.now(), 200
    shown = fill_staff_page(request.POST if request.method == "POST" else None, now)
    if "place" in request.POST:
        status = 400
        if shown.is_valid:
            try:
                order = place_for_customer(shown, str(request.user), now)
            except CheckoutRefused:
                status = 409
            else:
                messages.success(request, _("Order %(number)s is placed.") % {"number": order.number})
                return redirect("admin:orders_order_change", order.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Place an order for a customer"),
        "opts": Order._meta,
        "shown": shown,
        "page": shown.page,
        "payments": staff_choices(),
        "seen_total": round_amount(shown.page.quote.total_amount) if shown.page else "",
    }
    return render(request, "admin/orders/order/place.html", context, status=status)


def _show(request: HttpRequest, page: Page, status: int = 200) -> HttpResponse:
    # What is shown now is what counts when Buy is pressed next.
    seen = round_amount(page.quote.total_amount)
    context = {"page": page, "quote": page.quote, "seen_total": seen, "gateways": list(offered().values())}
    return render(request, "checkout/checkout.html", context, status=status)

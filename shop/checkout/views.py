"""The checkout page, and the page on which staff place an order for a customer."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shop.accounts.addresses import AddressBookFullError, save_new_address
from shop.cart.visitor import customer_of, submitted_cart
from shop.checkout.page import read_page
from shop.checkout.services import CheckoutRefused, place_order
from shop.checkout.staff_orders import place_for_customer, read_staff_page, staff_choices
from shop.fulfilment.payment import next_page, pay, return_address
from shop.money import round_amount
from shop.orders.models import Order
from shop.payments.gateways import offered


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the page, update its total, or place the order and start its payment."""
    now, customer = timezone.now(), customer_of(request)
    cart = submitted_cart(request)
    if cart is None or not cart.item_count:
        messages.info(request, _("Your cart is empty."))
        return redirect("cart:show")
    submitted, status = request.POST if request.method == "POST" else None, 200
    page = read_page(cart, customer, submitted)
    if submitted is not None and "update" not in submitted:
        if page.is_valid():
            purchase = page.purchase()
            try:
                order = place_order(cart.pk, purchase, now)
            except CheckoutRefused as refused:
                page.messages, status = refused.messages, 409
            else:
                if purchase.keeps_address and customer is not None:
                    with suppress(AddressBookFullError):  # the order is placed regardless
                        save_new_address(customer, purchase.delivery.values)
                payment = pay(order, return_address(order, request.build_absolute_uri("/")), now)
                url, error = next_page(payment, order)
                if error:
                    messages.error(request, error)
                return redirect(url)
        else:
            page.messages, status = [_("Some fields are missing or invalid. Correct them below.")], 400
    quote = page.update_quote(now)
    context = {
        "page": page,
        "quote": quote,
        "seen_total": round_amount(quote.total_amount),
        "gateways": list(offered().values()),
    }
    return render(request, "checkout/checkout.html", context, status=status)


@permission_required("orders.add_order", raise_exception=True)
def place_staff_order(request: HttpRequest) -> HttpResponse:
    """Show the page, update its total, or place the order for the customer."""
    now, status = timezone.now(), 200
    shown = read_staff_page(request.POST if request.method == "POST" else None, now)
    if "place" in request.POST:
        status = 400
        if shown.is_valid():
            try:
                order = place_for_customer(shown, str(request.user), now)
            except CheckoutRefused as refused:
                shown.messages, status = refused.messages, 409
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
        "seen_total": round_amount(shown.page.update_quote(now).total_amount) if shown.page else "",
    }
    return render(request, "admin/orders/order/place.html", context, status=status)

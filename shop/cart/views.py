"""The cart page, and its buttons, which redirect back to it."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shop.cart.forms import AddForm, EstimateForm, LineForm
from shop.cart.services import CartRefused, add_line, change_line, choose, open_cart
from shop.cart.visitor import current_cart, customer_of, guest_token, set_cart_cookie


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the cart, its totals, and why items cannot be ordered."""
    cart, now = current_cart(request), timezone.now()
    lines = list(cart.lines.for_page()) if cart else []
    problems = {line.pk: problem for line in lines if (problem := line.problem(now))}
    return render(request, "cart/show.html", {"cart": cart, "lines": lines, "problems": problems})


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a variant to the cart."""
    form = AddForm(request.POST)
    if not form.is_valid():
        return _refuse(request, form)
    now = timezone.now()
    cart = open_cart(customer_of(request), guest_token(request), now)
    try:
        line = add_line(cart, form.cleaned_data["variant"], form.cleaned_data["quantity"], now)
        messages.success(request, _("%(title)s is in your cart.") % {"title": line.title})
    except CartRefused as refused:
        messages.error(request, refused.message)
    response = redirect("cart:show")
    set_cart_cookie(response, cart)
    return response


@require_POST
def change(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change the quantity of a line, or remove it."""
    form, cart = LineForm(request.POST), current_cart(request)
    if not form.is_valid():
        return _refuse(request, form)
    if cart is not None:
        try:
            if change_line(cart, line_id, form.cleaned_data["quantity"], timezone.now()) is None:
                messages.success(request, _("Removed from your cart."))
        except CartRefused as refused:
            messages.error(request, refused.message)
    return redirect("cart:show")


@require_POST
def estimate(request: HttpRequest) -> HttpResponse:
    """Store the country and voucher code for the totals."""
    form, cart = EstimateForm(request.POST), current_cart(request)
    if not form.is_valid():
        return _refuse(request, form)
    if cart is not None:
        entered = {name: value for name, value in form.cleaned_data.items() if name in request.POST}
        choose(cart, timezone.now(), **entered)
    return redirect("cart:show")


def _refuse(request: HttpRequest, form: Form) -> HttpResponse:
    for field in form:
        for message in field.errors:
            messages.error(request, str(message))
    return redirect("cart:show")

"""Pages of a placed order (pay again, cancel, return items), and the providers' webhooks."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from shop.cart.visitor import customer_of, guest_token, set_cart_cookie
from shop.fulfilment.actions import cancel_and_refill
from shop.fulfilment.forms import ReturnForm
from shop.fulfilment.payment import next_page, pay, pay_again, receive_webhook, return_address
from shop.fulfilment.returns import may_be_returned
from shop.orders.models import Order
from shop.orders.states import ActionRefused
from shop.payments.forms import PaymentForm
from shop.payments.gateways import payment_choices
from shop.payments.gateways.interface import BadSignature


@require_POST
def pay_now(request: HttpRequest, secret: str) -> HttpResponse:
    """Pay an order that is not paid yet."""
    order = get_object_or_404(Order, secret=secret)
    form = PaymentForm(request.POST, payments=payment_choices())
    if not form.is_valid():
        messages.error(request, _("Choose a payment method."))
        return redirect(order)
    try:
        payment = pay_again(
            order.pk,
            form.cleaned_data["payment"],
            form.details,
            return_address(order, request.build_absolute_uri("/")),
            timezone.now(),
        )
    except ActionRefused as refused:
        messages.info(request, str(refused))
        return redirect(order)
    url, error = next_page(payment, order)
    if error:
        messages.error(request, error)
    return redirect(url)


@never_cache
def returned(request: HttpRequest, secret: str) -> HttpResponse:
    """Look up the payment when the browser returns from the provider: the redirect alone proves nothing."""
    order = get_object_or_404(Order, secret=secret)
    pay(order, return_address(order, request.build_absolute_uri("/")), timezone.now())
    return redirect(order)


@require_POST
def cancel(request: HttpRequest, secret: str) -> HttpResponse:
    """Cancel an unpaid order and put its items back into the cart."""
    order = get_object_or_404(Order, secret=secret)
    try:
        cart = cancel_and_refill(order.pk, customer_of(request), guest_token(request), timezone.now())
    except ActionRefused:
        messages.error(request, _("This order can no longer be cancelled here. Contact us instead."))
        return redirect(order)
    messages.success(request, _("Your order is cancelled, and its items are back in your cart."))
    response = redirect("cart:show")
    set_cart_cookie(response, cart)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, secret: str) -> HttpResponse:
    """Announce a return."""
    order, now = get_object_or_404(Order, secret=secret), timezone.now()
    form, status = ReturnForm(request.POST or None, order=order), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                number = form.announce(order.email, now).number
            except ActionRefused as refused:
                form.add_error(None, str(refused))
                status = 409
            else:
                thanks = _("Write %(number)s on the parcel. We have emailed you where to send it.")
                messages.success(request, thanks % {"number": number})
                return redirect(order)
    context = {"order": order, "form": form, "is_open": may_be_returned(order, now)}
    return render(request, "fulfilment/send_back.html", context, status=status)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Receive a provider's webhook. For a wrong signature, return 400 and store nothing."""
    try:
        receive_webhook(gateway, request.body, request.headers, timezone.now())
    except KeyError as error:
        raise Http404 from error
    except BadSignature:
        return HttpResponseBadRequest("The signature is not valid.")
    return HttpResponse("ok")

"""An order's buttons for its customer, and the providers' webhooks."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from shop.cart.visitor import customer_of, guest_token, keep_cart
from shop.fulfilment.actions import cancel_and_refill
from shop.fulfilment.forms import ReturnForm
from shop.fulfilment.payment import ActionRefused, pay, pay_again, receive_webhook, return_address
from shop.fulfilment.returns import announce_return, may_be_returned
from shop.orders.models import Order
from shop.orders.returns import ReturnRefused
from shop.orders.states import TransitionRefused
from shop.payments.forms import PaymentForm
from shop.payments.gateways import payment_choices
from shop.payments.gateways.interface import BadSignature
from shop.payments.models import Payment


@require_POST
def pay_now(request: HttpRequest, secret: str) -> HttpResponse:
    """Go on with an order that is not paid yet."""
    order = _order(secret)
    form = PaymentForm(request.POST, payments=payment_choices())
    if not form.is_valid():
        messages.error(request, _("Choose how you want to pay."))
        return redirect(order)
    try:
        payment = pay_again(
            order.pk, form.cleaned_data["payment"], form.details, _return_url(request, order), timezone.now()
        )
    except ActionRefused as refused:
        messages.info(request, str(refused))
        return redirect(order)
    return _after(request, order, payment)


@never_cache
def returned(request: HttpRequest, secret: str) -> HttpResponse:
    """The browser comes back from a provider. That proves nothing: the provider is asked."""
    order = _order(secret)
    pay(order, _return_url(request, order), timezone.now())
    return redirect(order)


@require_POST
def cancel(request: HttpRequest, secret: str) -> HttpResponse:
    """Call an unpaid order off; what it was for is in the cart again."""
    order = _order(secret)
    try:
        cart = cancel_and_refill(order.pk, customer_of(request), guest_token(request), timezone.now())
    except (ActionRefused, TransitionRefused):
        messages.error(request, _("This order cannot be called off any more. Write to us instead."))
        return redirect(order)
    messages.success(request, _("The order is called off, and what it was for is in your cart."))
    response = redirect("cart:show")
    keep_cart(response, cart)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, secret: str) -> HttpResponse:
    """Say what of an order comes back, and why."""
    order, now = _order(secret), timezone.now()
    form, status = ReturnForm(request.POST or None, order=order), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            why = {"reason": form.cleaned_data["reason"], "note": form.cleaned_data["note"]}
            try:
                made = announce_return(order.pk, form.quantities, who=order.email, now=now, **why)
            except ReturnRefused as refused:
                form.add_error(None, str(refused))
                status = 409
            else:
                said = _("Thank you. Write %(number)s on the parcel; a mail says where to send it.")
                messages.success(request, said % {"number": made.number})
                return redirect(order)
    context = {"order": order, "form": form, "is_open": may_be_returned(order, now)}
    return render(request, "fulfilment/send_back.html", context, status=status)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """News from a provider. What is not signed by it is answered with 400, and nothing is stored."""
    try:
        receive_webhook(gateway, request.body, request.headers, timezone.now())
    except KeyError as error:
        raise Http404 from error
    except BadSignature:
        return HttpResponseBadRequest("The signature does not fit.")
    return HttpResponse("ok")


def take_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """Begin to pay the order, and lead to where its customer goes on."""
    return _after(request, order, pay(order, _return_url(request, order), timezone.now()))


def _after(request: HttpRequest, order: Order, payment: Payment | None) -> HttpResponse:
    if payment is not None and payment.status == Payment.Status.STARTED and payment.next_url:
        return redirect(payment.next_url)
    if payment is not None and payment.status == Payment.Status.FAILED:
        messages.error(request, payment.error or _("The payment did not go through. You can try again below."))
    return redirect(order)


def _order(secret: str) -> Order:
    try:
        return Order.objects.get(secret=secret)
    except ObjectDoesNotExist as error:
        raise Http404(_("There is no order at this address.")) from error


def _return_url(request: HttpRequest, order: Order) -> str:
    return return_address(order, f"{request.scheme}://{request.get_host()}")

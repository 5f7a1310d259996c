"""The cart and the checkout by API."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from shop.cart.api import TOKEN, WRITE, PurchaseView, refusal
from shop.cart.models import Cart
from shop.cart.services import CartRefused, add_line, change_line, choose, open_cart
from shop.cart.visitor import customer_of
from shop.checkout.quote import Wish, quote_lines
from shop.checkout.serializers import (
    AddLineSerializer,
    CartSerializer,
    ChangeLineSerializer,
    CheckoutSerializer,
    EstimateSerializer,
    cart_answer,
)
from shop.checkout.services import CheckoutRefused, Purchase, place_order
from shop.fulfilment.payment import pay, return_address
from shop.fulfilment.serializers import OrderSerializer
from shop.orders.models import Order, OrderAddress
from shop.payments.gateways import details_for, offered


class CartView(PurchaseView):
    """The cart and what it costs."""

    @extend_schema(parameters=[TOKEN, OpenApiParameter("method", int)], responses=CartSerializer)
    def get(self, request: Request) -> Response:
        asked = request.query_params.get("method", "")
        return Response(
            _answer(request, self.cart(request), int(asked) if asked.isdecimal() and len(asked) < 19 else None)
        )

    @extend_schema(parameters=WRITE, request=EstimateSerializer, responses=CartSerializer)
    def patch(self, request: Request) -> Response:
        """Name the country and the voucher that totals go by."""
        said = _valid(EstimateSerializer(data=request.data))

        def work() -> tuple[int, Any]:
            now = timezone.now()
            cart = open_cart(customer_of(request._request), request.headers.get("Cart-Token", ""), now)
            choose(cart, now, **said)
            return 200, _answer(request, cart)

        return self.once(request, work)


class CartLinesView(PurchaseView):
    """Lines of the cart."""

    @extend_schema(parameters=WRITE, request=AddLineSerializer, responses={201: CartSerializer})
    def post(self, request: Request) -> Response:
        """Put a variant into the cart; the first one opens it."""
        said = _valid(AddLineSerializer(data=request.data))

        def work() -> tuple[int, Any]:
            now = timezone.now()
            cart = open_cart(customer_of(request._request), request.headers.get("Cart-Token", ""), now)
            try:
                add_line(cart, said["variant"], said["quantity"], now)
            except CartRefused as refused:
                raise refusal(refused.code, refused.message) from refused
            return 201, _answer(request, cart)

        return self.once(request, work)


class CartLineView(PurchaseView):
    """One line of the cart."""

    @extend_schema(parameters=WRITE, request=ChangeLineSerializer, responses=CartSerializer)
    def patch(self, request: Request, line_id: int) -> Response:
        """Another quantity."""
        return self._change(request, line_id, _valid(ChangeLineSerializer(data=request.data))["quantity"])

    @extend_schema(parameters=WRITE, responses=CartSerializer)
    def delete(self, request: Request, line_id: int) -> Response:
        """Take the line out."""
        return self._change(request, line_id, 0)

    def _change(self, request: Request, line_id: int, quantity: int) -> Response:
        def work() -> tuple[int, Any]:
            cart = self.cart(request)
            if cart is None or not cart.lines.filter(pk=line_id).exists():
                raise Http404
            try:
                change_line(cart, line_id, quantity, timezone.now())
            except CartRefused as refused:
                raise refusal(refused.code, refused.message) from refused
            return 200, _answer(request, cart)

        return self.once(request, work)


class CheckoutView(PurchaseView):
    """Buying the cart."""

    @extend_schema(parameters=WRITE, request=CheckoutSerializer, responses={201: OrderSerializer})
    def post(self, request: Request) -> Response:
        """Place the order and begin to pay it. A cart that has an order gives that one again."""
        said = _valid(CheckoutSerializer(data=request.data))
        if said["payment"] and said["payment"] not in offered():
            raise ValidationError({"payment": ["Choose one of the ways to pay that are offered."]}, code="invalid")
        # Not one transaction: the provider is asked in between. The cart makes this safe to run twice.
        return self.once(request, lambda: self._buy(request, said), together=False)

    def _buy(self, request: Request, said: dict[str, Any]) -> tuple[int, Any]:
        now, cart = timezone.now(), self._cart_or_its_order(request)
        try:
            order = place_order(cart.pk, _purchase(said, request), now)
        except CheckoutRefused as refused:
            raise refusal(refused.code, " ".join(refused.messages)) from refused
        pay(order, return_address(order, f"{request.scheme}://{request.get_host()}"), now)
        fresh = Order.objects.for_page().prefetch_related("payments").get(pk=order.pk)
        return 201, OrderSerializer(fresh, context={"request": request}).data

    def _cart_or_its_order(self, request: Request) -> Cart:
        customer, token = customer_of(request._request), request.headers.get("Cart-Token", "")
        open_one = self.cart(request)
        if open_one is not None:
            return open_one
        ordered = Cart.objects.filter(token=token, customer=None).first() if token and customer is None else None
        if ordered is None:
            raise refusal("cart_empty", "There is nothing in the cart.")
        return ordered


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _purchase(said: dict[str, Any], request: Request) -> Purchase:
    return Purchase(
        email=said["email"],
        delivery=OrderAddress(**said["delivery"]),
        billing=OrderAddress(**said["billing"]) if said["billing"] else None,
        seen_total=said["total"],
        gateway=said["payment"],
        method_id=said["method"],
        voucher_code=said["voucher_code"].strip().upper(),
        note=said["note"],
        customer=customer_of(request._request),
        details=details_for(said["payment"], said),
    )


def _answer(request: Request, cart: Cart | None, method: int | None = None) -> Any:
    """The cart and its totals."""
    now, customer = timezone.now(), customer_of(request._request)
    lines = list(cart.lines.for_page()) if cart else []
    email = customer.email if customer else ""
    wish = Wish(cart.country, method, cart.voucher_code, email) if cart else Wish(method_id=method)
    problems = {line.pk: problem.message for line in lines if (problem := line.problem(now))}
    return cart_answer(cart, lines, quote_lines(lines, wish, now), problems, {"request": request})

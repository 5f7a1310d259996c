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
from shop.checkout.quote import QuoteOptions, quote_lines
from shop.checkout.serializers import (
    AddLineSerializer,
    CartSerializer,
    ChangeLineSerializer,
    CheckoutSerializer,
    EstimateSerializer,
)
from shop.checkout.services import CheckoutRefused, Purchase, place_order
from shop.fulfilment.payment import pay, return_address
from shop.fulfilment.serializers import OrderSerializer
from shop.orders.models import Order, OrderAddress
from shop.payments.gateways import details_for, offered


class CartView(PurchaseView):
    """Return the cart and its totals."""

    @extend_schema(parameters=[TOKEN, OpenApiParameter("method", int)], responses=CartSerializer)
    def get(self, request: Request) -> Response:
        method = request.query_params.get("method", "")
        return Response(
            _answer(request, self.cart(request), int(method) if method.isdecimal() and len(method) < 19 else None)
        )

    @extend_schema(parameters=WRITE, request=EstimateSerializer, responses=CartSerializer)
    def patch(self, request: Request) -> Response:
        """Set the country and voucher code for the totals."""
        fields = _valid(EstimateSerializer(data=request.data))

        def work() -> tuple[int, Any]:
            now = timezone.now()
            cart = open_cart(customer_of(request._request), request.headers.get("Cart-Token", ""), now)
            choose(cart, now, **fields)
            return 200, _answer(request, cart)

        return self.once(request, work)


class CartLinesView(PurchaseView):
    """Lines of the cart."""

    @extend_schema(parameters=WRITE, request=AddLineSerializer, responses={201: CartSerializer})
    def post(self, request: Request) -> Response:
        """Add a variant. The first one creates the cart."""
        fields = _valid(AddLineSerializer(data=request.data))

        def work() -> tuple[int, Any]:
            now = timezone.now()
            cart = open_cart(customer_of(request._request), request.headers.get("Cart-Token", ""), now)
            try:
                add_line(cart, fields["variant"], fields["quantity"], now)
            except CartRefused as refused:
                raise refusal(refused.code, refused.message) from refused
            return 201, _answer(request, cart)

        return self.once(request, work)


class CartLineView(PurchaseView):
    """One line of the cart."""

    @extend_schema(parameters=WRITE, request=ChangeLineSerializer, responses=CartSerializer)
    def patch(self, request: Request, line_id: int) -> Response:
        """Change the quantity."""
        return self._change(request, line_id, _valid(ChangeLineSerializer(data=request.data))["quantity"])

    @extend_schema(parameters=WRITE, responses={200: CartSerializer})
    def delete(self, request: Request, line_id: int) -> Response:
        """Remove the line."""
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
    """Order the cart."""

    @extend_schema(parameters=WRITE, request=CheckoutSerializer, responses={201: OrderSerializer})
    def post(self, request: Request) -> Response:
        """Place the order and start its payment. For a cart that has been ordered already, return that order."""
        fields = _valid(CheckoutSerializer(data=request.data))
        if fields["payment"] and fields["payment"] not in offered():
            raise ValidationError({"payment": ["Choose one of the offered payment methods."]}, code="invalid")
        # Not one transaction, since it calls the provider. Run twice, it still orders the cart once.
        return self.once(request, lambda: self._buy(request, fields), together=False)

    def _buy(self, request: Request, fields: dict[str, Any]) -> tuple[int, Any]:
        now, cart = timezone.now(), self._open_or_ordered_cart(request)
        try:
            order = place_order(cart.pk, _purchase(fields, request), now)
        except CheckoutRefused as refused:
            raise refusal(refused.code, " ".join(refused.messages)) from refused
        pay(order, return_address(order, request.build_absolute_uri("/")), now)
        placed = Order.objects.for_page().prefetch_related("payments").get(pk=order.pk)
        return 201, OrderSerializer(placed, context={"request": request}).data

    def _open_or_ordered_cart(self, request: Request) -> Cart:
        customer, token = customer_of(request._request), request.headers.get("Cart-Token", "")
        cart = self.cart(request)
        if cart is not None:
            return cart
        ordered = Cart.objects.filter(token=token, customer=None).first() if token and customer is None else None
        if ordered is None:
            raise refusal("cart_empty", "The cart is empty. Add something to it first.")
        return ordered


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _purchase(fields: dict[str, Any], request: Request) -> Purchase:
    return Purchase(
        email=fields["email"],
        delivery=OrderAddress(**fields["delivery"]),
        billing=OrderAddress(**fields["billing"]) if fields["billing"] else None,
        seen_total=fields["total"],
        gateway=fields["payment"],
        method_id=fields["method"],
        voucher_code=fields["voucher_code"].strip().upper(),
        note=fields["note"],
        customer=customer_of(request._request),
        details=details_for(fields["payment"], fields),
    )


def _answer(request: Request, cart: Cart | None, method: int | None = None) -> Any:
    """Return the cart and its totals."""
    now, customer = timezone.now(), customer_of(request._request)
    lines = list(cart.lines.for_page()) if cart else []
    email = customer.email if customer else ""
    options = QuoteOptions(cart.country, method, cart.voucher_code, email) if cart else QuoteOptions(method_id=method)
    token = cart.token if cart and cart.customer_id is None else ""
    answer = {"token": token, "lines": lines, "quote": quote_lines(lines, options, now)}
    return CartSerializer(answer, context={"request": request, "now": now}).data

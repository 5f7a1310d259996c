"""Builders for tests of the purchase: delivery, items, carts, purchases and orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from catalog.models import Product, StockMovement, Variant
from shop.cart.models import Cart
from shop.cart.services import add_line
from shop.checkout.quote import QuoteOptions, quote_lines
from shop.checkout.services import Purchase, place_order
from shop.fulfilment.payment import pay
from shop.models import Mail
from shop.money import ZERO
from shop.orders.models import Order, OrderAddress, ShippingMethod, ShippingRate, TaxRate
from shop.payments.models import Payment, Refund, TestCharge
from shop.promotions.models import Promotion, Voucher
from tests.factories import ProductFactory, VariantFactory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)  # unpaid orders have expired
HOME = OrderAddress(name="Alice Example", line1="1 Long Street", city="Berlin", postal_code="10115", country="DE")
BACK = "https://shop.test/back/"
GOOD, DECLINED, PROMISED, TIMEOUT, UNREACHED, LATE, OTHER_AMOUNT, OTHER_CURRENCY, REFUND_DOWN, VOID_DOWN = (
    f"4242 4242 4242 {end}" for end in ("4242", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
)


def deliver_to(
    country: str = "DE", amount: str = "4.90", percent: str | None = "19", reduced: str | None = None, **rate: Any
) -> ShippingMethod:
    """Create a delivery method and the tax of the country."""
    method = ShippingMethod.objects.create(name="Parcel")
    ShippingRate.objects.create(method=method, country=country, amount=Decimal(amount), **rate)
    if percent is not None:
        rates = {"percent": Decimal(percent), "reduced_percent": Decimal(reduced) if reduced else None}
        TaxRate.objects.update_or_create(country=country, defaults=rates)
    return method


def article(price: str = "10.00", stock: int = 5, tax_class: str = "standard", **more: Any) -> Variant:
    """Create a variant on sale."""
    product = ProductFactory(price=None, tax_class=tax_class)
    return VariantFactory(product=product, price_amount=Decimal(price), on_hand=stock, **more)


def cart_of(*variants: Variant, quantity: int = 1, **more: Any) -> Cart:
    """Create a cart with this quantity of each variant."""
    cart = Cart.objects.create(created_at=NOW, updated_at=NOW, **more)
    for each in variants:
        add_line(cart, each.pk, quantity, NOW)
    return cart


def total_of(cart: Cart, code: str = "", email: str = "alice@example.com", country: str = "DE") -> Decimal:
    """Return the total that the page shows."""
    return quote_lines(list(cart.lines.for_page()), QuoteOptions(country, None, code, email), NOW).total_amount


def purchase(cart: Cart, card: str = GOOD, **more: Any) -> Purchase:
    """Return a purchase with the right total."""
    fields = {"email": "alice@example.com", "delivery": HOME, "gateway": "test", "details": {"card": card}, **more}
    code, country = fields.get("voucher_code", ""), fields["delivery"].country
    fields.setdefault("seen_total", total_of(cart, code, fields["email"], country))
    return Purchase(**fields)


def buy(cart: Cart, card: str = GOOD, now: datetime = NOW, **more: Any) -> Order:
    """Place the order, ask the provider, and return the order."""
    order = place_order(cart.pk, purchase(cart, card, **more), now)
    pay(order, BACK, now)
    return Order.objects.get(pk=order.pk)


def voucher(code: str = "TEN", kind: str = "percentage", value: str = "10", **more: Any) -> Voucher:
    """Create a voucher with these limits, and its promotion."""
    limits = {name: more.pop(name) for name in ("limit_total", "limit_per_customer") if name in more}
    promotion = Promotion.objects.create(name=f"Promotion {code}", kind=kind, value=Decimal(value), **more)
    return Voucher.objects.create(code=code, promotion=promotion, **limits)


def books_balance() -> None:
    """Assert that stock, payments, refunds and orders agree."""
    assert not Variant.objects.filter(reserved__gt=F("on_hand")).exists()
    reserved: dict[int, int] = {}
    for order in Order.objects.filter(stock=Order.Stock.RESERVED).prefetch_related("lines"):
        for key, units in order.quantities().items():
            reserved[key] = reserved.get(key, 0) + units
    assert {each.pk: each.reserved for each in Variant.objects.filter(reserved__gt=0)} == reserved
    moved = StockMovement.objects.values("variant").annotate(held=Sum("reserved_change"))
    assert {each["variant"]: each["held"] for each in moved if each["held"]} == reserved
    for order in Order.objects.prefetch_related("lines"):
        lines = sum((line.total_amount for line in order.lines.all()), ZERO)
        delivery = order.shipping_amount + (ZERO if order.is_tax_included else order.shipping_tax_amount)
        assert order.total_amount == lines + delivery
        assert order.tax_amount == sum((tax.tax_amount for tax in order.taxes), ZERO)
        assert order.total_amount == sum((tax.net_amount + tax.tax_amount for tax in order.taxes), ZERO)
    captured = Payment.objects.filter(gateway="test", status=Payment.Status.CAPTURED, amount__gt=0)
    at_bank = TestCharge.objects.filter(status="captured")
    assert {str(each.key) for each in captured} == {each.key for each in at_bank}, "a charge without a payment"
    assert total(captured, "amount") == total(at_bank, "amount")
    refunds = Refund.objects.filter(status=Refund.Status.DONE, payment__gateway="test")
    assert total(refunds, "amount") == total(at_bank, "refunded_amount")


def total(rows: Any, column: str) -> Decimal:
    return rows.aggregate(sum=Sum(column))["sum"] or ZERO


def sold_of(product: Product) -> int:
    product.refresh_from_db()
    return product.sold_count


def kinds(order: Order) -> list[str]:
    """Return the kinds of the order's events."""
    return [event.kind for event in order.events.all()]


def mails() -> list[str]:
    """Return the kinds of the queued mails."""
    return sorted(mail.kind for mail in Mail.objects.all())


def total_refunded() -> Decimal:
    """Return the total that the test bank has refunded."""
    return total(TestCharge.objects.all(), "refunded_amount")

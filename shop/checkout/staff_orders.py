"""Orders that staff place for a customer, by telephone for example, with the checkout's forms, prices and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product, Variant
from catalog.search import matching
from shop.accounts.models import Customer
from shop.cart.forms import QuantityField
from shop.cart.models import Cart
from shop.cart.services import CartRefused, fill_cart, open_cart
from shop.checkout.page import Page, read_page
from shop.checkout.services import place_order
from shop.fulfilment.payment import pay, return_address
from shop.orders.mails import mail_pay_link
from shop.orders.models import Order

LINK, INVOICE = "link", "invoice"


class ItemsForm(forms.Form):
    """The customer's email address, and rows with an item (SKU or search words) and its quantity."""

    ROWS = 8

    email = forms.EmailField(label=gettext_lazy("Customer's email address"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for row in range(self.ROWS):
            self.fields[f"item-{row}"] = forms.CharField(
                label=gettext_lazy("SKU or search words"), max_length=200, required=False
            )
            self.fields[f"quantity-{row}"] = QuantityField(required=False, initial=1)

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"item-{row}"], self[f"quantity-{row}"]) for row in range(self.ROWS)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        quantities: dict[int, int] = {}
        for row in range(self.ROWS):
            words = str(cleaned.get(f"item-{row}") or "").strip()
            if words and (variant := self._variant(words, row)):
                quantities[variant.pk] = quantities.get(variant.pk, 0) + (cleaned.get(f"quantity-{row}") or 1)
        if not quantities and not self.errors:
            self.add_error("item-0", _("Enter at least one item."))
        cleaned["quantities"] = quantities
        return cleaned

    def _variant(self, words: str, row: int) -> Variant | None:
        visible = Product.objects.visible(self.now)
        variants = Variant.objects.filter(product__in=visible).select_related("product")
        exact = variants.filter(sku__iexact=words).first()
        if exact is not None:
            return exact
        found = list(variants.filter(product__in=matching(Product.objects.all(), words).values("pk"))[:6])
        if len(found) == 1:
            return found[0]
        names = ", ".join(f"{each.sku} ({each.product.title} {each.label})" for each in found)
        several = _("Several items match. Enter the SKU of one: %(names)s.") % {"names": names}
        self.add_error(f"item-{row}", several if found else _("No item on sale has this SKU or matches these words."))
        return None


@dataclass
class StaffPage:
    """The submitted page. `page` is the checkout page, once customer and items are known."""

    form: ItemsForm
    page: Page | None = None
    messages: list[str] = field(default_factory=list)

    def is_valid(self) -> bool:
        return self.page is not None and not self.messages and self.page.is_valid()


def staff_choices() -> list[tuple[str, str]]:
    """Return the payment methods for orders that staff place."""
    invoice = [(INVOICE, _("On invoice"))] if INVOICE in settings.PAYMENTS else []
    return [*invoice, (LINK, _("Send the customer a payment link"))]


def read_staff_page(submitted: Mapping[str, Any] | None, now: datetime) -> StaffPage:
    """Return the page with the submitted values. Its items go into a separate cart, to be ordered from there."""
    form = ItemsForm(submitted, now=now)
    if submitted is None or not form.is_valid():
        return StaffPage(form)
    email = form.cleaned_data["email"].strip()
    verified = {"emailaddress__email__iexact": email, "emailaddress__verified": True}
    customer = Customer.objects.filter(is_active=True, **verified).first()
    cart = Cart.objects.filter(token=str(submitted.get("cart", "")), customer=None).first()
    cart = cart or open_cart(None, "", now)
    try:
        messages = [] if cart.ordered_at else fill_cart(cart, form.cleaned_data["quantities"], now)
    except CartRefused:  # ordered a moment ago: `place_order` returns that order
        messages = []
    is_first = "delivery-name" not in submitted
    page = read_page(cart, customer, None if is_first else submitted, staff_choices())
    return StaffPage(form, page, messages)


def place_for_customer(shown: StaffPage, who: str, now: datetime) -> Order:
    """Place the order of a valid page: on invoice, or with a payment link by email. Safe to run twice.

    Raises CheckoutRefused.
    """
    assert shown.page is not None
    purchase = replace(shown.page.purchase(), placed_by=who)
    is_link = purchase.gateway == LINK
    if is_link:
        purchase = replace(purchase, link_valid_for=timedelta(hours=settings.PAY_LINK_HOURS))
    with transaction.atomic(durable=True):
        order = place_order(shown.page.cart.pk, purchase, now)
        if is_link and order.total_amount:
            mail_pay_link(order, now)
    if not is_link:
        pay(order, return_address(order, ""), now)
    return order

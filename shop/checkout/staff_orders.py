"""Orders that staff place for a customer, such as by telephone: the checkout's own page, prices and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from catalog.models import Product, Variant
from catalog.search import matching
from shop.accounts.models import Customer
from shop.cart.forms import QuantityField
from shop.cart.models import Cart
from shop.cart.services import CartRefused, fill_cart, open_cart
from shop.checkout.page import Page, read_page
from shop.checkout.services import CheckoutRefused, place_order
from shop.fulfilment.payment import pay, return_address
from shop.orders.models import Order

LINK, INVOICE = "link", "invoice"


class GoodsForm(forms.Form):
    """For whom staff place an order, and what they want: rows of an article, by SKU or words, and its pieces."""

    ROWS = 8

    email = forms.EmailField(label=_lazy("Customer's e-mail address"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for row in range(self.ROWS):
            self.fields[f"article-{row}"] = forms.CharField(
                label=_lazy("SKU or words"), max_length=200, required=False
            )
            self.fields[f"quantity-{row}"] = QuantityField(required=False, initial=1)

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Article and pieces of each row."""
        return [(self[f"article-{row}"], self[f"quantity-{row}"]) for row in range(self.ROWS)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wanted: dict[int, int] = {}
        for row in range(self.ROWS):
            words = str(cleaned.get(f"article-{row}") or "").strip()
            if words and (variant := self._variant(words, row)):
                wanted[variant.pk] = wanted.get(variant.pk, 0) + (cleaned.get(f"quantity-{row}") or 1)
        if not wanted and not self.errors:
            self.add_error("article-0", _("Name at least one article."))
        cleaned["wanted"] = wanted
        return cleaned

    def _variant(self, words: str, row: int) -> Variant | None:
        shown = Product.objects.visible(self.now)
        variants = Variant.objects.filter(product__in=shown).select_related("product")
        found = variants.filter(sku__iexact=words).first()
        if found is not None:
            return found
        fitting = list(variants.filter(product__in=matching(Product.objects.all(), words).values("pk"))[:6])
        if len(fitting) == 1:
            return fitting[0]
        several = ", ".join(f"{each.sku} ({each.product.title} {each.label})" for each in fitting)
        said = _("Several articles fit; name one by its SKU: %(several)s.") % {"several": several}
        self.add_error(f"article-{row}", said if fitting else _("No article on sale has this SKU or these words."))
        return None


@dataclass
class StaffPage:
    """What is shown and what was sent. `page` is the checkout's, once somebody and something was named."""

    goods: GoodsForm
    page: Page | None = None
    customer: Customer | None = None
    messages: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether an order may be asked for."""
        return self.page is not None and not self.messages and self.page.is_valid


def staff_choices() -> list[tuple[str, str]]:
    """How such an order is paid."""
    invoice = [(INVOICE, _("On invoice"))] if INVOICE in settings.PAYMENTS else []
    return [*invoice, (LINK, _("Send the customer a link to pay"))]


def fill_staff_page(sent: Mapping[str, Any] | None, now: datetime) -> StaffPage:
    """The page with what was sent. Articles go into a cart of this page's own, which the order is made of."""
    goods = GoodsForm(sent, now=now)
    if sent is None or not goods.is_valid():
        return StaffPage(goods)
    customer = _customer_of(goods.cleaned_data["email"])
    cart = Cart.objects.filter(token=str(sent.get("cart", "")), customer=None).first() or open_cart(None, "", now)
    refused = [] if cart.ordered_at else _fill(cart, goods.cleaned_data["wanted"], now)
    is_first = "delivery-name" not in sent
    page = read_page(cart, customer, None if is_first else sent, now, staff_choices())
    return StaffPage(goods, page, customer, refused)


def place_for_customer(shown: StaffPage, who: str, now: datetime) -> Order:
    """The order of a valid page: on invoice, or with a mail whose link leads to paying it. Twice gives the same one.

    Raises CheckoutRefused, as for customers.
    """
    assert shown.page is not None
    purchase = replace(shown.page.purchase(shown.customer), placed_by=who)
    if purchase.gateway == LINK:
        purchase = replace(purchase, link_lasts=timedelta(hours=settings.PAY_LINK_HOURS))
    try:
        order = place_order(shown.page.cart.pk, purchase, now)
    except CheckoutRefused as refused:
        shown.messages = refused.messages
        shown.page.quote = refused.quote or shown.page.quote
        raise
    if purchase.link_lasts is None:
        pay(order, return_address(order, ""), now)
    return order


def _customer_of(email: str) -> Customer | None:
    """Whose account has proven this address."""
    proven = {"emailaddress__email__iexact": email.strip(), "emailaddress__verified": True}
    return Customer.objects.filter(is_active=True, **proven).first()


def _fill(cart: Cart, wanted: dict[int, int], now: datetime) -> list[str]:
    try:
        return fill_cart(cart, wanted, now)
    except CartRefused:  # the order was placed a moment ago: placing gives that one again
        return []

"""What staff send by the buttons of an order's page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Variant
from catalog.search import matching
from shop.cart.forms import QuantityField
from shop.checkout.pieces import PiecesForm
from shop.orders.models import Order
from shop.orders.services import unshipped
from shop.payments.models import Payment
from shop.payments.services import spoken_for


class ShipForm(PiecesForm):
    """A parcel."""

    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    number = forms.CharField(label=_("Tracking number"), max_length=80, required=False)
    url = forms.URLField(label=_("Address to follow it"), required=False, assume_scheme="https")

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=unshipped(order), fill=True, **kwargs)


class RefundForm(PiecesForm):
    """Money back, for pieces that come back or for none."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200, required=False)
    restocks = forms.BooleanField(label=_("Put these pieces back on the shelf"), required=False)

    def __init__(self, *args: Any, order: Order, payment: Payment, **kwargs: Any) -> None:
        taken = spoken_for(order)
        left = {line.pk: line.quantity - taken.get(line.pk, 0) for line in order.lines.all()}
        super().__init__(*args, order=order, left=left, fill=False, **kwargs)


class CancelForm(forms.Form):
    """Calling an order off."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class GoodsForm(forms.Form):
    """For whom staff place an order, and what they want: rows of an article, by SKU or words, and its pieces."""

    ROWS = 8

    email = forms.EmailField(label=_("Customer's e-mail address"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for row in range(self.ROWS):
            self.fields[f"article-{row}"] = forms.CharField(label=_("SKU or words"), max_length=200, required=False)
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

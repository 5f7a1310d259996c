"""The invoice as PDF, drawn from the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from django.utils.translation import gettext as _
from django.utils.translation import to_locale
from fpdf import FPDF

from shop.languages import offered
from shop.money import format_percent
from shop.orders.models import Order, OrderAddress
from shop.orders.taxes import TaxSum
from shop.orders.typesetting import Align, Typesetter
from shop.storefront.current import shop_settings

LEFT, WIDTH, BOTTOM = 20, 170, 277  # millimetres of A4; nothing is written below BOTTOM
ADDRESS_WIDTH = 85  # fits the window of an envelope
COLUMNS = (78, 17, 19, 28, 28)


def draw_invoice(order: Order) -> bytes:
    """Return the PDF. The order must have an invoice."""
    pdf = FPDF(format="A4")
    pdf.set_title(_("Invoice %(number)s") % {"number": order.invoice})
    pdf.set_margins(LEFT, 20)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.add_page()
    billed = next((each for each in order.addresses.all() if each.kind == OrderAddress.Kind.BILLING), None)
    paper = _Paper(pdf, Typesetter(pdf, billed.country if billed else ""))
    _head(paper, order, billed)
    _items(paper, order)
    _sums(paper, order)
    return bytes(pdf.output())


@dataclass
class _Paper:
    pdf: FPDF
    setter: Typesetter

    def write(self, text: str, size: float = 10, leading: float = 5, width: float = WIDTH, **how: Any) -> None:
        """Write the text from here downwards, and on the next page if this one is full."""
        align: Align = how.pop("align", "start")
        for line in self.setter.lines(text, width, size, **how):
            self.turn(leading)
            self.setter.draw([line], LEFT, width, size, leading, align)

    def row(self, cells: Sequence[str], size: float = 9, leading: float = 5, is_bold: bool = False) -> None:
        """Write a table row: the first cell as text, the others right-aligned."""
        set_cells = [
            self.setter.lines(cell, width - 2, size, is_bold) for cell, width in zip(cells, COLUMNS, strict=True)
        ]
        height = leading * max(map(len, set_cells)) + 3
        if self.turn(height) and not is_bold:
            self.row(_headings(), size, leading, is_bold=True)
        top, x = self.pdf.y, float(LEFT)
        for number, (lines, width) in enumerate(zip(set_cells, COLUMNS, strict=True)):
            self.pdf.set_y(top + 1.5)
            self.setter.draw(lines, x + 1, width - 2, size, leading, "end" if number else "start")
            x += width
        self.pdf.line(LEFT, top + height, LEFT + WIDTH, top + height)
        self.pdf.set_xy(LEFT, top + height)

    def sum(self, name: str, amount: str, is_bold: bool) -> None:
        """Write a name and its amount, on one line or more."""
        names, amounts = (
            self.setter.lines(text, width, 10, is_bold) for text, width in ((name, 118), (amount, WIDTH - 122))
        )
        self.turn(7 * len(names))
        top = self.pdf.y
        self.setter.draw(amounts, LEFT + 122, WIDTH - 122, 10, 7, "end")
        self.pdf.set_y(top)
        self.setter.draw(names, LEFT, 118, 10, 7, "end")
        self.pdf.set_x(LEFT)

    def turn(self, height: float) -> bool:
        """Begin a new page if this height does not fit on this one. Return True if it did not fit."""
        if self.pdf.y + height <= BOTTOM:
            return False
        self.pdf.add_page()
        return True


def _headings() -> list[str]:
    return [_("Item"), _("Quantity"), _("Tax"), _("Price"), _("Amount")]


def sums(order: Order) -> list[tuple[str, Decimal]]:
    """Return the names and amounts below the items, with the tax by rate beside the total."""
    included = _("including %(percent)s%% %(name)s on %(net)s")
    on_top = _("plus %(percent)s%% %(name)s on %(net)s")
    taxes = [
        ((included if order.is_tax_included else on_top) % _facts(order, each), each.tax_amount)
        for each in order.taxes
        if each.tax_amount or len(order.taxes) > 1
    ]
    total = (_("Total"), order.total_amount)
    return [
        (_("Items"), order.goods_amount),
        *([(_("Discount"), -order.discount_amount)] if order.discount_amount else []),
        (_("Delivery: %(name)s") % {"name": order.shipping_name}, order.shipping_amount),
        *([total, *taxes] if order.is_tax_included else [*taxes, total]),
    ]


def _facts(order: Order, tax: TaxSum) -> dict[str, str]:
    percent = format_percent(tax.percent, _locale(order))
    return {"name": order.tax_name or _("tax"), "percent": percent, "net": _money(order, tax.net_amount)}


def _head(paper: _Paper, order: Order, billed: OrderAddress | None) -> None:
    paper.write(shop_settings().seller, size=9, align="end")
    paper.pdf.ln(8)
    paper.write("\n".join(billed.lines) if billed else order.email, 11, 6, ADDRESS_WIDTH)
    paper.pdf.ln(12)
    paper.write(_("Invoice %(number)s") % {"number": order.invoice}, 16, 10, is_bold=True)
    dates = {"date": format_date(order.invoice.issued_at.date(), locale=_locale(order)), "number": order.number}
    paper.write(_("Issued on %(date)s for order %(number)s") % dates, leading=6)
    paper.pdf.ln(6)


def _items(paper: _Paper, order: Order) -> None:
    paper.row(_headings(), is_bold=True)
    for line in order.lines.all():
        title = "\n".join(filter(None, [line.title, line.options, line.sku]))
        tax = f"{format_percent(line.tax_percent, _locale(order))}%"
        gross = line.unit_amount * line.quantity
        paper.row([title, str(line.quantity), tax, _money(order, line.unit_amount), _money(order, gross)])


def _sums(paper: _Paper, order: Order) -> None:
    paper.pdf.ln(4)
    for name, amount in sums(order):
        paper.sum(name, _money(order, amount), is_bold=name == _("Total"))


def _money(order: Order, amount: object) -> str:
    return format_currency(amount, order.currency, locale=_locale(order))  # type: ignore[arg-type]


def _locale(order: Order) -> str:
    return str(to_locale(offered(order.language)))

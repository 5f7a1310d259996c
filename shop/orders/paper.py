"""The invoice as PDF, drawn from the order's own copies."""

from __future__ import annotations

from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import to_locale
from fpdf import FPDF

from shop.languages import offered
from shop.money import rate_in_words
from shop.orders.models import Order, OrderAddress
from shop.orders.taxes import TaxSum

FONT = "DejaVu"  # has letters for most of the world, and comes with a part that the shop needs anyway


def draw_invoice(order: Order) -> bytes:
    """The bytes of the PDF. The order must have an invoice."""
    pdf = FPDF(format="A4")
    pdf.set_title(_("Invoice %(number)s") % {"number": order.invoice})
    pdf.set_margins(20, 20)
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        pdf.add_font(FONT, style, _fonts() / name)
    pdf.add_page()
    _head(pdf, order)
    _goods(pdf, order)
    _sums(pdf, order)
    return bytes(pdf.output())


def sums(order: Order) -> list[tuple[str, Decimal]]:
    """What stands below the goods: names and amounts, the total with the tax by rate beside it."""
    included = _("of which %(name)s %(percent)s %% on %(net)s")
    on_top = _("plus %(name)s %(percent)s %% on %(net)s")
    taxes = [
        ((included if order.is_tax_included else on_top) % _facts(order, each), each.tax_amount)
        for each in order.taxes
        if each.tax_amount or len(order.taxes) > 1
    ]
    total = (_("Total"), order.total_amount)
    return [
        (_("Goods"), order.goods_amount),
        *([(_("Discount"), -order.discount_amount)] if order.discount_amount else []),
        (_("Delivery: %(name)s") % {"name": order.shipping_name}, order.shipping_amount),
        *([total, *taxes] if order.is_tax_included else [*taxes, total]),
    ]


def _facts(order: Order, tax: TaxSum) -> dict[str, str]:
    percent = rate_in_words(tax.percent, _locale(order))
    return {"name": order.tax_name or _("tax"), "percent": percent, "net": _money(order, tax.net_amount)}


def _head(pdf: FPDF, order: Order) -> None:
    pdf.set_font(FONT, size=9)
    pdf.multi_cell(0, 5, settings.SELLER, align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(8)
    billed = next((each for each in order.addresses.all() if each.kind == OrderAddress.Kind.BILLING), None)
    pdf.set_font(FONT, size=11)
    pdf.multi_cell(0, 6, "\n".join(billed.lines) if billed else order.email, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(12)
    pdf.set_font(FONT, "B", 16)
    pdf.cell(0, 10, _("Invoice %(number)s") % {"number": order.invoice}, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=10)
    dates = {"date": format_date(order.invoice.issued_at.date(), locale=_locale(order)), "number": order.number}
    pdf.cell(0, 6, _("Issued on %(date)s for order %(number)s") % dates, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(6)


def _goods(pdf: FPDF, order: Order) -> None:
    pdf.set_font(FONT, size=9)
    with pdf.table(col_widths=(44, 10, 10, 18, 18), text_align=("LEFT", *["RIGHT"] * 4)) as table:
        table.row([_("Article"), _("Pieces"), _("Tax"), _("Price"), _("Sum")])
        for line in order.lines.all():
            title = "\n".join(filter(None, [line.title, line.options, line.sku]))
            tax = f"{rate_in_words(line.tax_percent, _locale(order))} %"
            gross = line.unit_amount * line.quantity
            table.row([title, str(line.quantity), tax, _money(order, line.unit_amount), _money(order, gross)])


def _sums(pdf: FPDF, order: Order) -> None:
    pdf.ln(4)
    for name, amount in sums(order):
        pdf.set_font(FONT, "B" if name == _("Total") else "", 10)
        pdf.cell(120, 7, name, align="R")
        pdf.cell(0, 7, _money(order, amount), align="R", new_x="LMARGIN", new_y="NEXT")


def _money(order: Order, amount: object) -> str:
    return format_currency(amount, order.currency, locale=_locale(order))  # type: ignore[arg-type]


def _locale(order: Order) -> str:
    return str(to_locale(offered(order.language)))


def _fonts() -> Path:
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"

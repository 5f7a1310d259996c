"""Parse and validate the cells of a feed. Does not query the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from catalog.dates import validate_timestamp
from catalog.feed.records import OnProblem
from catalog.feed.rows import (
    ATTRIBUTE,
    OPTION,
    STOCK_IF_NEW,
    VARIANT_COLUMNS,
    Group,
    InvalidRow,
    Row,
    split_cell,
)
from catalog.models import AttributeValue, Category, Product, ProductImage, Variant
from catalog.models.options import clean_options
from catalog.prices import quantum, round_amount, shop_currency
from catalog.taxes import TaxClass
from catalog.text.html import MAX_HTML, clean_html, html_text
from catalog.text.slugs import validate_slug

MAX_DEPTH = 10  # levels of categories
MAX_COUNT = 2**31 - 1


@dataclass
class VariantEntry:
    """The variant of a row. `values` holds the model fields that the file sets."""

    line: int
    sku: str
    values: dict[str, Any]


@dataclass
class ProductEntry:
    """The product of a group. `values` holds the model fields that the file sets."""

    line: int
    slug: str
    category: tuple[str, ...]
    values: dict[str, Any]
    attributes: dict[str, list[str]]
    pictures: list[tuple[str, str]]
    labels: dict[str, str]
    distinct: str
    variants: list[VariantEntry] = field(default_factory=list)


def parse_group(group: Group, on_problem: OnProblem) -> ProductEntry | None:
    """Return the product with its valid variants, or None if the product is invalid. Report all invalid rows."""
    head = group.rows[0]
    try:
        entry = _product(group, head)
    except InvalidRow as refused:
        on_problem(head.line, str(refused))
        for row in group.rows[1:]:
            on_problem(row.line, _("The product is invalid, see line %(line)d.") % {"line": head.line})
        return None
    for row in group.rows:
        try:
            _check_repeats(row, head)
            entry.variants.append(_variant(row))
        except InvalidRow as refused:
            on_problem(row.line, str(refused))
    return entry


def _product(group: Group, row: Row) -> ProductEntry:
    slug, cells = group.slug, row.cells
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise InvalidRow(
            _("The product “%(slug)s” may only contain letters, digits, - and _.") % {"slug": slug}
        ) from error
    _check_length(Product, "slug", slug, "product")
    values: dict[str, Any] = {"title": _required(cells, "title")}
    values |= {name: cells[name] for name in ("brand", "seo_title", "seo_description") if name in cells}
    values |= _description(cells)
    for name in ("title", "brand", "description", "description_html", "seo_title", "seo_description"):
        _check_length(Product, name, values.get(name, ""), name)
    if cells.get("sold"):
        values["sold_count"] = _count(cells["sold"], "sold")
    if cells.get("tax_class"):
        values["tax_class"] = _choice(cells, "tax_class", TaxClass.values)
    if cells.get("family"):
        _check_length(Product, "family", cells["family"], "family")
        values |= {"family": cells["family"], "is_family_chosen": True}
    return ProductEntry(
        line=row.line,
        slug=slug,
        category=_category(_required(cells, "category")),
        values=values | _publishing(cells),
        attributes={
            column.removeprefix(ATTRIBUTE): _attribute_values(cell, column)
            for column, cell in cells.items()
            if column.startswith(ATTRIBUTE)
        },
        pictures=_pictures(cells),
        labels=group.labels,
        distinct=group.distinct,
    )


def _description(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the description. If the row has one with structure, its text is taken from it."""
    html = cells.get("description_html", "")
    if len(html) > MAX_HTML:
        facts = {"length": len(html), "limit": MAX_HTML}
        raise InvalidRow(_("The description has %(length)d characters. At most %(limit)d are allowed.") % facts)
    values = {name: cells[name] for name in ("description", "description_html") if name in cells}
    if html := clean_html(html):
        values |= {"description": html_text(html), "description_html": html}
    return values


def _variant(row: Row) -> VariantEntry:
    cells = row.cells
    sku = _required(cells, "sku")
    _check_length(Variant, "sku", sku, "sku")
    price = _amount(_required(cells, "price"), "price")
    values: dict[str, Any] = {"price_amount": price}
    if "compare_at_price" in cells:
        regular = _amount(cells["compare_at_price"], "compare_at_price") if cells["compare_at_price"] else None
        if regular is not None and regular <= price:
            raise InvalidRow(_("The compare_at_price must be higher than the price."))
        values["compare_at_amount"] = regular
    if cells.get("stock"):
        values["on_hand"] = _count(cells["stock"], "stock")
    elif cells.get(STOCK_IF_NEW):
        values["new_on_hand"] = _count(cells[STOCK_IF_NEW], "stock")
    if "barcode" in cells:
        _check_length(Variant, "barcode", cells["barcode"], "barcode")
        values["barcode"] = cells["barcode"]
    if cells.get("weight"):
        values["weight_grams"] = _count(cells["weight"], "weight")
    options = {column.removeprefix(OPTION): cell for column, cell in cells.items() if column.startswith(OPTION)}
    if options:
        values["options"] = _options({name: value for name, value in options.items() if value})
    return VariantEntry(row.line, sku, values)


def _options(options: Mapping[str, str]) -> dict[str, str]:
    try:
        return clean_options(dict(options))
    except ValidationError as error:
        raise InvalidRow(error.messages[0]) from error


def _check_repeats(row: Row, head: Row) -> None:
    """Raise InvalidRow if a later row of a product contradicts the first one."""
    for column, cell in row.cells.items():
        if column in VARIANT_COLUMNS or column == STOCK_IF_NEW or column.startswith(OPTION):
            continue
        if cell and cell != head.cells.get(column):
            raise InvalidRow(
                _("The %(column)s differs from line %(line)d, which is the same product.")
                % {"column": column, "line": head.line}
            )


def _required(cells: Mapping[str, str], column: str) -> str:
    if not cells.get(column):
        raise InvalidRow(_("The %(column)s is missing.") % {"column": column})
    return cells[column]


def _choice(cells: Mapping[str, str], column: str, known: list[str]) -> str:
    if cells[column] not in known:
        facts = {"column": column, "cell": cells[column][:50], "known": ", ".join(known)}
        raise InvalidRow(_("The %(column)s “%(cell)s” must be one of %(known)s.") % facts)
    return cells[column]


def _check_length(model: type[Any], name: str, value: str, column: str) -> None:
    limit = model._meta.get_field(name).max_length
    if len(value) > limit:
        raise InvalidRow(
            _("The %(column)s has %(length)d characters. At most %(limit)d are allowed.")
            % {"column": column, "length": len(value), "limit": limit}
        )


def _category(cell: str) -> tuple[str, ...]:
    names = tuple(split_cell(cell, ">"))
    if not all(names) or len(names) > MAX_DEPTH:
        raise InvalidRow(_("The category “%(cell)s” is not a path such as “Kitchen > Mugs”.") % {"cell": cell})
    for name in names:
        _check_length(Category, "name", name, "category")
    return names


def _publishing(cells: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if cells.get("status"):
        values["status"] = _choice(cells, "status", Product.Status.values)
    if "publish_at" in cells:
        values["publish_at"] = _timestamp(cells["publish_at"]) if cells["publish_at"] else None
    if values.get("status") == Product.Status.SCHEDULED and not values.get("publish_at"):
        raise InvalidRow(_("A scheduled product needs publish_at, such as 2030-01-31T09:00."))
    return values


def _timestamp(cell: str) -> datetime:
    try:
        timestamp = parse_datetime(cell)
        if timestamp is None and (day := parse_date(cell)):
            timestamp = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - made aware below
    except ValueError:
        timestamp = None
    if timestamp is None:
        raise InvalidRow(_("The publish_at “%(cell)s” is not a time such as 2030-01-31T09:00.") % {"cell": cell})
    try:
        timestamp = timezone.make_aware(timestamp) if timezone.is_naive(timestamp) else timestamp
        validate_timestamp(timestamp)
    except (ValidationError, OverflowError) as error:
        raise InvalidRow(
            _("The publish_at “%(cell)s” is not a time between the years 2000 and 2199.") % {"cell": cell}
        ) from error
    return timestamp


def _amount(cell: str, column: str) -> Decimal:
    try:
        amount = Decimal(cell) if cell.isascii() else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or "_" in cell:
        raise InvalidRow(
            _("The %(column)s “%(cell)s” is not a number such as 24.00.") % {"column": column, "cell": cell[:50]}
        )
    if amount < 0:
        raise InvalidRow(_("The %(column)s is negative.") % {"column": column})
    if amount >= 10**10:
        raise InvalidRow(_("The %(column)s “%(cell)s” has too many digits.") % {"column": column, "cell": cell[:50]})
    if amount != round_amount(amount):
        facts = {"currency": shop_currency(), "step": quantum(shop_currency())}
        sentence = _(
            "The %(column)s “%(cell)s” has too many decimal places for %(currency)s. Use a multiple of %(step)s."
        )
        raise InvalidRow(sentence % {"column": column, "cell": cell[:50], **facts})
    return round_amount(amount)


def _count(cell: str, column: str) -> int:
    if not (cell.isascii() and cell.isdigit()) or len(cell) > 10 or int(cell) > MAX_COUNT:
        facts = {"column": column, "cell": cell[:50]}
        raise InvalidRow(_("The %(column)s “%(cell)s” is not a whole number, 0 or more.") % facts)
    return int(cell)


def _attribute_values(cell: str, column: str) -> list[str]:
    values = [value for value in split_cell(cell) if value]
    for value in values:
        _check_length(AttributeValue, "value", value, column)
    return values


def _pictures(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    names = [name for name in split_cell(cells.get("images", "")) if name]
    alts = split_cell(cells.get("image_alts", ""))
    if len(alts) > len(names):
        raise InvalidRow(
            _("There are %(alts)d image_alts but only %(names)d images.") % {"alts": len(alts), "names": len(names)}
        )
    for alt in alts:
        _check_length(ProductImage, "alt", alt, "image_alts")
    return [(name, alts[index] if index < len(alts) else "") for index, name in enumerate(names)]

"""Read a product feed for Google Merchant Center, as a table or as XML. Rows of one item_group_id are one product."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.feed.foreign import (
    Draft,
    Notes,
    Source,
    category_cell,
    deepest,
    describe,
    option,
    read_price,
    read_stock,
    read_weight,
    regular_price,
    rows_or_problems,
    slug_for,
    split_list,
)

NAME, LABEL = "google", "Google Merchant"
REPEATED = "\x1f"  # separates the values of an element that an XML feed repeats
VARYING = ("color", "size", "material", "pattern", "gender", "age_group")
PLACES: Mapping[str, str] = {
    "id": "sku", "item_group_id": "product", "title": "title", "description": "description",
    "image_link": "images", "additional_image_link": "images", "price": "price", "sale_price": "price",
    "sale_price_effective_date": "price", "availability": "stock", "quantity": "stock", "brand": "brand",
    "gtin": "barcode", "product_type": "category", "google_product_category": "category",
    "shipping_weight": "weight", "condition": "attribute:condition",
    **dict.fromkeys(VARYING, "option or attribute"),
}  # fmt: skip
IGNORED = {"link", "mobile_link", "identifier_exists", "canonical_link"}
ADDRESSES = re.compile(rf"\s*{REPEATED}\s*|\s*,\s*(?=https?:|//)")
IN_STOCK = {"in_stock", "in stock"}


def matches(header: Collection[str]) -> bool:
    return {"id", "title", "price"} <= set(header) and bool({"availability", "image_link", "link"} & set(header))


def place(column: str) -> str | None:
    """Return our column, "" if theirs is ignored, or None if it has no place."""
    return "" if column in IGNORED else PLACES.get(column)


def key(source: Source) -> list[str]:
    group = source.get("item_group_id")
    return [f"group:{group}" if group else f"id:{source.get('id')}"]


def draft(sources: list[Source], notes: Notes) -> Draft:
    """Return the product of these rows. Raises InvalidRow."""
    head = sources[0]
    varying = {name for name in VARYING if len({source.get(name) for source in sources}) > 1}
    title = _title(head, varying)
    found = Draft(head.get("item_group_id", "id"), head.line)
    found.cells = {
        "product": slug_for("", title),
        "title": title,
        "brand": head.get("brand"),
        "category": category_cell(_category(head, notes)),
        "status": "published",
    }
    describe(found, head.get("description"), notes)
    for name in VARYING:
        if name not in varying and name in head.cells:
            found.add_values(name.replace("_", " ").capitalize(), re.split(r"\s*[/\x1f]\s*", head.get(name)))
    if head.get("condition") not in ("", "new"):
        found.add_values("Condition", [head.get("condition")])
    for column in ("image_link", "additional_image_link"):
        for source in sources:
            for address in ADDRESSES.split(source.get(column)):
                found.add_picture(address.strip())
    rows_or_problems(sources, notes, lambda source: _add_variant(found, source, varying, notes))
    return found


def _add_variant(found: Draft, source: Source, varying: Collection[str], notes: Notes) -> None:
    cells = {
        "sku": source.get("id"),
        "barcode": source.get("gtin"),
        **_prices(source, notes.now),
        "stock": read_stock(source.get("quantity"), source.line, notes),
        "weight": read_weight(source.get("shipping_weight"), "", source.line, notes),
        **{option(name.replace("_", " ")): source.get(name) for name in VARYING if name in varying},
    }
    if not cells["stock"]:
        cells |= {"stock_if_new": "1"} if source.get("availability").casefold() in IN_STOCK else {"stock": "0"}
    regular_price(cells, source.line, notes)
    found.variants.append((source.line, cells))


def _prices(source: Source, now: datetime) -> dict[str, str]:
    regular, sale = read_price(source.get("price"), "price"), read_price(source.get("sale_price"), "sale_price")
    if not sale or not _holds(source.get("sale_price_effective_date"), now):
        return {"price": regular, "compare_at_price": ""}
    return {"price": sale, "compare_at_price": regular}


def _holds(span: str, now: datetime) -> bool:
    """Return True if now is within a span such as 2030-01-31T09:00+0100/2030-02-28T23:59+0100, or if it is none."""
    try:
        moments = [parse_datetime(each.strip()) for each in span.split("/")]
    except ValueError:
        return True
    if len(moments) != 2:
        return True
    starts, ends = (timezone.make_aware(each) if each and timezone.is_naive(each) else each for each in moments)
    return (starts is None or starts <= now) and (ends is None or now <= ends)


def _title(head: Source, varying: Collection[str]) -> str:
    """Return the title without the values that tell the variants apart, which often end it."""
    title, shorter = head.get("title"), ""
    values = [re.escape(head.get(name)) for name in varying if head.get(name)]
    if not values:
        return title
    ending = re.compile(rf"[\s,/|(\[–-]+(?:{'|'.join(values)})[\s)\]]*$", re.IGNORECASE)
    while (shorter := ending.sub("", title)) not in (title, ""):
        title = shorter
    return title


def _category(head: Source, notes: Notes) -> list[str]:
    types = [split_list(each, ">") for each in re.split(REPEATED, head.get("product_type"))]
    chosen, others = deepest(types)
    general = head.get("google_product_category").split(REPEATED)[0]
    if others:
        names = ", ".join(" > ".join(path) for path in others)
        sentence = _("A product has one category here. It was put into “%(chosen)s”, not into: %(others)s.")
        notes.warn(head.line, sentence % {"chosen": " > ".join(chosen), "others": names[:200]})
    if not chosen and general and not general.isdecimal():
        return split_list(general, ">")
    if not chosen:
        notes.warn_once(head.line, _("The product has no type or category; it was put into “Other”."))
    return chosen or [_("Other")]

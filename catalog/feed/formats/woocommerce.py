"""Read WooCommerce's export of products: parents, and variations that name their parent by SKU or by `id:12`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from catalog.feed.foreign import (
    TAGS,
    Draft,
    Notes,
    Source,
    category_cell,
    deepest,
    describe,
    number_columns,
    option,
    read_price,
    read_stock,
    read_weight,
    regular_price,
    rows_or_problems,
    slug_for,
    split_list,
)
from catalog.feed.rows import InvalidRow

NAME, LABEL = "woocommerce", "WooCommerce"
PLACES: Mapping[str, str] = {
    "id": "product", "type": "product", "parent": "product", "sku": "sku", "name": "title",
    "gtin, upc, ean, or isbn": "barcode", "published": "status", "visibility in catalog": "status",
    "short description": "description", "description": "description",
    "date sale price starts": "price", "date sale price ends": "price", "sale price": "price",
    "regular price": "compare_at_price", "tax class": "tax_class", "in stock?": "stock", "stock": "stock",
    "categories": "category", "tags": "attribute:tags", "images": "images", "brands": "brand",
    "meta: _yoast_wpseo_title": "seo_title", "meta: rank_math_title": "seo_title",
    "meta: _yoast_wpseo_metadesc": "seo_description", "meta: rank_math_description": "seo_description",
}  # fmt: skip
IGNORED = {
    "position", "tax status", "backorders allowed?", "sold individually?", "allow customer reviews?",
    "low stock amount", "is featured?",
}  # fmt: skip
WEIGHT = re.compile(r"weight \((\w+)\)")
ATTRIBUTE = re.compile(r"attribute \d+ (name|value\(s\)|visible|global|default)")


def matches(header: Collection[str]) -> bool:
    return {"id", "type", "sku", "name"} <= set(header) and "regular price" in header


def place(column: str) -> str | None:
    """Return our column, "" if theirs is ignored, or None if it has no place."""
    if WEIGHT.fullmatch(column):
        return "weight"
    if ATTRIBUTE.fullmatch(column):
        return "option or attribute" if column.endswith(("name", "value(s)")) else ""
    return "" if column in IGNORED else PLACES.get(column)


def key(source: Source) -> list[str]:
    """Return the names of the product that the row belongs to: a parent is named by its ID or its SKU."""
    parent = source.get("parent")
    if _is_variation(source) and parent:
        return [parent if parent.startswith("id:") else f"sku:{parent}"]
    names = [f"id:{source.get('id')}" if source.get("id") else "", f"sku:{source.get('sku')}"]
    return [name for name in names if name not in ("", "sku:")]


def draft(sources: list[Source], notes: Notes) -> Draft:
    """Return the product of these rows. Raises InvalidRow."""
    head = next((each for each in sources if not _is_variation(each)), None)
    if head is None:
        raise InvalidRow(_("The parent “%(name)s” of the variation is not in the file.")
                         % {"name": sources[0].get("parent")})  # fmt: skip
    found = Draft(head.get("sku") or f"id {head.get('id')}", head.line)
    chosen = _category(head, notes)
    found.cells = {
        "product": slug_for("", head.get("name")),
        "title": head.get("name"),
        "brand": (split_list(head.get("brands")) or [""])[0],
        "category": category_cell(chosen),
        "status": "published" if head.get("published") == "1" else "draft",
        "tax_class": {"reduced-rate": "reduced", "zero-rate": "zero"}.get(head.get("tax class"), "standard"),
        "seo_title": head.get("meta: _yoast_wpseo_title", "meta: rank_math_title"),
        "seo_description": head.get("meta: _yoast_wpseo_metadesc", "meta: rank_math_description"),
    }
    parts = (head.get("short description"), head.get("description"))
    describe(found, "\n\n".join(each.replace("\\n", "\n") for each in parts if each), notes)
    found.add_values(TAGS, split_list(head.get("tags")))
    for source in (head, *(each for each in sources if each is not head)):
        for address in split_list(source.get("images")):
            found.add_picture(address)
    _add_variants(found, head, sources, notes)
    return found


def _add_variants(found: Draft, head: Source, sources: list[Source], notes: Notes) -> None:
    variations = [each for each in sources if each is not head]
    varying = {name for source in variations for name, value in _attributes(source) if value}
    for name, values in _attributes(head):
        if name not in varying:
            found.add_values(name, split_list(values))
    kinds = split_list(head.get("type").casefold())
    if "grouped" in kinds:
        raise InvalidRow(_("A grouped product has no place here. Its members are products of their own."))
    if "variable" in kinds:
        if not variations:
            raise InvalidRow(_("The product has variations, but none of them is in the file."))
    else:
        variations = [head, *variations]
    if "external" in kinds:
        notes.warn(head.line, _("The product is sold in another shop; it was imported as one of this shop."))
    rows_or_problems(variations, notes, lambda source: _add_variant(found, source, head, notes))


def _add_variant(found: Draft, source: Source, head: Source, notes: Notes) -> None:
    identity = source.get("id") or str(source.line)
    cells = {
        "sku": source.get("sku") if source is head or source.get("sku") != head.get("sku") else "",
        "barcode": source.get("gtin, upc, ean, or isbn"),
        **_prices(source, notes),
        "stock": read_stock(source.get("stock"), source.line, notes),
        "weight": _weight(source, notes) or _weight(head, notes),
    }
    if not cells["sku"]:
        cells["sku"] = f"WC-{identity}"
        notes.warn(source.line, _("The variant has no SKU; “%(sku)s” was made for it.") % {"sku": cells["sku"]})
    if not cells["stock"] and source.get("in stock?") == "1":
        cells["stock_if_new"] = "1"
    if source is not head:
        cells |= {option(name): value for name, value in _attributes(source) if value}
    regular_price(cells, source.line, notes)
    found.variants.append((source.line, cells))


def _prices(source: Source, notes: Notes) -> dict[str, str]:
    regular = read_price(source.get("regular price"), "price")
    sale = read_price(source.get("sale price"), "price")
    if not sale or not _is_on_sale(source, notes):
        return {"price": regular, "compare_at_price": ""}
    return {"price": sale, "compare_at_price": regular}


def _is_on_sale(source: Source, notes: Notes) -> bool:
    starts, ends = (_day(source.get(f"date sale price {edge}")) for edge in ("starts", "ends"))
    today = notes.now.date()
    if (starts is None or starts <= today) and (ends is None or ends >= today):
        if starts or ends:
            notes.warn_once(
                source.line, _("The sale price has dates, which have no place here. It holds until changed.")
            )
        return True
    return False


def _day(cell: str) -> date | None:
    try:
        return parse_date(cell[:10])
    except ValueError:
        return None


def _category(head: Source, notes: Notes) -> list[str]:
    paths = [split_list(path, ">") for path in split_list(head.get("categories"))]
    chosen, others = deepest(paths)
    if others:
        names = ", ".join(" > ".join(path) for path in others)
        sentence = _("A product has one category here. It was put into “%(chosen)s”, not into: %(others)s.")
        notes.warn(head.line, sentence % {"chosen": " > ".join(chosen), "others": names[:200]})
    if not chosen:
        notes.warn_once(head.line, _("The product has no type or category; it was put into “Other”."))
    return chosen or [_("Other")]


def _weight(source: Source, notes: Notes) -> str:
    for column in source.cells:
        if unit := WEIGHT.fullmatch(column):
            return read_weight(source.get(column), unit[1], source.line, notes)
    return ""


def _attributes(source: Source) -> Iterator[tuple[str, str]]:
    for number in number_columns("attribute {} name", source.cells):
        name = source.get(f"attribute {number} name")
        if name:
            yield name, source.get(f"attribute {number} value(s)")


def _is_variation(source: Source) -> bool:
    return "variation" in source.get("type").casefold()

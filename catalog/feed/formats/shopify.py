"""Read Shopify's export of products, in its old and its new column names.

The rows of a product share its handle. The first one describes it; each may hold a variant, a picture or both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from catalog.feed.foreign import (
    TAGS,
    Draft,
    Notes,
    Source,
    category_cell,
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
from catalog.feed.rows import InvalidRow
from catalog.text.slugs import make_slug

NAME, LABEL = "shopify", "Shopify"
OPTIONS = (1, 2, 3)
# Our column for each of theirs. The first name is the old one, the second that of exports since 2025.
PLACES: Mapping[str, str] = {
    "handle": "product", "url handle": "product",
    "title": "title",
    "body (html)": "description", "description": "description",
    "vendor": "brand",
    "type": "category", "product category": "category",
    "tags": "attribute:tags",
    "published": "status", "published on online store": "status", "status": "status",
    "seo title": "seo_title", "seo description": "seo_description",
    "image src": "images", "product image url": "images",
    "image position": "images", "image alt text": "image_alts",
    "variant image": "images", "variant image url": "images",
    "variant sku": "sku", "sku": "sku",
    "variant barcode": "barcode", "barcode": "barcode",
    "variant price": "price", "price": "price",
    "variant compare at price": "compare_at_price", "compare-at price": "compare_at_price",
    "variant inventory qty": "stock", "inventory quantity": "stock",
    "variant grams": "weight", "weight value (grams)": "weight",
    **{f"option{number} {part}": "option" for number in OPTIONS for part in ("name", "value")},
}  # fmt: skip
# Settings of Shopify that mean nothing here, and values that only confirm what this shop does anyway.
IGNORED = {
    "variant weight unit", "weight unit for display", "variant inventory policy", "continue selling when out of stock",
    "variant fulfillment service", "fulfillment service", "variant inventory tracker", "inventory tracker",
    "variant requires shipping", "requires shipping", "variant taxable", "charge tax", "gift card",
}  # fmt: skip


def matches(header: Collection[str]) -> bool:
    return ("handle" in header and ("variant price" in header or "option1 value" in header)) or (
        "url handle" in header and "title" in header
    )


def place(column: str) -> str | None:
    """Return our column, "" if theirs is ignored, or None if it has no place."""
    return "" if column in IGNORED else PLACES.get(column)


def key(source: Source) -> list[str]:
    """Return the handle. Rows without one are products of their own."""
    return [source.get("handle", "url handle") or f"line {source.line}"]


def draft(sources: list[Source], notes: Notes) -> Draft:
    """Return the product of these rows. Raises InvalidRow."""
    head = next((each for each in sources if each.get("title")), sources[0])
    handle = head.get("handle", "url handle")
    if not handle:
        if not head.get("title"):
            raise InvalidRow(_("The row has neither a handle nor a title."))
        notes.warn(head.line, _("The product has no handle; its address was made from the title."))
    found = Draft(handle, head.line, has_handle=True)
    category = head.get("type") or head.get("product category")
    if not category:
        notes.warn_once(head.line, _("The product has no type or category; it was put into “Other”."))
    found.cells = {
        "product": slug_for(handle, head.get("title")),
        "title": head.get("title"),
        "brand": head.get("vendor"),
        "category": category if ">" in category and not head.get("type") else category_cell([category or _("Other")]),
        "status": _status(head),
        "seo_title": head.get("seo title"),
        "seo_description": head.get("seo description"),
    }
    describe(found, head.get("body (html)", "description"), notes)
    found.add_values(TAGS, split_list(head.get("tags")))
    _add_pictures(found, sources)
    names = {number: head.get(f"option{number} name") for number in OPTIONS}
    rows_or_problems(sources, notes, lambda source: _add_variant(found, source, names, notes))
    if head.get("gift card").casefold() == "true":
        notes.warn(head.line, _("A gift card was imported as an ordinary product."))
    return found


def _status(head: Source) -> str:
    is_hidden = head.get("published", "published on online store").casefold() == "false"
    status = head.get("status").casefold()
    if is_hidden or status in ("draft", "archived", "unlisted"):
        return "draft"
    return "published"


def _add_pictures(found: Draft, sources: list[Source]) -> None:
    pictures: list[tuple[int, str, str]] = []
    for source in sources:
        if address := source.get("image src", "product image url"):
            position = source.get("image position")
            place = int(position) if position.isdecimal() and len(position) < 6 else len(pictures) + 1
            pictures.append((place, address, source.get("image alt text")))
    for _place, address, alt in sorted(pictures, key=lambda each: each[0]):
        found.add_picture(address, alt[:250])
    for source in sources:
        found.add_picture(source.get("variant image", "variant image url"))


def _add_variant(found: Draft, source: Source, names: Mapping[int, str], notes: Notes) -> None:
    values = {number: source.get(f"option{number} value") for number in OPTIONS}
    price, sku = source.get("variant price", "price"), source.get("variant sku", "sku")
    if not (price or sku or any(values.values())):
        if source.get("image src", "product image url", "title"):
            return  # a row with another picture of the product
        notes.on_problem(source.line, _("The row has neither a variant nor a picture."))
        return
    options = {
        option(names[number] or f"Option {number}"): value
        for number, value in values.items()
        if value and (names[number], value) != ("Title", "Default Title")
    }
    cells = {
        "sku": sku or _made_sku(found, options, source, notes),
        "barcode": source.get("variant barcode", "barcode").lstrip("'"),
        "price": read_price(price, "price"),
        "compare_at_price": read_price(source.get("variant compare at price", "compare-at price"), "compare_at_price"),
        "stock": read_stock(source.get("variant inventory qty", "inventory quantity"), source.line, notes),
        "weight": read_weight(source.get("variant grams", "weight value (grams)"), "g", source.line, notes),
        **options,
    }
    regular_price(cells, source.line, notes)
    found.variants.append((source.line, cells))


def _made_sku(found: Draft, options: Mapping[str, str], source: Source, notes: Notes) -> str:
    words = [found.cells["product"], *(make_slug(value) for value in options.values())]
    sku = "-".join(words).upper()[:64]
    notes.warn(source.line, _("The variant has no SKU; “%(sku)s” was made for it.") % {"sku": sku})
    return sku

"""Read Magento's export of products: simple ones, and configurable ones that list their variants."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

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
from catalog.feed.rows import InvalidRow

NAME, LABEL = "magento", "Magento"
PLACES: Mapping[str, str] = {
    "sku": "sku", "product_type": "product", "configurable_variations": "option", "name": "title",
    "configurable_variation_labels": "option", "categories": "category", "description": "description",
    "short_description": "description", "weight": "weight", "product_online": "status", "tax_class_name": "tax_class",
    "price": "price", "special_price": "price", "special_price_from_date": "price", "special_price_to_date": "price",
    "url_key": "product", "meta_title": "seo_title", "meta_description": "seo_description", "base_image": "images",
    "small_image": "images", "thumbnail_image": "images", "swatch_image": "images", "additional_images": "images",
    "base_image_label": "image_alts", "additional_image_labels": "image_alts", "qty": "stock", "is_in_stock": "stock",
    "additional_attributes": "option or attribute", "manufacturer": "brand", "brand": "brand",
}  # fmt: skip
IGNORED = {
    "attribute_set_code", "product_websites", "visibility", "small_image_label", "thumbnail_image_label",
    "swatch_image_label", "created_at", "updated_at", "display_product_options_in", "options_container",
    "out_of_stock_qty", "use_config_min_qty", "is_qty_decimal", "allow_backorders", "use_config_backorders",
    "min_cart_qty", "use_config_min_sale_qty", "max_cart_qty", "use_config_max_sale_qty", "notify_on_stock_below",
    "use_config_notify_stock_qty", "manage_stock", "use_config_manage_stock", "use_config_qty_increments",
    "qty_increments", "use_config_enable_qty_inc", "enable_qty_increments", "is_decimal_divided", "website_id",
}  # fmt: skip
ROOT = "default category"
PAIR = re.compile(r'(?:^|,)\s*"?([a-z][a-z0-9_]*)"?=')  # the start of a pair in additional_attributes
BRANDS = ("brand", "manufacturer")
KINDS = ("simple", "virtual", "downloadable", "configurable")


def matches(header: Collection[str]) -> bool:
    return {"sku", "product_type", "name"} <= set(header)


def place(column: str) -> str | None:
    """Return our column, "" if theirs is ignored, or None if it has no place."""
    return "" if column in IGNORED else PLACES.get(column)


def key(source: Source) -> list[str]:
    """Return the SKU of the row, and those of its variants if it is configurable."""
    if source.get("store_view_code"):
        return [f"view:{source.get('sku')}:{source.get('store_view_code')}"]
    return [f"sku:{sku}" for sku in (source.get("sku"), *(each.get("sku", "") for each in _variations(source))) if sku]


def draft(sources: list[Source], notes: Notes) -> Draft:
    """Return the product of these rows. Raises InvalidRow."""
    head = next((each for each in sources if each.get("product_type") == "configurable"), sources[0])
    _check_kind(head)
    attributes = _attributes(head)
    found = Draft(head.get("sku"), head.line)
    found.cells = {
        "product": slug_for(head.get("url_key"), head.get("name")),
        "title": head.get("name"),
        "brand": head.get(*BRANDS) or next((attributes[name] for name in BRANDS if name in attributes), ""),
        "category": category_cell(_category(head, notes)),
        "status": "draft" if head.get("product_online") in ("0", "2") else "published",
        "seo_title": head.get("meta_title"),
        "seo_description": head.get("meta_description")[:500],
    }
    parts = (head.get("short_description"), head.get("description"))
    describe(found, "\n\n".join(each for each in parts if each), notes)
    variations = {each.get("sku", ""): each for each in _variations(head)}
    varying = {name for each in variations.values() for name in each if name != "sku"}
    for name, value in attributes.items():
        if name not in varying and name not in BRANDS:
            found.add_values(_named(name), split_list(value, "|"))
    for source in (head, *(each for each in sources if each is not head)):
        _add_pictures(found, source)
    _add_variants(found, head, sources, notes)
    return found


def _check_kind(head: Source) -> None:
    if head.get("store_view_code"):
        raise InvalidRow(
            _("The row is a translation for the store view “%(view)s”. A product has one language here.")
            % {"view": head.get("store_view_code")}
        )
    if head.get("product_type") not in KINDS:
        raise InvalidRow(_("A product of the type “%(kind)s” has no place here.") % {"kind": head.get("product_type")})


def _add_variants(found: Draft, head: Source, sources: list[Source], notes: Notes) -> None:
    if head.get("product_type") != "configurable":
        variants, options = sources, {}
    else:
        options = {each.get("sku", ""): each for each in _variations(head)}
        variants = [each for each in sources if each is not head]
        present = {each.get("sku") for each in variants}
        for sku in options:
            if sku not in present:
                notes.on_problem(head.line, _("The variant “%(sku)s” is not in the file.") % {"sku": sku})
    labels = dict(pair.split("=", 1) for pair in split_list(head.get("configurable_variation_labels")) if "=" in pair)

    def add(source: Source) -> None:
        chosen = {name: value for name, value in options.get(source.get("sku"), {}).items() if name != "sku"}
        named = {option(labels.get(name, _named(name))): value for name, value in chosen.items()}
        _add_variant(found, source, named, notes)

    rows_or_problems(variants, notes, add)


def _add_variant(found: Draft, source: Source, options: Mapping[str, str], notes: Notes) -> None:
    if source.get("weight"):
        notes.warn_once(source.line, _("Magento's weights name no unit. They were read as kilograms."))
    cells = {
        "sku": source.get("sku"),
        **_prices(source, notes.now),
        "stock": read_stock(source.get("qty"), source.line, notes),
        "weight": read_weight(source.get("weight"), "kg", source.line, notes),
        **options,
    }
    if source.get("is_in_stock") == "0":
        cells["stock"] = "0"
    regular_price(cells, source.line, notes)
    found.variants.append((source.line, cells))


def _prices(source: Source, now: datetime) -> dict[str, str]:
    regular = read_price(source.get("price"), "price")
    special = read_price(source.get("special_price"), "special_price")
    starts, ends = (_day(source.get(f"special_price_{edge}_date")) for edge in ("from", "to"))
    if not special or (starts and starts > now.date()) or (ends and ends < now.date()):
        return {"price": regular, "compare_at_price": ""}
    return {"price": special, "compare_at_price": regular}


def _day(cell: str) -> date | None:
    """Return the day of an export: 2030-01-31, or 1/31/30 as Magento writes it."""
    day = re.match(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})/(\d{1,2})/(\d{2,4})", cell)
    if not day:
        return None
    year, month, number = (day[1], day[2], day[3]) if day[1] else (day[6].rjust(4, "2")[-4:], day[4], day[5])
    try:
        return date(int(year) % 100 + 2000, int(month), int(number))
    except ValueError:
        return None


def _category(head: Source, notes: Notes) -> list[str]:
    paths = [split_list(path, "/") for path in split_list(head.get("categories"))]
    chosen, others = deepest([path[1:] if path[0].casefold() == ROOT else path for path in paths])
    if others:
        names = ", ".join(" > ".join(path) for path in others)
        sentence = _("A product has one category here. It was put into “%(chosen)s”, not into: %(others)s.")
        notes.warn(head.line, sentence % {"chosen": " > ".join(chosen), "others": names[:200]})
    if not chosen:
        notes.warn_once(head.line, _("The product has no type or category; it was put into “Other”."))
    return chosen or [_("Other")]


def _add_pictures(found: Draft, source: Source) -> None:
    found.add_picture(source.get("base_image", "small_image", "thumbnail_image"), source.get("base_image_label")[:250])
    labels = split_list(source.get("additional_image_labels"))
    for index, name in enumerate(split_list(source.get("additional_images"))):
        found.add_picture(name, labels[index][:250] if index < len(labels) else "")


def _variations(source: Source) -> Iterator[dict[str, str]]:
    """Yield the variants that a configurable product lists: sku=A-S,size=S|sku=A-L,size=L."""
    for each in split_list(source.get("configurable_variations"), "|"):
        yield dict(pair.split("=", 1) for pair in split_list(each) if "=" in pair)


def _attributes(source: Source) -> dict[str, str]:
    """Return the additional attributes: color=Blue,material=Cotton|Wool. Values may hold commas."""
    text = source.get("additional_attributes")
    starts = list(PAIR.finditer(text))
    ends = [*(each.start() for each in starts[1:]), len(text)] if starts else []
    return {
        start[1]: text[start.end() : end].strip().strip('"')
        for start, end in zip(starts, ends, strict=True)
        if text[start.end() : end].strip()
    }


def _named(name: str) -> str:
    return name.replace("_", " ").capitalize()

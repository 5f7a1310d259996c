"""Suggest families from titles: products that differ in one thing, such as colour.

“Halden Mug, Blue” and “Halden Mug, Oatmeal” of one brand and category belong together; so do “Basic Tee Blue” and
“Basic Tee White”, because each ends in a colour of its product. The suggestion is careful: a wrong family hides a
product among another one's swatches, a missing one merely shows it as a look-alike.

Families that staff or a feed chose are never changed, and their products are left out. Suggested ones follow the
titles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, Q

from catalog.models import COLOUR_SLUGS, AttributeValue, Product
from catalog.text.slugs import make_slug

BATCH = 500  # products per transaction
MAX_MEMBERS = 12  # more products with one title are a kind, not a family
MAX_DIFFERENCE = 30  # characters in which the members differ
MIN_SHARED = 4  # characters
MAX_FAMILY = 120
# The last part of a title: after a comma or a dash between spaces, or in brackets.
LAST_PART = re.compile(r"^(?P<shared>.+)(?:,\s+|\s+[-–—/|]\s+|\s*[(\[])(?P<difference>[^,()\[\]]+?)[)\]]?$")
SAME_GROUP = attrgetter("category_id", "brand")

WRITE = """
WITH wanted AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS wanted(id, family)),
locked AS (  -- in key order, like catalog.locks
    SELECT product.id FROM catalog_product AS product JOIN wanted ON wanted.id = product.id
    WHERE NOT product.is_family_chosen ORDER BY product.id FOR NO KEY UPDATE OF product
)
UPDATE catalog_product AS product SET family = wanted.family
FROM wanted JOIN locked ON locked.id = wanted.id WHERE product.id = wanted.id
"""


class Titled(NamedTuple):
    """What the suggestion reads of a product."""

    pk: int
    title: str
    brand: str
    category_id: int
    category_slug: str
    family: str
    colours: list[str]


def suggest_families() -> int:
    """Write the suggested families and return the number of products that changed."""
    changed, changes = 0, _changes()
    while batch := list(islice(changes, BATCH)):
        with transaction.atomic(), connection.cursor() as cursor:
            keys, families = [pk for pk, _family in batch], [family for _pk, family in batch]
            cursor.execute(WRITE, [keys, families])
            changed += int(cursor.rowcount)
    return changed


def suggested(products: Iterable[Titled]) -> dict[int, str]:
    """Return the families of products of one category and brand, by key. Products without a family are left out."""
    every = {product.pk: product for product in products}
    whole = {product.title.casefold(): product.pk for product in every.values()}
    groups: defaultdict[str, dict[int, str]] = defaultdict(dict)  # what members share → what each adds
    for product in every.values():
        if parts := _parts(product):
            groups[parts[0].casefold()][product.pk] = parts[1].casefold()
    found: dict[int, str] = {}
    for shared, differences in groups.items():
        if plain := whole.get(shared):
            differences[plain] = ""  # “Kvadrat Clock” beside “Kvadrat Clock, White”
        are_different = len(set(differences.values())) == len(differences)
        if 2 <= len(differences) <= MAX_MEMBERS and are_different:
            member = every[min(differences)]
            name = make_slug(f"{member.brand} {shared} {member.category_slug}")[:MAX_FAMILY]
            found |= dict.fromkeys(differences, name)
    return found


def _parts(product: Titled) -> tuple[str, str] | None:
    """Return what the title shares with its family and what it adds, or None if it has no such parts."""
    match = LAST_PART.match(product.title)
    if match:
        shared, difference = match["shared"].strip(), match["difference"].strip()
    else:
        colour = next((each for each in product.colours if _ends_with(product.title, each)), None)
        if colour is None:
            return None
        shared, difference = product.title[: -len(colour)].strip(), colour
    is_named = len(shared) >= MIN_SHARED and (" " in shared or bool(product.brand))
    return (shared, difference) if is_named and len(difference) <= MAX_DIFFERENCE else None


def _ends_with(title: str, colour: str) -> bool:
    return title.casefold().endswith(f" {colour.casefold()}")


def _changes() -> Iterator[tuple[int, str]]:
    """Yield the products whose suggestion differs from their family."""
    for _group, products in groupby(_titled(), SAME_GROUP):
        members = list(products)
        families = suggested(members)
        yield from (
            (each.pk, families.get(each.pk, "")) for each in members if families.get(each.pk, "") != each.family
        )


def _titled() -> Iterator[Titled]:
    """Yield the products whose family nobody chose, by category and brand."""
    is_colour = Q(attribute__slug__in=COLOUR_SLUGS)
    colours = AttributeValue.objects.filter(is_colour, products=OuterRef("pk")).order_by("pk").values("value")
    free = Product.objects.filter(is_family_chosen=False).annotate(colours=ArraySubquery(colours))
    ordered = free.order_by("category_id", "brand", "pk")
    for row in ordered.values_list(*Titled._fields[:4], "category__slug", "family", "colours").iterator(2_000):
        yield Titled(*row)

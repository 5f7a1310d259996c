"""Look up rows by their former slugs. Current slugs always win."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from catalog.models import RESERVED_NAMES, FormerSlug, Product, ProductQuerySet

MAX_NAMES = 50  # unknown parameters that are looked up


def get_product(products: ProductQuerySet, slug: str) -> Product:
    """Return the product with this slug, current or former. Raises Http404."""
    slug = unicodedata.normalize("NFC", slug).replace("\0", "")
    found = products.filter(slug=slug).first() or products.filter(former_slugs__slug=slug).first()
    if found is None:
        raise Http404(_("This product does not exist."))
    return found


def with_current_slugs(
    query: QueryDict, categories: Collection[str], values: Mapping[str, Collection[str]]
) -> QueryDict | None:
    """Return the query with former slugs replaced by current ones, or None if it has none.

    `categories` holds the current category slugs, `values` the current value slugs by attribute slug.
    """
    unknown = [name for name in query if name not in values and name not in RESERVED_NAMES][:MAX_NAMES]
    filters = {name: query.getlist(name) for name in query if name in values or name in unknown}
    unknown_values = {each for name, texts in filters.items() for each in texts if each not in values.get(name, ())}
    category = query.get("category", "")
    slugs = {*unknown, *unknown_values, *([] if category in categories else [category])} - {""}
    if not slugs:
        return None
    rows = FormerSlug.objects.filter(slug__in=[each[:200] for each in slugs if "\0" not in each], product=None)
    named = list(rows.values_list("slug", "category__slug", "attribute__slug", "value__slug"))
    attributes = {slug: current for slug, _category, current, value in named if current and not value}
    former = {(attribute, slug): value for slug, _category, attribute, value in named if value}
    renamed = query.copy()
    for name, texts in filters.items():
        current = attributes.get(name, name)
        if current in values:
            others = [] if current == name else renamed.getlist(current)
            renamed.pop(name, None)
            renamed.setlist(current, [*others, *(former.get((current, each), each) for each in texts)])
    for slug, current, *_rest in named:
        if current and slug == category and category not in categories:
            renamed["category"] = current
    return renamed if renamed != query else None

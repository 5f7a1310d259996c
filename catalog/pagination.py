"""Pages of the API's product lists, by number or by cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page
from django.db.models import Q
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from catalog.cursors import InvalidCursorError, read_ranked_slice, read_slice
from catalog.facets import category_counts
from catalog.forms import ORDERS, ProductFilterForm
from catalog.listing import PAGE_SIZE, Listing, list_products
from catalog.models import Product, ProductQuerySet

LAST = "last"  # instead of the number of the last page
INVALID_CURSOR = "This cursor is damaged or belongs to another list. Leave it empty to begin with the first page."


def answer_list(
    request: Request,
    products: ProductQuerySet,
    form: ProductFilterForm,
    scope: str,
    keys: Sequence[int] | None = None,
    counted: Q | None = None,
) -> dict[str, Any]:
    """Return a page of the products that match a valid form, with its links, facets and categories.

    `keys` and `counted` are as in `list_products`. `cursor` in the query chooses a page by cursor; it is empty
    for the first page. Otherwise `page` is its number.
    Raises NotFound for a page that does not exist, and ValidationError for an invalid cursor.
    """
    cursor = request.GET.get("cursor")
    number = request.GET.get("page", "1") if cursor is None else "1"
    listing = list_products(products, form, number, scope, keys, counted)
    if cursor is None:
        found = _by_number(request, listing, number)
    else:
        found = _by_cursor(request, products, form, cursor, scope, keys)
    return {
        "count": listing.result_count,
        **found,
        "facets": listing.facets,
        "categories": category_counts(form.tree, listing.totals, listing.category),
    }


def _by_cursor(
    request: Request,
    products: ProductQuerySet,
    form: ProductFilterForm,
    cursor: str,
    scope: str,
    keys: Sequence[int] | None,
) -> dict[str, Any]:
    sort = form.cleaned_data["sort"]
    ordered, scope = form.ordered(form.narrow(products)).for_cards(), f"{scope}:{sort}:{form.filters!r}"
    try:
        if keys is not None and sort not in ORDERS:
            found = read_ranked_slice(ordered, keys, cursor, PAGE_SIZE, f"ranked:{scope}")
        else:
            found = read_slice(ordered, cursor, PAGE_SIZE, scope)
    except InvalidCursorError as error:
        raise ValidationError(INVALID_CURSOR, code="invalid_cursor") from error
    here = remove_query_param(request.build_absolute_uri(), "page")
    links = {
        name: cursor and replace_query_param(here, "cursor", cursor)
        for name, cursor in (("next", found.next), ("previous", found.previous))
    }
    return {**links, "results": found.products}


def _by_number(request: Request, listing: Listing, number: str) -> dict[str, Any]:
    page = listing.page
    if number == LAST:
        page = page.paginator.get_page(page.paginator.num_pages)
    elif number != str(page.number):
        raise NotFound(f"Page {number[:20]} does not exist. The last page is {page.paginator.num_pages}.")
    return {**_page_links(request, page), "results": list(page)}


def _page_links(request: Request, page: Page[Product]) -> dict[str, str | None]:
    here = request.build_absolute_uri()
    following = replace_query_param(here, "page", page.next_page_number()) if page.has_next() else None
    before = None
    if page.has_previous():
        first = page.previous_page_number() == 1
        before = remove_query_param(here, "page") if first else replace_query_param(here, "page", page.number - 1)
    return {"next": following, "previous": before}

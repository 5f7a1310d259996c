"""Shelves of recommendations: fragments that pages load after themselves, or pages of their own without scripts.

They are separate requests so that they cost the pages no queries, and so that a page is the same for every visitor.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.former_slugs import get_product
from catalog.models import Product
from shop.cart.visitor import current_cart
from shop.recommendations.history import COOKIE, forget, remember, viewed_ids
from shop.recommendations.services import goes_with
from visualsearch.alike import look_alikes
from visualsearch.recommendations import recommend_for

SHELF = 8  # products
OTHER_KINDS = 4  # look-alikes of other categories on a product page


@never_cache
@require_safe
def for_you(request: HttpRequest) -> HttpResponse:
    """Show the products that the visitor viewed, and picks that look like them."""
    return _shelves(request, _personal(request), title=_("For you"))


@never_cache
@require_safe
def more(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what goes with a product and the visitor's own shelves, and remember that they viewed it.

    Browsers load this after the product page. Robots do not, so they get no cookie.
    """
    now = timezone.now()
    visible = Product.objects.visible(now)
    product = get_product(visible.select_related("category"), slug)
    seen = [each.product.pk for each in look_alikes(product, visible, 0, OTHER_KINDS).other_kinds]
    shelves = {"goes_with": goes_with([product], now, SHELF, seen=seen), **_personal(request, product)}
    response = _shelves(request, shelves, title=product.title)
    if COOKIE in request.COOKIES or "HX-Request" in request.headers:  # a robot that follows the link has neither
        remember(request, response, product.pk)
    return response


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """Show what goes with the items in the cart."""
    current = current_cart(request)
    found: list[Any] = []
    if current is not None:
        inside = Product.objects.filter(variants__in=current.lines.values("variant")).select_related("category")
        sources = list(inside.distinct().defer("description", "search_vector")[:SHELF])
        bought = set(current.lines.values_list("variant__product", flat=True))
        found = goes_with(sources, timezone.now(), SHELF, without=bought)
    title = _("Goes well with your cart")
    return _shelves(request, {"goes_with": found, "goes_title": title}, title=title)


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Forget what the visitor viewed, and return to the page they came from."""
    messages.success(request, _("Your recently viewed products were cleared."))
    came_from = request.headers.get("referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    response = redirect(came_from if is_ours else "catalog:home")
    forget(response)
    return response


def _personal(request: HttpRequest, current: Product | None = None) -> dict[str, Any]:
    """Return the visitor's shelves, from their cookie only."""
    ids = [key for key in viewed_ids(request) if current is None or key != current.pk]
    visible = Product.objects.visible(timezone.now())
    known = visible.for_cards().in_bulk(ids) if ids else {}
    viewed = [known[key] for key in ids if key in known]
    history = [current, *viewed] if current is not None and viewed else viewed
    return {"viewed": viewed[:SHELF], "picked": recommend_for(history, visible, SHELF)}


def _shelves(request: HttpRequest, shelves: dict[str, Any], title: str) -> HttpResponse:
    template = "recommendations/_shelves.html" if "HX-Request" in request.headers else "recommendations/page.html"
    response = render(request, template, {**shelves, "title": title})
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response

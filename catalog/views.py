"""The pages of the catalogue."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import home as home_page
from catalog.forms import ProductFilterForm
from catalog.listing import list_products
from catalog.models import Category, Product, ProductQuerySet
from catalog.search import find


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return render(request, "catalog/home.html", home_page.shelves(timezone.now()))


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """All products, or those of a category, narrowed by filters."""
    form = ProductFilterForm(request.GET)
    return _listing(request, "catalog/product_list.html", form, Product.objects.visible(timezone.now()), scope="all")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The products that fit the words, or where there are none, those that fit the corrected words."""
    found = find(Product.objects.visible(timezone.now()), request.GET.get("q", ""))
    form = ProductFilterForm(request.GET, is_search=True)
    context = {"query": found.query, "corrected_query": found.corrected_query}
    return _listing(request, "catalog/search.html", form, found.products, scope=f"words:{found.query}", **context)


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product. Staff see what is not published yet."""
    shown = Product.objects.for_page().filter(slug=slug).first()
    if shown is None or not (shown.is_visible() or _is_staff(request)):
        raise Http404(_("There is no product at this address."))
    context = {
        "product": shown,
        "images": shown.images.all(),
        "variants": shown.variants.all(),
        "first_available": next((each for each in shown.variants.all() if each.available > 0), None),
        "breadcrumbs": Category.objects.above(shown.category),
    }
    return render(request, "catalog/product_detail.html", context)


def _listing(
    request: HttpRequest, template: str, form: ProductFilterForm, products: ProductQuerySet, scope: str, **more: Any
) -> HttpResponse:
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "query_without_page": query.urlencode(), **more}
    if not form.is_valid():
        nothing = Paginator(Product.objects.none(), 1).get_page(1)
        return render(request, template, {**context, "page": nothing, "facets": [], "result_count": 0}, status=400)
    return render(request, template, context | vars(list_products(products, form, request.GET.get("page"), scope)))


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))

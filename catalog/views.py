"""Pages of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.demand import add_note
from catalog.follow_ups import count_step, step_after
from catalog.former_slugs import get_product
from catalog.forms import MissForm, ProductFilterForm
from catalog.home import home_sections
from catalog.listing import Listing, list_products
from catalog.models import Product, ProductImage, ProductQuerySet
from catalog.models.demand import MAX_NOTE_LENGTH
from catalog.pictures.sending import send_upload
from catalog.search import find
from catalog.search_counts import count_text_search


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/home.html", home_sections(timezone.now()))


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """List all products, or a category's products, with filters."""
    form = ProductFilterForm(request.GET)
    if form.current_query:
        return redirect(f"{request.path}?{form.current_query.urlencode()}", permanent=True)
    listing = _list(request, form, Product.objects.visible(timezone.now()), scope="all", counted=Q())
    return _page(request, "catalog/product_list.html", form, listing)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """List the products that meet the query, and after a heading those that meet a part of it."""
    now = timezone.now()
    form = ProductFilterForm(request.GET, is_search=True)
    if form.current_query:
        return redirect(f"{request.path}?{form.current_query.urlencode()}", permanent=True)
    found = find(Product.objects.visible(now), request.GET.get("q", ""), form.narrow_before_ranking)
    listing = _list(request, form, found.products, f"words:{found.query}", found.keys, found.counted)
    if listing is not None and request.method == "GET" and set(request.GET) == {"q"}:  # no filters, first page
        count_text_search(found.query, found=found.is_answered, now=now)
    if listing is not None:
        _count_step(request, request.GET, now)
    context = {"query": found.query, "found": found, "corrected_query": found.corrected_query}
    context["is_at_least"] = found.is_cut
    if listing is not None and form.is_by_relevance and found.answers is not None:
        full = [each for each in listing.page if each.pk in found.answers]
        context |= {"full_matches": full, "partial_matches": [each for each in listing.page if each not in full]}
    return _page(request, "catalog/search.html", form, listing, **context)


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a product. Staff who may view products can preview unpublished ones."""
    shown = Product.objects.for_page().filter(slug=slug).first()
    if shown is None:
        current = get_product(Product.objects.visible(timezone.now()), slug).get_absolute_url()
        query = request.GET.urlencode()
        return redirect(f"{current}?{query}" if query else current, permanent=True)
    if not (shown.is_visible() or _may_preview(request)):
        raise Http404(_("This product does not exist."))
    _count_step(request, None, timezone.now())
    context = {
        "product": shown,
        "images": shown.images.all(),
        "variants": shown.variants.all(),
        "first_available": next((each for each in shown.variants.all() if each.available > 0), None),
        "breadcrumbs": shown.category.breadcrumbs(),
    }
    return render(request, "catalog/product_detail.html", context)


@require_safe
def picture(request: HttpRequest, sha256: str) -> FileResponse:
    """Send the upload of a public picture until it has renditions. Nobody keeps it: it may be hidden at any moment."""
    image = ProductImage.objects.filter(sha256=sha256.replace("\x00", ""), is_public=True).first()
    if image is None:
        raise Http404(_("There is no picture at this address."))
    return send_upload(image, "no-store")


@require_http_methods(["GET", "HEAD", "POST"])
def missed(request: HttpRequest) -> HttpResponse:
    """Take a note from a customer who did not find something."""
    query = request.GET.get("q", "")[:MAX_NOTE_LENGTH]
    form = MissForm(request.POST) if request.method == "POST" else MissForm(initial={"q": query, "text": query})
    seconds = getattr(request, "seconds_to_wait", 0)
    if seconds:
        form.add_error(None, _("Too many notes. Try again in %(minutes)d minutes.") % {"minutes": -(-seconds // 60)})
    elif form.is_valid():
        add_note(form.cleaned_data["q"], form.cleaned_data["text"], timezone.now())
        return redirect("catalog:missed_thanks")
    status = 429 if seconds else 400 if form.is_bound else 200
    return render(request, "catalog/missed.html", {"form": form}, status=status)


@require_safe
def missed_thanks(request: HttpRequest) -> HttpResponse:
    """Thank a customer for their note."""
    return render(request, "catalog/missed.html", {"is_sent": True})


def _count_step(request: HttpRequest, query: QueryDict | None, now: datetime) -> None:
    """Count what a customer does after a search, judged by the address that they come from."""
    if request.method == "GET":
        results = request.build_absolute_uri(reverse("catalog:search"))
        count_step(step_after(request.headers.get("referer", ""), results, query=query), now)


def _list(
    request: HttpRequest,
    form: ProductFilterForm,
    products: ProductQuerySet,
    scope: str,
    keys: Sequence[int] | None = None,
    counted: Q | None = None,
) -> Listing | None:
    """Return the requested page, or None if the filters are invalid."""
    return list_products(products, form, request.GET.get("page"), scope, keys, counted) if form.is_valid() else None


def _page(
    request: HttpRequest, template: str, form: ProductFilterForm, listing: Listing | None, **more: Any
) -> HttpResponse:
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "query_without_page": query.urlencode(), **more}
    if listing is None:
        empty = Paginator(Product.objects.none(), 1).get_page(1)
        return render(request, template, {**context, "page": empty, "facets": [], "result_count": 0}, status=400)
    return render(request, template, context | vars(listing))


def _may_preview(request: HttpRequest) -> bool:
    return request.user.is_staff and request.user.has_perm("catalog.view_product")

"""The photo search page, its sample photos, and "Why this?"."""

from typing import Any

from django.core.files import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms import ProductFilterForm
from catalog.models import Product, ProductImage
from catalog.pictures.checking import PictureRefused
from catalog.search.queries import MAX_QUERY_LENGTH
from visualsearch.answers import answer
from visualsearch.explanation import CannotExplain, explain
from visualsearch.forms import PhotoForm, SearchRefused, WhyForm
from visualsearch.networks import registry, serving
from visualsearch.networks.split import COOKIE, Visitor
from visualsearch.pictured import find_pictured
from visualsearch.responses import keep_choice, name_network
from visualsearch.results_page import PAGE_SIZE, page_number, results_context
from visualsearch.sample_photos import Sample, find_sample, samples

MAX_PICTURED = 12
TEMPLATE = "visualsearch/photo.html"
NO_SAMPLE = gettext_lazy("There is no such sample photo.")
ONE_DAY = {"Cache-Control": "public, max-age=86400"}


@require_http_methods(["GET", "HEAD", "POST"])
def search_by_photo(request: HttpRequest) -> HttpResponse:
    """Show the form, or the products that look like a photo, a sample photo or the photo of an earlier search."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        return _refused(request, PhotoForm(), SearchRefused("throttled", _too_many(seconds), 429))
    query = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        form = PhotoForm(query, request.FILES, is_too_large=getattr(request, "upload_too_large", False))
    elif name := query.get("sample"):
        form = PhotoForm(query, MultiValueDict({"photo": [_open(_sample(name))]}))
    elif any(query.get(name) for name in ("look", "like", "more")):
        form = PhotoForm(query)
    else:
        return _page(request, PhotoForm(), ProductFilterForm(is_search=True))
    filters = ProductFilterForm(query, is_search=True)
    visitor, page = Visitor(request.COOKIES.get(COOKIE)), page_number(request.GET)
    try:
        found = answer(form, filters, visitor, PAGE_SIZE, page=page, with_thumbnail=True)
    except SearchRefused as refused:
        return _refused(request, form, refused)
    context = results_context(request, form, filters, found)
    response = _page(request, form, filters, 200 if filters.is_valid() else 400, **context)
    return keep_choice(name_network(response, found.network), found.subject.cookie)


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a sample photo."""
    return FileResponse(_open(_sample(name)), headers=ONE_DAY)


@require_safe
def sample_thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    """Send the thumbnail of a sample photo."""
    try:
        thumbnail = _sample(name).thumbnail()
    except FileNotFoundError as error:
        raise Http404(NO_SAMPLE) from error
    return HttpResponse(thumbnail, content_type="image/jpeg", headers=ONE_DAY)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def why_this(request: HttpRequest) -> HttpResponse:
    """Show where a result and the photo look alike; in the photo only if its thumbnail is sent."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        return _why(request, 429, error=_too_many(seconds))
    form = WhyForm(request.POST if request.method == "POST" else request.GET)
    try:
        form.check()
        fields = form.cleaned_data
        visible = Product.objects.visible(timezone.now())
        images = ProductImage.objects.shown().select_related("product").filter(product__in=visible)
        image = get_object_or_404(images, pk=fields["image"])
        reason = explain(fields["look"], image, fields["thumbnail"], fields["region"])
    except SearchRefused as refused:
        return _why(request, refused.status_code, error=refused.detail)
    except PictureRefused as refused:
        return _why(request, SearchRefused(refused.code, refused.detail).status_code, error=refused.detail)
    except CannotExplain as error:
        return _why(request, 404, error=str(error))
    return _why(request, 200, reason=reason, image=image, look=form.data["look"])


@require_safe
def pictured_products(request: HttpRequest) -> HttpResponse:
    """Show products whose pictures show words that their text lacks: a page, or a part of the search page."""
    words, filters = request.GET.get("q", "")[:MAX_QUERY_LENGTH], ProductFilterForm(request.GET, is_search=True)
    found = []
    if filters.is_valid():
        found = find_pictured(words, filters.narrow(Product.objects.visible(timezone.now())), MAX_PICTURED)
    template = "visualsearch/_pictured.html" if request.headers.get("HX-Request") else "visualsearch/pictured.html"
    response = render(request, template, {"query": words, "results": found})
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def network_file(request: HttpRequest, sha256: str, suffix: str) -> HttpResponseBase:
    """Send a file of a live network, or of the one before, to a device that embeds photos itself.

    The URL holds the file's hash.
    """
    networks = serving.current().answering
    wanted = [each for each in networks if sha256 in (each.sha256, each.card.get("graph_sha256"))]
    cards = [registry.local_card(network) for network in wanted]
    files = [file for card in cards for file in (card.weights, card.graph)]
    matches = [file for file in files if (file.sha256, file.path.suffix) == (sha256, f".{suffix}")]
    if not matches:
        raise Http404(_("This network is no longer live."))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(matches[0].path.open("rb"), content_type="application/octet-stream", headers=headers)


def _sample(name: str) -> Sample:
    if found := find_sample(name, timezone.now()):
        return found
    raise Http404(NO_SAMPLE)


def _open(sample: Sample) -> "File[bytes]":
    try:
        return File(sample.open(), sample.name)
    except FileNotFoundError as error:
        raise Http404(NO_SAMPLE) from error


def _refused(request: HttpRequest, form: PhotoForm, refused: SearchRefused) -> HttpResponse:
    error = {"code": refused.detail.code, "detail": refused.detail}
    response = _page(request, form, ProductFilterForm(is_search=True), refused.status_code, error=error)
    if refused.wait:
        response["Retry-After"] = str(refused.wait)
    return response


def _page(
    request: HttpRequest, photo_form: PhotoForm, filters: ProductFilterForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"photo_form": photo_form, "form": filters, "results": None, **more}
    if context["results"] is None or "sample" in request.GET:
        context["samples"] = samples(timezone.now())
    return render(request, TEMPLATE, context, status=status)


def _why(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return render(request, "visualsearch/why.html", context, status=status)


def _too_many(seconds: int) -> str:
    return _("Too many photo searches. Try again in %(seconds)d seconds.") % {"seconds": seconds}

"""The photo search page."""

from time import perf_counter
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms import ProductFilterForm
from catalog.listing import list_products
from catalog.models import Product, ProductImage
from catalog.pictures.checking import PictureRefused, retry_after
from catalog.search_counts import count_photo
from visualsearch import photo
from visualsearch.answered import keep_choice, say_who_answered
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.forms import STATUS, PhotoForm, WhyForm
from visualsearch.looks import Look, read_look, write_look
from visualsearch.networks import registry, serving, split
from visualsearch.samples import Sample, sample_named, samples
from visualsearch.why import CannotSayWhy, explain

PAGE_SIZE = 24
TEMPLATE = "visualsearch/photo.html"
NO_SAMPLE = gettext_lazy("There is no such sample photo.")
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}


@require_http_methods(["GET", "HEAD", "POST"])
def search_by_photo(request: HttpRequest) -> HttpResponse:
    """The form; what looks like the photo that was sent; or the same again by its look, or like a sample photo."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        return _refused(request, PhotoForm(), {"code": "throttled", "detail": _too_often(seconds)}, 429)
    if request.method == "POST":
        form = PhotoForm(request.POST, request.FILES, is_too_large=getattr(request, "upload_too_large", False))
        if not form.is_valid():
            return _refused(request, form, {"code": form.code, "detail": form.detail}, form.status)
        if look := form.cleaned_data["vector"]:
            split.count(serving.cached(), look.network)
            return _results(request, form, look, request.POST, perf_counter(), is_new=True)
        if form.cleaned_data["photo"]:
            return _search_photo(request, form, form.cleaned_data["photo"], form.cleaned_data["region"])
        return _repeat(request, form, request.POST)
    if name := request.GET.get("sample"):
        with _opened(_sample(name)) as opened:
            return _search_photo(request, PhotoForm(), opened.read(), WHOLE)
    if request.GET.get("look"):
        return _repeat(request, PhotoForm(request.GET), request.GET)
    return _page(request, PhotoForm(), ProductFilterForm(is_search=True))


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the sample photos."""
    return FileResponse(_opened(_sample(name)), headers=FOR_A_DAY)


@require_safe
def sample_thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    """One of the sample photos, small."""
    try:
        small = _sample(name).thumbnail()
    except FileNotFoundError as error:
        raise Http404(NO_SAMPLE) from error
    return HttpResponse(small, content_type="image/jpeg", headers=FOR_A_DAY)


def _sample(name: str) -> Sample:
    found = sample_named(name, timezone.now())
    if found is None:
        raise Http404(NO_SAMPLE)
    return found


def _opened(sample: Sample) -> IO[bytes]:
    try:
        return sample.open()
    except FileNotFoundError as error:
        raise Http404(NO_SAMPLE) from error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def why_this(request: HttpRequest) -> HttpResponse:
    """Where a picture that was found is like the photo; and the photo like it, where the photo comes along, small."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        return _why(request, 429, error=_too_often(seconds))
    query = request.POST if request.method == "POST" else request.GET
    form = WhyForm(query)
    if not form.is_valid():
        return _why(request, 400, error=next(iter(form.errors.values()))[0])
    pictures = ProductImage.objects.select_related("product")
    visible = Product.objects.visible(timezone.now())
    image = get_object_or_404(pictures.filter(product__in=visible), pk=form.cleaned_data["image"])
    try:
        look = read_look(query.get("look", ""), serving.available())
        reason = explain(look, image, form.cleaned_data["thumbnail"], form.cleaned_data["region"])
    except ValidationError as error:
        return _why(request, 400, error=error.messages[0])
    except PictureRefused as refused:
        return _why(request, STATUS.get(refused.code, 400), error=refused.detail)
    except CannotSayWhy as error:
        return _why(request, 404, error=str(error))
    return _why(request, 200, reason=reason, image=image, look=query["look"])


def _why(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return render(request, "visualsearch/why.html", context, status=status)


@require_safe
def network_file(request: HttpRequest, sha256: str, suffix: str) -> HttpResponseBase:
    """A file of a network that serves, for a device that looks at photos itself. Its address names its bytes."""
    cards = [registry.local_card(network) for network in serving.current().networks]
    files = [file for card in cards for file in (card.weights, card.graph)]
    wanted = [file for file in files if (file.sha256, file.path.suffix) == (sha256, f".{suffix}")]
    if not wanted:
        raise Http404(_("Another network serves now."))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(wanted[0].path.open("rb"), content_type="application/octet-stream", headers=headers)


def _search_photo(request: HttpRequest, form: PhotoForm, data: bytes, region: Region) -> HttpResponse:
    started = perf_counter()
    now = serving.current()
    choice = split.choose(now, request.COOKIES.get(split.COOKIE))
    try:
        seen = photo.read_photo(data, choice.network, region)
    except PictureRefused as refused:
        return _refused(request, form, {"code": refused.code, "detail": refused.detail}, STATUS.get(refused.code, 400))
    look, thumbnail = photo.look_at(seen, choice.network), seen.thumbnail_address()
    query = request.POST if request.method == "POST" else request.GET
    response = _results(request, form, look, query, started, is_new=True, thumbnail=thumbnail)
    split.count(now, choice.network)
    return keep_choice(response, choice)


def _repeat(request: HttpRequest, form: PhotoForm, query: QueryDict) -> HttpResponse:
    started = perf_counter()
    try:
        look = read_look(query.get("look", ""), serving.available())
    except ValidationError as error:
        return _refused(request, form, {"code": error.code, "detail": error.messages[0]}, 400)
    return _results(request, form, look, query, started)


def _results(
    request: HttpRequest,
    form: PhotoForm,
    look: Look,
    query: QueryDict,
    started: float,
    *,
    is_new: bool = False,
    **more: Any,
) -> HttpResponse:
    """What looks so. `is_new` says that somebody came with a photo, and not for the same again, narrowed."""
    filters = ProductFilterForm(query, is_search=True)
    context = {
        "look": write_look(look),
        "words": query.get("q", "")[:200],
        "region": request.POST.get("region", ""),
        **more,
    }
    if not filters.is_valid():
        return _page(request, form, filters, 400, results=[], result_count=0, facets=[], verdict="match", **context)
    now = timezone.now()
    visible = Product.objects.visible(now)
    found = photo.find(look, filters.narrow(visible), PAGE_SIZE, context["words"], filters.ordered)
    if is_new:
        count_photo(found=found.is_match, now=now)
    listing = list_products(visible, filters, 1, scope="all")
    response = _page(
        request,
        form,
        filters,
        results=found.results,
        result_count=len(found.results),
        verdict=found.verdict,
        facets=listing.facets,
        subcategories=listing.subcategories,
        category=listing.category,
        took_ms=round((perf_counter() - started) * 1000),
        **context,
    )
    return say_who_answered(response, look.network)


def _too_often(seconds: int) -> str:
    return _("That were many photos at once. Wait %(seconds)d seconds and try again.") % {"seconds": seconds}


def _refused(request: HttpRequest, form: PhotoForm, error: dict[str, Any], status: int) -> HttpResponse:
    response = _page(request, form, ProductFilterForm(is_search=True), status, error=error)
    if status == 503:
        response["Retry-After"] = str(retry_after())
    return response


def _page(
    request: HttpRequest, photo_form: PhotoForm, filters: ProductFilterForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"photo_form": photo_form, "form": filters, "results": None, **more}
    if context["results"] is None or "sample" in request.GET:  # offered, or one of them is what was searched with
        context["samples"] = samples(timezone.now())
    return render(request, TEMPLATE, context, status=status)

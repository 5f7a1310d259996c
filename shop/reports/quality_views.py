"""The page of the photo search's quality, its progress, the photos it tried, and the button that measures again."""

from __future__ import annotations

from io import BytesIO

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import ProductImage
from shop.reports.quality import quality, titles
from shop.reports.tabs import QUALITY, tabs
from visualsearch import tasks
from visualsearch.embedding.card import BadCard
from visualsearch.models import QualityCheck
from visualsearch.networks import serving
from visualsearch.networks.pictures import retake
from visualsearch.quality import checks, results

MEASURE = "visualsearch.add_qualitycheck"
PHOTO_QUALITY = 80  # of the JPEG that shows a photo


@never_cache
@require_safe
def show_quality(request: HttpRequest) -> HttpResponse:
    """Show what the photo search is worth, or the reason why it cannot be measured."""
    _require(request, QUALITY.permission)
    context = {
        **admin.site.each_context(request),
        "title": QUALITY.title,
        "page": QUALITY,
        "pages": tabs(request.user),
        "may_measure": request.user.has_perm(MEASURE),
        "titles": titles(),
    }
    try:
        context["quality"] = quality(timezone.now())
    except BadCard as error:
        context["error"] = str(error)
    return render(request, "reports/quality.html", context)


@never_cache
@require_safe
def show_progress(request: HttpRequest, check: int) -> HttpResponse:
    """Show how far a check has come, for htmx; once it is finished, the whole page loads again."""
    _require(request, QUALITY.permission)
    running = get_object_or_404(QualityCheck, pk=check)
    response = render(request, "reports/_progress.html", {"check": running})
    if running.finished_at:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    """Start a check of the live network, or continue the one that is running."""
    _require(request, MEASURE)
    try:
        check = checks.ask(serving.live(), str(request.user), timezone.now())
    except BadCard as error:
        messages.error(request, str(error))
        return redirect("reports:quality")
    tasks.continue_check.delay(check.pk)
    messages.success(request, _("The photo search is being measured. This takes up to a few minutes."))
    return redirect("reports:quality")


@cache_control(private=True, max_age=3600)
@require_safe
def show_photo(request: HttpRequest, image: int) -> HttpResponse:
    """Show a picture taken again, as the last check searched with it."""
    _require(request, QUALITY.permission)
    if not results.is_tried(image):
        raise Http404(_("No check has tried this picture."))
    photo = retake(get_object_or_404(ProductImage, pk=image))
    if photo is None:
        raise Http404(_("The picture cannot be read."))
    photo.thumbnail((320, 320))
    file = BytesIO()
    photo.save(file, "JPEG", quality=PHOTO_QUALITY)
    return HttpResponse(file.getvalue(), content_type="image/jpeg")


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied

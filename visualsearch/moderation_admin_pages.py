"""The page of a picture to look at: decide, undo, appeal, go on to the next one. Each writes by POST and is logged."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import ProductImage
from visualsearch.embedding.data_uris import jpeg
from visualsearch.explanation import CannotExplain, HeatMap, alike_parts
from visualsearch.models import PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, queue
from visualsearch.networks.pictures import read_picture

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only

MODERATE, APPEAL = "visualsearch.moderate", "catalog.change_product"
FILTERS = "_changelist_filters"  # Django's name for the filters of the list that a page was opened from
MAX_FILTERS = 1000  # characters
SMALL_SIDE = 160  # pixels of the pictures in lists
HISTORY = 20
LARGEST_KEY = 2**63 - 1
MAX_KEY_LENGTH = len(str(LARGEST_KEY))


class DecisionForm(forms.Form):
    """A decision on one picture. `seen` is the version that the member of staff looked at."""

    state = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (VerdictState.ALLOWED, VerdictState.REFUSED)]
    )
    reason = forms.ChoiceField(choices=Reason.choices, required=False)
    note = forms.CharField(max_length=1000, required=False)
    seen = forms.CharField(max_length=32, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("state") == VerdictState.REFUSED and not cleaned.get("reason"):
            self.add_error("reason", gettext_lazy("Choose a reason."))
        if cleaned.get("state") == VerdictState.ALLOWED:
            cleaned["reason"] = ""
        return cleaned


class AppealForm(forms.Form):
    sentence = forms.CharField(max_length=decisions.MAX_APPEAL)


class PicturePages(ModelAdmin):
    """Adds the pages to the admin of verdicts."""

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "<int:key>/decide/": ("decide", never_cache(require_POST(self.decide))),
            "<int:key>/undo/": ("undo", never_cache(require_POST(self.undo))),
            "<int:key>/appeal/": ("appeal", never_cache(require_POST(self.appeal))),
            "small/<int:image>/": ("small", cache_control(private=True, max_age=3600)(require_safe(self.small))),
        }
        wrap = self.admin_site.admin_view
        # The site's own "never cache" would keep browsers from reusing the small pictures of a list.
        ours = [
            path(address, wrap(view, cacheable=True), name=f"visualsearch_verdict_{name}")
            for address, (name, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the picture with what is known of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0
        verdict = get_object_or_404(Verdict.objects.select_related("image__product__category"), pk=key)
        rows = self._rows(request)
        following = queue.following(rows, verdict)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": verdict.image.product.title,
            "verdict": verdict,
            "is_replaced": verdict.image_sha256 != verdict.image.sha256,
            "evidence": queue.evidence(verdict),
            "reasons": Reason.choices,
            "chosen_reason": verdict.reason or Reason.OTHER,
            "history": PictureDecision.objects.filter(image=verdict.image)[:HISTORY],
            "may_decide": request.user.has_perm(MODERATE),
            "filters": self._filters(request),
            "following": following,
            "preceding": queue.preceding(rows, verdict) if following else None,
            "left": rows.order_by()[: queue.MAX_COUNT].count(),
            "decided": self._just_decided(request),
            "alike": _alike(request, verdict),
        }
        return render(request, "admin/visualsearch/verdict/picture.html", context)

    def decide(self, request: HttpRequest, key: int) -> HttpResponse:
        """Allow or refuse the picture, unless somebody else has decided meanwhile; then show the next one."""
        _require(request, MODERATE)
        verdict = get_object_or_404(Verdict, pk=key)
        following = queue.following(self._rows(request), verdict)  # before the decision, which takes it off the list
        form = DecisionForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
            return self._show(request, key)
        data = form.cleaned_data
        choice = decisions.Choice(VerdictState(data["state"]), str(request.user), data["reason"], data["note"])
        seen = {key: data["seen"]} if data["seen"] else None
        if not decisions.decide([key], choice, timezone.now(), seen):
            verdict.refresh_from_db()
            if verdict.version != data["seen"] or not is_current(verdict):
                messages.warning(request, _overtaken(verdict))
                return self._show(request, key)
        return self._show(request, following.pk if following else key, decided=key)

    def undo(self, request: HttpRequest, key: int) -> HttpResponse:
        """Take back the last decision on the picture and show it again."""
        _require(request, MODERATE)
        verdict = get_object_or_404(Verdict, pk=key)
        if decisions.undo(key, str(request.user), timezone.now(), request.POST.get("seen", "")[:32]):
            verdict.refresh_from_db()
            state = verdict.get_state_display()
            messages.success(request, _("Undone. The picture is as before: %(state)s.") % {"state": state})
        else:
            messages.warning(request, _("There is nothing to undo: the picture has changed since, or nobody decided."))
        return self._show(request, key)

    def appeal(self, request: HttpRequest, key: int) -> HttpResponse:
        """Ask for another look at a refused picture, from the page of its product."""
        _require(request, APPEAL)
        verdict = get_object_or_404(Verdict.objects.select_related("image"), pk=key)
        form = AppealForm(request.POST)
        if not form.is_valid():
            messages.error(
                request, _("Write a sentence of up to %(limit)d characters.") % {"limit": decisions.MAX_APPEAL}
            )
        elif decisions.appeal(key, form.cleaned_data["sentence"], timezone.now()):
            messages.success(request, _("We will look at the picture again."))
        else:
            messages.warning(request, _("This picture is not refused any more. There is nothing to appeal."))
        return redirect("admin:catalog_product_change", verdict.image.product_id)

    def small(self, request: HttpRequest, image: int) -> HttpResponse:
        """Send the picture small, for lists: hidden pictures have no renditions."""
        if not self.has_view_permission(request) and not request.user.has_perm("catalog.view_productimage"):
            raise PermissionDenied
        row = get_object_or_404(ProductImage, pk=min(image, LARGEST_KEY))
        picture = read_picture(row, SMALL_SIDE)
        if picture is None:
            raise Http404(_("The file is missing from the storage."))
        picture.thumbnail((2 * SMALL_SIDE, 2 * SMALL_SIDE))
        return HttpResponse(jpeg(picture), content_type="image/jpeg")

    def _rows(self, request: HttpRequest) -> QuerySet[Verdict]:
        """Return the verdicts of the list that the page was opened from."""
        of_list = copy(request)
        of_list.GET = QueryDict(self._filters(request))
        try:
            rows: QuerySet[Verdict] = self.get_changelist_instance(of_list).queryset
        except IncorrectLookupParameters:
            rows = Verdict.objects.open()
        return rows

    def _filters(self, request: HttpRequest) -> str:
        return request.GET.get(FILTERS, "")[:MAX_FILTERS]

    def _just_decided(self, request: HttpRequest) -> Verdict | None:
        """Return the verdict that was decided before this page, to offer an undo."""
        key = _key(request, "decided")
        if key is None:
            return None
        return Verdict.objects.select_related("image__product").filter(pk=key, decided_at__isnull=False).first()

    def _show(self, request: HttpRequest, key: int, **parameters: int) -> HttpResponse:
        """Redirect to the page of a verdict, with the filters of the list."""
        filters = self._filters(request)
        query = urlencode({**({FILTERS: filters} if filters else {}), **parameters})
        address = reverse("admin:visualsearch_verdict_change", args=[key])
        return redirect(f"{address}?{query}" if query else address)


def is_current(verdict: Verdict) -> bool:
    """Return True if the verdict is of the picture's bytes."""
    return ProductImage.objects.filter(pk=verdict.image_id, sha256=verdict.image_sha256).exists()


def small_url(image: int, sha256: str) -> str:
    """Return the address of a small version of a picture. The hash makes browsers forget a replaced one."""
    return f"{reverse('admin:visualsearch_verdict_small', args=[image])}?{sha256[:12]}"


def _overtaken(verdict: Verdict) -> str:
    """Return what happened to the picture while the page was open."""
    if not is_current(verdict):
        return _("The picture was replaced while you had the page open. The new one is being checked.")
    if not verdict.decided_by:
        return _("The picture changed while you had the page open. Look at it again.")
    facts = {"who": verdict.decided_by, "state": verdict.get_state_display()}
    return _("Nothing was changed: %(who)s has just decided on this picture: %(state)s.") % facts


def _alike(request: HttpRequest, verdict: Verdict) -> HeatMap | str | None:
    """Return where the picture and the chosen one of its evidence look alike, or the reason why that is not known."""
    key = _key(request, "alike")
    if key is None:
        return None
    try:
        return alike_parts(verdict.image, get_object_or_404(ProductImage, pk=key))
    except CannotExplain as error:
        return str(error)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _key(request: HttpRequest, name: str) -> int | None:
    """Return the key in the address, or None if it is not one."""
    key = request.GET.get(name, "")
    return int(key) if key.isascii() and key.isdigit() and len(key) < MAX_KEY_LENGTH else None

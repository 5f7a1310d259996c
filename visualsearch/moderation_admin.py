"""The queue of pictures to look at, and the log of what staff decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import ReadOnlyAdmin
from visualsearch.models import PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, queue
from visualsearch.moderation_admin_pages import MODERATE, PicturePages, small_url

MAX_BULK = 1000  # pictures by one action
MAX_BRANDS = 50  # in the filter
SEEN = "seen-"


class StateFilter(admin.SimpleListFilter):
    """Shows what waits for staff unless another state is chosen."""

    title = _("state")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("look", _("needs a look")), ("appeals", _("appeals")), ("refused", _("refused")),
                ("allowed", _("allowed")), ("all", _("all"))]  # fmt: skip

    def choices(self, changelist: Any) -> Iterator[Any]:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": _("waiting for staff")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = queryset
        if self.value() == "appeals":
            return rows.exclude(appeal="")
        if self.value() == "all":
            return rows
        return rows.filter(state=self.value()) if self.value() else queryset.open()


class SourceFilter(admin.SimpleListFilter):
    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("shop", _("pictures of products")), ("customers", _("customers' photos"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(image__is_from_customer=self.value() == "customers") if self.value() else queryset


class BrandFilter(admin.SimpleListFilter):
    """Filters by the brand of the product. Offers the brands of what waits."""

    title = _("brand")
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        brands = Verdict.objects.open().exclude(image__product__brand="").order_by("image__product__brand")
        names = list(brands.values_list("image__product__brand", flat=True).distinct()[:MAX_BRANDS])
        chosen = request.GET.get(self.parameter_name)
        return [(name, name) for name in sorted({*names, *([chosen] if chosen else [])})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(image__product__brand=self.value()) if self.value() else queryset


class BulkForm(ActionForm):
    """The action on the chosen pictures, and why they are refused."""

    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", _("as the check found")), *Reason.choices]
    )


@admin.register(Verdict)
class VerdictAdmin(PicturePages, ReadOnlyAdmin):
    """The queue. Its pages decide on one picture; actions decide on several."""

    deleted_with_parent = True
    list_display = ("picture", "product", "found", "score", "since", "appeal", "source")
    list_display_links = ("picture", "product")
    list_filter = (StateFilter, "reason", SourceFilter, BrandFilter)
    search_fields = ("image__product__title", "image__product__slug")
    list_select_related = ("image__product",)
    list_per_page = 48
    ordering = ("checked_at", "pk")
    sortable_by = ()
    actions = ("allow", "refuse")
    action_form = BulkForm

    class Media:
        css: ClassVar = {"all": ["css/moderation.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_moderate_permission(request) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MODERATE)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"backlog": queue.backlog(), "title": gettext("Pictures to look at")}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    @admin.display(description=_("picture"))
    def picture(self, verdict: Verdict) -> SafeString:
        address = small_url(verdict.image_id, verdict.image_sha256)
        return format_html(
            '<img class="verdict-small" src="{}" alt="{}" width="96" height="96" loading="lazy">'
            '<input type="hidden" name="{}" value="{}">',
            address, verdict.image.alt or verdict.image.product.title, f"{SEEN}{verdict.pk}", verdict.version,
        )  # fmt: skip

    @admin.display(description=_("product"))
    def product(self, verdict: Verdict) -> str:
        return verdict.image.product.title

    @admin.display(description=_("found"))
    def found(self, verdict: Verdict) -> str:
        state, reason = verdict.get_state_display(), verdict.get_reason_display()
        return f"{state}: {reason}" if reason else str(state)

    @admin.display(description=_("how sure"))
    def score(self, verdict: Verdict) -> str:
        scores = [each["score"] for each in verdict.findings if each["check"] == verdict.reason]
        return f"{max(scores):.0%}" if scores else "–"

    @admin.display(description=_("waits for"))
    def since(self, verdict: Verdict) -> str:
        if verdict.state != VerdictState.LOOK and not verdict.appeal:
            return "–"
        return timesince(verdict.appealed_at or verdict.checked_at, depth=1)

    @admin.display(description=_("source"))
    def source(self, verdict: Verdict) -> str:
        return gettext("customer") if verdict.image.is_from_customer else verdict.image.product.brand

    @admin.action(description=_("Allow the chosen pictures"), permissions=["moderate"])
    def allow(self, request: HttpRequest, verdicts: QuerySet[Verdict]) -> None:
        self._decide(request, verdicts, VerdictState.ALLOWED)

    @admin.action(description=_("Refuse the chosen pictures"), permissions=["moderate"])
    def refuse(self, request: HttpRequest, verdicts: QuerySet[Verdict]) -> None:
        self._decide(request, verdicts, VerdictState.REFUSED)

    def _decide(self, request: HttpRequest, verdicts: QuerySet[Verdict], state: VerdictState) -> None:
        """Decide on the verdicts, those with the same reason together, and say how many changed."""
        rows = list(verdicts.order_by("pk").values_list("pk", "reason")[: MAX_BULK + 1])
        if len(rows) > MAX_BULK:
            text = gettext("Choose at most %(limit)d pictures at once.") % {"limit": MAX_BULK}
            self.message_user(request, text, messages.ERROR)
            return
        seen = {pk: request.POST[f"{SEEN}{pk}"][:32] for pk, _reason in rows if f"{SEEN}{pk}" in request.POST}
        chosen = request.POST.get("reason", "")
        by_reason: dict[str, list[int]] = {}
        for pk, found in rows:
            reason = (chosen if chosen in Reason.values else found or Reason.OTHER) if state != "allowed" else ""
            by_reason.setdefault(reason, []).append(pk)
        now, by = timezone.now(), str(request.user)
        changed = sum(
            decisions.decide(keys, decisions.Choice(state, by, reason), now, seen)
            for reason, keys in by_reason.items()
        )
        self._report(request, changed, len(rows) - changed, state)

    def _report(self, request: HttpRequest, changed: int, left: int, state: VerdictState) -> None:
        if state == VerdictState.ALLOWED:
            text = ngettext("%(number)d picture was allowed.", "%(number)d pictures were allowed.", changed)
        else:
            text = ngettext("%(number)d picture was refused.", "%(number)d pictures were refused.", changed)
        self.message_user(request, text % {"number": changed}, messages.SUCCESS)
        if left:
            more = ngettext("%(number)d had been decided already and was left as it is.",
                            "%(number)d had been decided already and were left as they are.", left)  # fmt: skip
            self.message_user(request, more % {"number": left}, messages.WARNING)


@admin.register(PictureDecision)
class DecisionAdmin(ReadOnlyAdmin):
    """The log of decisions, newest first. It outlives the pictures."""

    deleted_with_parent = True
    list_display = ("decided_at", "product", "state", "reason", "before", "is_undo", "decided_by", "appeal")
    list_filter = ("state", "reason", "is_undo")
    search_fields = ("product", "decided_by", "note")
    fields = (
        "picture", "product", "before", "state", "reason", "note", "appeal", "is_undo", "decided_by", "decided_at",
        "said",
    )  # fmt: skip

    @admin.display(description=_("picture"))
    def picture(self, decision: PictureDecision) -> SafeString | str:
        if decision.image_id is None:
            return gettext("deleted")
        address = reverse("admin:catalog_picture", args=[decision.image_id])
        return format_html('<a href="{}"><img src="{}" alt="{}" width="160"></a>', address,
                           small_url(decision.image_id, decision.image_sha256), decision.product)  # fmt: skip

    @admin.display(description=_("what the checks said"))
    def said(self, decision: PictureDecision) -> str:
        return ", ".join(f"{queue.check_name(check)} {score:.0%}" for check, score in decision.scores.items()) or "–"

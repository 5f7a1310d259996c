"""Admin page of the checks of pictures: on or off, what each threshold would have cost, and how misses are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.staff.admin import ReadOnlyAdmin
from visualsearch import tasks
from visualsearch.models import CheckSetting, SampleSetting
from visualsearch.moderation import sampling, thresholds
from visualsearch.moderation.checks import CHECKS
from visualsearch.moderation.finding import Check
from visualsearch.moderation.thresholds import STEPS, Curve, Judged, Point

SEE, CHANGE = "visualsearch.view_checksetting", "visualsearch.change_checksetting"
WIDTH, HEIGHT = 100, 50  # of the chart, in its own units


def _number(step: str) -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": step, "min": 0})


class CheckForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the owner sets for a check."""

    class Meta:
        model = CheckSetting
        fields = ("is_on", "look_at", "refuse_at", "look_minutes", "miss_minutes")
        widgets = {name: _number("any") for name in ("look_at", "refuse_at", "look_minutes", "miss_minutes")}


class SampleForm(forms.ModelForm):  # type: ignore[type-arg]
    """How many allowed pictures a week staff look at."""

    class Meta:
        model = SampleSetting
        fields = ("weekly",)


@dataclass(frozen=True)
class Line:
    """A line of the chart, for SVG, and its name in the style sheet."""

    name: str
    points: str


@dataclass(frozen=True)
class Section:
    """A check on the page. `at` is where the threshold in use is in the chart; `now` is the point nearest to it."""

    check: Check
    setting: CheckSetting
    form: CheckForm
    curve: Curve
    lines: Sequence[Line]
    at: float
    now: Point

    @property
    def saving(self) -> Point | None:
        """The proposed point, if it costs less than the threshold in use."""
        proposed = self.curve.cheapest
        return proposed if proposed and proposed.cost < self.now.cost else None

    @property
    def saved_minutes(self) -> float:
        return self.now.cost - self.saving.cost if self.saving else 0.0


@admin.register(CheckSetting)
class CheckSettingAdmin(ReadOnlyAdmin):
    """One page for all checks. Each form on it is posted to an address of its own."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        ours = [
            path("sample/", wrap(never_cache(require_POST(self.save_sample))), name="visualsearch_save_sample"),
            path("<slug:name>/", wrap(never_cache(require_POST(self.save_check))), name="visualsearch_save_check"),
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        _require(request, SEE)
        return require_safe(self._page)(request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        return redirect("admin:visualsearch_checksetting_changelist")

    def save_check(self, request: HttpRequest, name: str) -> HttpResponse:
        """Set a check, or the threshold that was proposed for it, and apply it to pictures that are checked."""
        _require(request, CHANGE)
        setting = {each.name: each for each in _settings()}.get(name)
        if setting is None:
            raise Http404
        data = request.POST.copy()
        if proposed := data.get("proposed"):
            data[f"{name}-look_at"] = proposed
        form = CheckForm(data, instance=setting, prefix=name)
        if not form.is_valid():
            return self._page(request, form)
        row = form.save()
        tasks.apply_thresholds.delay()
        self.log_change(request, row, _("Needs a look from %(look)s.") % {"look": number_format(row.look_at)})
        messages.success(request, _("“%(check)s” is set. Pictures that are already checked follow.") % {"check": row})
        return redirect("admin:visualsearch_checksetting_changelist")

    def save_sample(self, request: HttpRequest) -> HttpResponse:
        """Set how many allowed pictures a week staff look at."""
        _require(request, CHANGE)
        form = SampleForm(request.POST, instance=SampleSetting.objects.first() or SampleSetting(pk=1))
        if not form.is_valid():
            return self._page(request, sample=form)
        row = form.save()
        self.log_change(request, row, _("%(number)d a week.") % {"number": row.weekly})
        messages.success(request, _("The sample is set to %(number)d pictures a week.") % {"number": row.weekly})
        return redirect("admin:visualsearch_checksetting_changelist")

    def _page(
        self, request: HttpRequest, bound: CheckForm | None = None, sample: SampleForm | None = None
    ) -> HttpResponse:
        judged = thresholds.read_judged()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Checks of pictures"),
            "opts": self.opts,
            "sections": list(_sections(judged, bound)),
            "sample": sample or SampleForm(instance=SampleSetting(pk=1, weekly=sampling.weekly())),
            "decisions": len(judged),
            "drawn": sum(each.is_sample for each in judged),
            "min_decisions": thresholds.MIN_DECISIONS,
            "min_refused": thresholds.MIN_REFUSED,
            "may_change": request.user.has_perm(CHANGE),
        }
        is_valid = (bound or sample) is None
        return render(request, "admin/visualsearch/checks.html", context, status=200 if is_valid else 422)


def _settings() -> Iterator[CheckSetting]:
    """Yield the settings of all checks, saved or not. One query."""
    known = {row.name: row for row in CheckSetting.objects.all()}
    return (known.get(check.name) or thresholds.setting_of(check) for check in CHECKS)


def _sections(judged: Sequence[Judged], bound: CheckForm | None) -> Iterator[Section]:
    for check, setting in zip(CHECKS, _settings(), strict=True):
        is_bound = bound is not None and bound.prefix == check.name
        form = bound if bound is not None and is_bound else CheckForm(instance=setting, prefix=check.name)
        curve = thresholds.curve_of(judged, setting)
        now = thresholds.point_at(judged, setting, setting.look_at)
        yield Section(check, setting, form, curve, _lines(curve), _x(setting.look_at), now)


def _lines(curve: Curve) -> list[Line]:
    """Return precision, recall and cost. Precision ends where no picture has a score that high."""
    highest = max(each.cost for each in curve.points) or 1.0
    values: dict[str, list[tuple[float, float | None]]] = {
        "precision": [(each.threshold, each.precision) for each in curve.points],
        "recall": [(each.threshold, each.recall) for each in curve.points],
        "cost": [(each.threshold, each.cost / highest) for each in curve.points],
    }
    return [
        Line(name, " ".join(f"{_x(x):.1f},{HEIGHT * (1 - y):.1f}" for x, y in found if y is not None))
        for name, found in values.items()
    ]


def _x(threshold: float) -> float:
    return WIDTH * min(1.0, max(0.0, (threshold - STEPS[0]) / (STEPS[-1] - STEPS[0])))


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied

"""Pages of the reports in the admin. `format=csv` downloads the same report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop.reports import exports
from shop.reports.forms import ISO, PeriodForm
from shop.reports.insight import sections
from shop.reports.period import Period, Step
from shop.reports.report import Report, Text
from shop.reports.spreadsheet import csv_response
from shop.reports.tabs import EXPORT, INSIGHT, PAGES, Page, Tab, tabs

FILES: dict[str, tuple[Text, list[str], Callable[[Period], Any]]] = {
    "orders": (gettext_lazy("Orders"), exports.ORDER_COLUMNS, exports.order_rows),
    "order-lines": (gettext_lazy("Order lines"), exports.LINE_COLUMNS, exports.line_rows),
}
PRESETS = [
    (gettext_lazy("7 days"), 7, Step.DAY),
    (gettext_lazy("30 days"), 30, Step.DAY),
    (gettext_lazy("13 weeks"), 91, Step.WEEK),
    (gettext_lazy("12 months"), 365, Step.MONTH),
]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Redirect to the first report that the user may see."""
    for page in PAGES:
        if request.user.has_perm(page.permission):
            return redirect("reports:show", page.slug)
    raise PermissionDenied


@never_cache
@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show a report for the requested period, or for the last 30 days."""
    page = next((each for each in PAGES if each.slug == slug), None)
    if page is None:
        raise Http404(_("This report does not exist."))
    if not request.user.has_perm(page.permission):
        raise PermissionDenied
    now = timezone.now()
    form = _form(request, now)
    if not form.is_valid():
        return _page(request, page, form, now, status=400)
    report = page.build(form.period)
    if request.GET.get("format") == "csv":
        columns = [column.name for column in report.columns]
        return csv_response(_file_name(slug, form.period), columns, report.plain_rows())
    return _page(request, page, form, now, report=report)


@never_cache
@require_safe
def show_insight(request: HttpRequest) -> HttpResponse:
    """Show how the search is doing in the requested period, or in the last 30 days."""
    if not request.user.has_perm(INSIGHT.permission):
        raise PermissionDenied
    now = timezone.now()
    form = _form(request, now)
    period = form.period if form.is_valid() else None
    context = {**_context(request, INSIGHT, form, now, period), "sections": sections(period) if period else []}
    return render(request, "reports/insight.html", context, status=200 if period else 400)


@never_cache
@require_safe
def download(request: HttpRequest, name: str) -> HttpResponseBase:
    """Download the orders of the period, or their lines, as CSV."""
    if name not in FILES:
        raise Http404(_("This file does not exist."))
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    form = _form(request, timezone.now())
    if not form.is_valid():
        return redirect("reports:show", "sales")
    _title, columns, rows = FILES[name]
    return csv_response(_file_name(name, form.period), columns, rows(form.period))


def _form(request: HttpRequest, now: datetime) -> PeriodForm:
    return PeriodForm(request.GET if "since" in request.GET else _form_values(Period.last_days(now)))


def _form_values(period: Period) -> dict[str, str]:
    return {"since": period.since.strftime(ISO), "until": period.until.strftime(ISO), "by": period.step.value}


def _page(
    request: HttpRequest, page: Page, form: PeriodForm, now: datetime, report: Report | None = None, status: int = 200
) -> HttpResponse:
    context = {
        **_context(request, page, form, now, form.period if report else None),
        "report": report,
        "files": [(name, title) for name, (title, _c, _r) in FILES.items()] if request.user.has_perm(EXPORT) else [],
    }
    return render(request, "reports/report.html", context, status=status)


def _context(request: HttpRequest, tab: Tab, form: PeriodForm, now: datetime, period: Period | None) -> dict[str, Any]:
    presets = [(title, _form_values(Period.last_days(now, days, step))) for title, days, step in PRESETS]
    return {
        **admin.site.each_context(request),
        "title": tab.title,
        "page": tab,
        "pages": tabs(request.user),
        "form": form,
        "presets": presets,
        "period": _form_values(period) if period else None,
    }


def _file_name(name: str, period: Period) -> str:
    return f"{name}-{period.since:{ISO}}-{period.until:{ISO}}"

"""The tabs of the reports, each with the permission that it requires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from shop.reports import sales, searches
from shop.reports.period import Period
from shop.reports.report import Report, Text

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, _AnyUser

SALES, EXPORT, SEARCHES = "orders.view_sales", "orders.export_order", "catalog.view_searchtally"


@dataclass(frozen=True)
class Tab:
    """An entry of the navigation: its slug, title and required permission."""

    slug: str
    title: Text
    permission: str


@dataclass(frozen=True)
class Page(Tab):
    """A report and its builder."""

    build: Callable[[Period], Report]


PAGES = [
    Page("sales", gettext_lazy("Sales"), SALES, sales.sales_over_time),
    Page("articles", gettext_lazy("Best sellers"), SALES, sales.best_sellers),
    Page("categories", gettext_lazy("Categories"), SALES, sales.sales_by_category),
    Page("promotions", gettext_lazy("Promotions"), SALES, sales.sales_by_promotion),
    Page("searches", gettext_lazy("Searches"), SEARCHES, searches.searches_over_time),
    Page("words", gettext_lazy("Search terms"), SEARCHES, searches.searched_words),
    Page("unanswered", gettext_lazy("Misses"), SEARCHES, searches.unanswered_words),
]
INSIGHT = Tab("insight", gettext_lazy("Insight"), SEARCHES)
QUALITY = Tab("quality", gettext_lazy("Photo search"), SEARCHES)


def tabs(user: _AnyUser | AnonymousUser) -> list[Tab]:
    """Return the tabs that the user may open."""
    return [each for each in (*PAGES, INSIGHT, QUALITY) if user.has_perm(each.permission)]

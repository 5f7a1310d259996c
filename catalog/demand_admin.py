"""Unmet demand in the admin: what customers searched for in vain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.demand import dismiss
from catalog.models import Demand, DemandNote
from catalog.staff.admin import ReadOnlyMixin, StaffAdmin, log_changes

SHOWN_NOTES = 3
DISMISSED = "dismissed"


class NoteInline(ReadOnlyMixin, admin.TabularInline):  # type: ignore[type-arg]
    """What customers wrote. Staff delete notes that say who wrote them."""

    is_deletable = True
    model = DemandNote
    fields = readonly_fields = ("day", "text", "times")
    extra = 0


class DismissedFilter(admin.SimpleListFilter):
    """Shows what is open, unless asked for what was dismissed."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(DISMISSED, _("dismissed"))]

    def choices(self, changelist: Any) -> Any:
        everything, *others = super().choices(changelist)
        return [{**everything, "display": _("Open")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_dismissed=self.value() == DISMISSED)


@admin.register(Demand)
class DemandAdmin(StaffAdmin):
    """The demand list: a synonym answers words that the shop names differently; the rest may be worth selling."""

    list_display = ("words", "misses", "last_day", "wrote", "synonym")
    list_filter = (DismissedFilter,)
    list_per_page = 50
    search_fields = ("words",)
    show_full_result_count = False
    fields = readonly_fields = ("words", "misses", "last_day", "is_dismissed")
    inlines = (NoteInline,)
    actions = ("dismiss",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Demand]:
        latest = DemandNote.objects.order_by("-day", "-pk")[:SHOWN_NOTES]
        return super().get_queryset(request).prefetch_related(Prefetch("notes", latest, to_attr="latest_notes"))

    def get_list_display(self, request: HttpRequest) -> Any:
        may_add = request.user.has_perm("catalog.add_synonym")
        return self.list_display if may_add else [each for each in self.list_display if each != "synonym"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("notes"))
    def wrote(self, demand: Any) -> SafeString | str:
        return format_html_join(mark_safe("<br>"), "{}", ((str(note),) for note in demand.latest_notes)) or "–"

    @admin.display(description=_("answer"))
    def synonym(self, demand: Demand) -> SafeString:
        address = f"{reverse('admin:catalog_synonym_add')}?{urlencode({'words': demand.words})}"
        return format_html('<a class="button make-synonym" href="{}">{}</a>', address, gettext("Make a synonym"))

    @admin.action(description=_("Dismiss until customers miss it again"), permissions=["change"])
    def dismiss(self, request: HttpRequest, demand: QuerySet[Demand]) -> None:
        rows = list(demand)
        number = dismiss(Demand.objects.filter(pk__in=[row.pk for row in rows]))
        log_changes(request, rows, gettext("Dismissed."))
        message = ngettext("%(number)d entry was dismissed.", "%(number)d entries were dismissed.", number)
        self.message_user(request, message % {"number": number})

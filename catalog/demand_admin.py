"""Unmet demand in the admin: what customers searched for in vain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
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
MAX_KEY_LENGTH = 19  # digits of a bigint
DISMISSED = "dismissed"
BUTTON = "dismiss_row"  # name of the buttons on the rows; the value is the key of the row


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

    list_display = ("words", "misses", "answer", "wrote", "last_day")
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

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Note on each row which of its buttons these staff may use."""
        found = super().get_changelist_instance(request)
        may_add, may_change = request.user.has_perm("catalog.add_synonym"), self.has_change_permission(request)
        rows = list(found.result_list)
        for row in rows:
            row.may_be_synonym, row.may_be_dismissed = may_add, may_change and not row.is_dismissed
        found.result_list = rows
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list, or dismiss the row whose button was pressed and show the same list again."""
        key = request.POST.get(BUTTON, "")
        if not key:
            return super().changelist_view(request, extra_context)
        if not self.has_change_permission(request):
            raise PermissionDenied
        is_key = key.isascii() and key.isdigit() and len(key) < MAX_KEY_LENGTH
        self._dismiss(request, Demand.objects.filter(pk=int(key)) if is_key else Demand.objects.none())
        return HttpResponseRedirect(request.get_full_path())

    @admin.display(description=_("notes"))
    def wrote(self, demand: Any) -> SafeString | str:
        notes = format_html_join(mark_safe("<br>"), "{}", ((str(note),) for note in demand.latest_notes))
        return format_html('<div class="row-notes">{}</div>', notes) if notes else "–"

    @admin.display(description=_("answer"))
    def answer(self, demand: Any) -> SafeString | str:
        buttons = [
            *([_synonym_button(demand)] if demand.may_be_synonym else []),
            *([_dismiss_button(demand)] if demand.may_be_dismissed else []),
        ]
        joined = format_html_join("", "{}", ((each,) for each in buttons))
        return format_html('<div class="row-buttons">{}</div>', joined) if buttons else "–"

    @admin.action(description=_("Dismiss until customers miss it again"), permissions=["change"])
    def dismiss(self, request: HttpRequest, demand: QuerySet[Demand]) -> None:
        self._dismiss(request, demand)

    def _dismiss(self, request: HttpRequest, demand: QuerySet[Demand]) -> None:
        rows = list(demand)
        number = dismiss(Demand.objects.filter(pk__in=[row.pk for row in rows]))
        log_changes(request, rows, gettext("Dismissed."))
        message = ngettext("%(number)d entry was dismissed.", "%(number)d entries were dismissed.", number)
        self.message_user(request, message % {"number": number})


def _synonym_button(demand: Demand) -> SafeString:
    address = f"{reverse('admin:catalog_synonym_add')}?{urlencode({'words': demand.words})}"
    return format_html('<a class="button" href="{}">{}</a>', address, gettext("Make a synonym"))


def _dismiss_button(demand: Demand) -> SafeString:
    label = gettext("Dismiss “%(words)s” until customers miss it again") % {"words": demand.words}
    button = '<button class="button" name="{}" value="{}" aria-label="{}">{}</button>'
    return format_html(button, BUTTON, demand.pk, label, gettext("Dismiss"))

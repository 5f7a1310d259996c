"""The admin page of synonyms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Synonym
from catalog.search.previews import MAX_FOUND, numbers_found
from catalog.search.synonyms import switch
from catalog.staff.admin import StaffAdmin, log_changes
from catalog.synonym_forms import SynonymForm


class OriginFilter(admin.SimpleListFilter):
    """Filter synonyms by origin: the starter set or the shop."""

    title = _("origin")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("shop", _("your own")), ("starter", _("starter set"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> QuerySet[Synonym]:
        if self.value() == "shop":
            return queryset.filter(starter_line="")
        return queryset.exclude(starter_line="") if self.value() == "starter" else queryset


@admin.register(Synonym)
class SynonymAdmin(StaffAdmin):
    """Synonyms, with the number of products that each side finds by itself."""

    form = SynonymForm
    list_display = ("words", "arrow", "synonyms", "language", "products_found", "is_active", "is_from_starter")
    list_filter = ("is_active", OriginFilter, "kind", "language")
    search_fields = ("words", "synonyms")
    search_help_text = _("Searches both sides.")
    list_per_page = 50
    actions = ("switch_on", "switch_off")
    fields = ("words", "kind", "synonyms", "language", "is_active", "preview", "origin")
    readonly_fields = ("preview", "origin")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count the products of all rows of the page in one query."""
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        numbers = numbers_found([side for row in rows for side in (row.words, row.synonyms)])
        for at, row in enumerate(rows):
            row.numbers = numbers[2 * at : 2 * at + 2]
        found.result_list = rows
        return found

    @admin.display(description=_("direction"), ordering="kind")
    def arrow(self, synonym: Synonym) -> str:
        return "→" if synonym.kind == Synonym.Kind.BROADER else "↔"

    @admin.display(description=_("products"))
    def products_found(self, synonym: Synonym) -> str:
        return " / ".join(map(_number, synonym.numbers))  # type: ignore[attr-defined]

    @admin.display(description=_("starter set"), boolean=True, ordering="starter_line")
    def is_from_starter(self, synonym: Synonym) -> bool:
        return synonym.is_starter

    @admin.display(description=_("products found"))
    def preview(self, synonym: Synonym) -> str:
        if not synonym.pk:
            return gettext("Shown after saving.")
        words, others = map(_number, numbers_found([synonym.words, synonym.synonyms]))
        return gettext("%(words)s: %(number)s; %(synonyms)s: %(others)s") % {
            "words": synonym.words, "number": words, "synonyms": synonym.synonyms, "others": others,
        }  # fmt: skip

    @admin.display(description=_("origin"))
    def origin(self, synonym: Synonym) -> str:
        if not synonym.is_starter:
            return gettext("Your own.")
        return gettext("Starter set. Updates leave your changes alone, and what you delete stays deleted.")

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, synonyms: QuerySet[Synonym]) -> None:
        self._switch(request, synonyms, is_active=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, synonyms: QuerySet[Synonym]) -> None:
        self._switch(request, synonyms, is_active=False)

    def _switch(self, request: HttpRequest, synonyms: QuerySet[Synonym], *, is_active: bool) -> None:
        rows = list(synonyms.filter(is_active=not is_active))
        number = switch([row.pk for row in rows], is_active=is_active)
        log_changes(request, rows, gettext("Switched on.") if is_active else gettext("Switched off."))
        on = ngettext("%(number)d synonym is on.", "%(number)d synonyms are on.", number)
        off = ngettext("%(number)d synonym is off.", "%(number)d synonyms are off.", number)
        self.message_user(request, (on if is_active else off) % {"number": number})


def _number(found: int) -> str:
    return f"{MAX_FOUND}+" if found == MAX_FOUND else str(found)

"""Base classes of the shop's admin: they merge concurrent edits, explain deletions and log changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from catalog.staff.deletion import Deletion
from catalog.staff.stale_forms import SETTLE, MergingForm, PageState, merging_form, merging_formset, state_input

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only

UNDELETABLE = (ProtectedError, RestrictedError, IntegrityError)  # a row was added after the page was opened


class StaffAdmin(ModelAdmin):
    """An admin that merges concurrent edits and explains what a deletion affects."""

    deleted_with_parent = False  # deleting the parent needs no permission for these rows
    blocks_deletion = False  # the parent cannot be deleted while these rows exist

    def lock(self, row: Model) -> None:
        """Lock the row until the transaction ends. Called before a change or deletion reads it."""
        rows = type(row)._base_manager.filter(pk=row.pk).order_by().select_for_update(no_key=True)
        list(rows.values_list("pk"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        is_written = request.method == "POST" and transaction.get_connection().in_atomic_block
        if found is None or not is_written:
            return found
        self.lock(found)
        return super().get_object(request, object_id, from_field)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return merging_form(super().get_form(request, obj, change=change, **kwargs), _page(request))

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            writes = inline.has_change_permission(request, obj) or inline.has_delete_permission(request, obj)
            page = _page(request)
            page.cascade = partial(self._cascade, request)
            yield merging_formset(formset, page) if writes else formset, inline

    def _cascade(self, request: HttpRequest, row: Model) -> str:
        return ", ".join(map(str, Deletion([row], [row], request, self.admin_site).cascade))

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return merging_formset(super().get_changelist_formset(request, **kwargs), _page(request))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        inlines = [each.formset for each in context["inline_admin_formsets"] if hasattr(each.formset, "page")]
        forms = [context["adminform"].form, *(form for each in inlines for form in each.initial_forms)]
        context |= _merge_context(forms)
        _report_merges(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        _report_merges(request)
        return super().response_change(request, obj)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:  # a date filter beyond the last day there is
            raise IncorrectLookupParameters from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if SETTLE in request.POST and self.list_editable:
            data = request.POST.copy()
            data["_save"] = ""
            request.POST = data  # type: ignore[assignment]
        is_written = "_save" in request.POST or request.POST.get("action") == "delete_selected"
        try:
            with transaction.atomic() if is_written else nullcontext():
                response = super().changelist_view(request, extra_context)
        except UNDELETABLE:
            return self._refuse(request, request.get_full_path())
        context = getattr(response, "context_data", None) or {}
        formset = getattr(context.get("cl"), "formset", None)
        if formset is not None:
            context |= _merge_context(formset.initial_forms)
            if formset.is_bound:  # rows and forms must be in the same order, even if the list has changed
                context["cl"].result_list = [form.instance for form in formset.initial_forms]
        _report_merges(request)
        return response

    def with_dependants(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Return the rows and those deleted with them without a foreign key."""
        return rows

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = Deletion(self.with_dependants(objs), objs, request, self.admin_site)
        counts = {kind.title: kind.number for kind in found.cascade}
        return found.cascade, counts, found.missing_permissions, found.blockers

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except UNDELETABLE:
            return self._refuse(request, request.path)

    def _refuse(self, request: HttpRequest, address: str) -> HttpResponseRedirect:
        messages.error(
            request, gettext("Nothing was deleted because new rows depend on it. Check them and try again.")
        )
        return HttpResponseRedirect(address)


class ReadOnlyMixin(BaseModelAdmin):  # type: ignore[type-arg]
    """Rows that staff may read but not write, in an admin or an inline. `is_deletable` lets them delete rows."""

    is_deletable = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_deletable and super().has_delete_permission(request, obj)


class ReadOnlyAdmin(ReadOnlyMixin, StaffAdmin):
    """An admin of read-only rows."""

    show_full_result_count = False


def log_changes(request: HttpRequest, rows: Sequence[Model], message: str) -> None:
    """Log the same change of several rows, in two queries.

    Evaluate the rows before changing them: a filtered queryset may no longer contain them afterwards.
    """
    LogEntry.objects.log_actions(cast(int, request.user.pk), rows, CHANGE, message)


def _page(request: HttpRequest) -> PageState:
    """Return the state of the page that sent this request, shared by all its forms."""
    if not hasattr(request, "page_state"):
        request.page_state = PageState(request.POST if request.method == "POST" else None)  # type: ignore[attr-defined]
    page: PageState = request.page_state  # type: ignore[attr-defined]
    return page


def _merge_context(forms: Iterable[MergingForm]) -> dict[str, Any]:
    """Return the template context of these forms: their hidden field and their conflicts."""
    forms = list(forms)
    conflicts = [each for form in forms for each in form.conflict_messages()]
    return {"page_state": state_input(forms), "conflicts": conflicts}


def _report_merges(request: HttpRequest) -> None:
    page = _page(request)
    if page.merged_fields:
        text = gettext(
            "Someone else changed these fields while you had the page open; their values were kept: %(fields)s."
        )
        messages.warning(request, text % {"fields": ", ".join(page.merged_fields)})
    if page.deleted_rows:
        text = gettext("Someone else deleted these rows while you had the page open: %(rows)s.")
        messages.warning(request, text % {"rows": ", ".join(page.deleted_rows)})
    page.merged_fields, page.deleted_rows = [], []

"""What every admin of the shop does: merge what several people change, and say what a deletion takes along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from catalog.staff.deletion import Deletion
from catalog.staff.stale_forms import SETTLE, MergingForm, Page, merging, merging_set, shown_by

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only

UNDELETABLE = (ProtectedError, RestrictedError, IntegrityError)  # by something that came between page and press


class StaffAdmin(ModelAdmin):
    """An admin whose forms may lie open for long, and whose deletions are explained."""

    goes_along = False  # these rows are deleted with what they belong to, by whoever may delete that
    stays = False  # these rows are in the way of deleting what they belong to

    def lock(self, row: Model) -> None:
        """Lock the row, until the transaction ends, before it is read to be changed or deleted."""
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
        return merging(super().get_form(request, obj, change=change, **kwargs), _page(request))

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            writes = inline.has_change_permission(request, obj) or inline.has_delete_permission(request, obj)
            page = _page(request)
            page.along = partial(self._along, request)
            yield merging_set(formset, page) if writes else formset, inline

    def _along(self, request: HttpRequest, row: Model) -> str:
        return ", ".join(map(str, Deletion([row], [row], request, self.admin_site).along))

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return merging_set(super().get_changelist_formset(request, **kwargs), _page(request))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        inlines = [each.formset for each in context["inline_admin_formsets"] if hasattr(each.formset, "page")]
        shown = [context["adminform"].form, *(form for each in inlines for form in each.initial_forms)]
        context |= _shown(shown)
        _tell(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        _tell(request)
        return super().response_change(request, obj)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:  # an address that asks for the day after the last of all days
            raise IncorrectLookupParameters from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if SETTLE in request.POST and self.list_editable:
            sent = request.POST.copy()
            sent["_save"] = ""
            request.POST = sent  # type: ignore[assignment]
        is_written = "_save" in request.POST or request.POST.get("action") == "delete_selected"
        try:
            with transaction.atomic() if is_written else nullcontext():
                response = super().changelist_view(request, extra_context)
        except UNDELETABLE:
            return self._refuse(request, request.get_full_path())
        lines = getattr(response, "context_data", None) or {}
        formset = getattr(lines.get("cl"), "formset", None)
        if formset is not None:
            lines |= _shown(formset.initial_forms)
            if formset.is_bound:  # the lines stand beside the forms: in their order, whatever has moved meanwhile
                lines["cl"].result_list = [form.instance for form in formset.initial_forms]
        _tell(request)
        return response

    def with_what_belongs_to_it(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Return the rows, and those that are deleted with them although no foreign key says so."""
        return rows

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = Deletion(self.with_what_belongs_to_it(objs), objs, request, self.admin_site)
        return found.along, {kind.title: kind.number for kind in found.along}, found.lacking, found.in_the_way

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except UNDELETABLE:
            return self._refuse(request, request.path)

    def _refuse(self, request: HttpRequest, address: str) -> HttpResponseRedirect:
        messages.error(request, gettext("Nothing was deleted: something new belongs to it. Look at it and try again."))
        return HttpResponseRedirect(address)


class ReadOnlyAdmin(StaffAdmin):
    """Rows that staff look at and only programs write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _page(request: HttpRequest) -> Page:
    """Return what the page had shown that sent this request; the same one for all its forms."""
    if not hasattr(request, "shown_page"):
        request.shown_page = Page(request.POST if request.method == "POST" else None)  # type: ignore[attr-defined]
    page: Page = request.shown_page  # type: ignore[attr-defined]
    return page


def _shown(forms: Iterable[MergingForm]) -> dict[str, Any]:
    """Return what the template of a page with these forms takes: what they show, and which fields are in question."""
    forms = list(forms)
    return {"shown": shown_by(forms), "asked": [each for form in forms for each in form.questions()]}


def _tell(request: HttpRequest) -> None:
    page = _page(request)
    if page.kept:
        said = gettext("Changed by someone else while you had this page open, and kept: %(fields)s.")
        messages.warning(request, said % {"fields": ", ".join(page.kept)})
    if page.gone:
        said = gettext("Deleted by someone else while you had this page open: %(rows)s.")
        messages.warning(request, said % {"rows": ", ".join(page.gone)})
    page.kept, page.gone = [], []

"""Imports in the admin: upload a file, see how it was understood, import it, and undo it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from catalog import tasks
from catalog.feed import runs
from catalog.models.feed_import import FeedImport
from catalog.staff.admin import StaffAdmin

SHOWN_PROBLEMS = 200


@admin.register(FeedImport)
class FeedImportAdmin(StaffAdmin):
    list_display = ("name", "label", "status", "products", "who", "created_at")
    list_filter = ("status",)
    fields = ("file", "source", "stock_if_new", "picture_base")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        ours = [
            path("<int:pk>/progress/", wrap(require_safe(self.progress)), name="catalog_feedimport_progress"),
            path("<int:pk>/start/", wrap(require_POST(self.start)), name="catalog_feedimport_start"),
            path("<int:pk>/undo/", wrap(require_POST(self.undo)), name="catalog_feedimport_undo"),
        ]
        return [*ours, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: FeedImport, form: Any, change: bool) -> None:
        obj.name, obj.who, obj.created_at = str(obj.file.name)[:200], str(request.user), timezone.now()
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: tasks.work_on_import.delay(obj.pk), robust=True)

    def response_add(self, request: HttpRequest, obj: FeedImport, post_url_continue: Any = None) -> HttpResponse:
        return redirect("admin:catalog_feedimport_change", obj.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how the file was understood, or how far the import has come."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(FeedImport, pk=object_id if object_id.isdecimal() and len(object_id) < 19 else 0)
        changes = row.changes.exclude(kept="")[:SHOWN_PROBLEMS] if row.status == row.Status.UNDONE else []
        context = {
            **self.admin_site.each_context(request),
            "title": row.name,
            "opts": self.opts,
            "feed_import": row,
            "problems": row.problems.all()[:SHOWN_PROBLEMS],
            "shown_problems": SHOWN_PROBLEMS,
            "kept": changes,
            "may_write": request.user.has_perm("catalog.add_feedimport"),
        }
        return render(request, "admin/catalog/feedimport/page.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far the import has come, for htmx; once it has ended, the page loads again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(FeedImport, pk=pk)
        response = render(request, "admin/catalog/feedimport/_progress.html", {"feed_import": row})
        if not row.is_working:
            response.headers["HX-Refresh"] = "true"
        return response

    def start(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Import the file."""
        row = self._writable(request, pk)
        if runs.start(row, timezone.now()):
            tasks.work_on_import.delay(row.pk)
            self.log_change(request, row, gettext("Import started."))
        else:
            messages.error(request, gettext("This file is not ready to be imported, or it already was."))
        return redirect("admin:catalog_feedimport_change", pk)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo the import."""
        row = self._writable(request, pk)
        if runs.start_undo(row, timezone.now()):
            tasks.work_on_import.delay(row.pk)
            self.log_change(request, row, gettext("Undo started."))
        else:
            messages.error(request, gettext("This import cannot be undone now."))
        return redirect("admin:catalog_feedimport_change", pk)

    def _writable(self, request: HttpRequest, pk: int) -> FeedImport:
        if not request.user.has_perm("catalog.add_feedimport"):
            raise PermissionDenied
        return get_object_or_404(FeedImport, pk=pk)

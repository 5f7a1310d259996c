"""The page *Start my own shop* in the admin of the demo."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from demo.removal import DemoBusyError, is_demo, remove_demo, what_goes
from shop.pages.services import write_drafts


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask before the demo is deleted, then delete it and open the checklist."""
    if not request.user.is_superuser:
        raise PermissionDenied
    if not is_demo():
        return redirect("opening:checklist")
    if request.method == "POST" and request.POST.get("agrees"):
        try:
            remove_demo()
        except DemoBusyError:
            messages.error(request, _("The demo is still adding orders. Try again in a minute."))
        else:
            write_drafts()
            messages.success(request, _("The shop is empty and yours."))
            return redirect("opening:checklist")
    context = {**admin.site.each_context(request), "title": _("Start my own shop"), **what_goes()}
    return render(request, "opening/start.html", context)

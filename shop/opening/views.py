"""The page *Open your shop* in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shop.opening.demo_button import start_address
from shop.opening.services import confirm_step, send_test_mail
from shop.opening.steps import CONFIRMABLE, read_steps
from shop.pages.services import lacks_drafts, write_drafts
from shop.storefront.current import shop_settings
from shop.storefront.models import ShopSettings

may_open = permission_required("storefront.change_shopsettings", raise_exception=True)


@never_cache
@require_safe
@may_open
def checklist(request: HttpRequest) -> HttpResponse:
    """Show what is left to do before the shop opens."""
    shop = ShopSettings.objects.defer("logo").first() or shop_settings()
    steps = read_steps(shop, timezone.now())
    context = {
        **admin.site.each_context(request),
        "title": _("Open your shop"),
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "start_address": start_address(),
        "lacks_drafts": lacks_drafts(),
    }
    return render(request, "opening/checklist.html", context)


@require_POST
@may_open
def confirm(request: HttpRequest, name: str) -> HttpResponse:
    """Record that the owner has checked what only they can know."""
    if name in CONFIRMABLE:
        confirm_step(name)
    return redirect("opening:checklist")


@require_POST
@may_open
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send the member of staff an email now."""
    mail = send_test_mail(request.user.email, timezone.now())  # type: ignore[union-attr]
    if mail.sent_at is None:
        messages.error(request, _("The email was not sent. The checklist below says why."))
    else:
        messages.success(request, _("The email to %(recipient)s was sent.") % {"recipient": mail.recipient})
    return redirect("opening:checklist")


@require_POST
@may_open
def drafts(request: HttpRequest) -> HttpResponse:
    """Write the drafts that are missing, and show all pages."""
    write_drafts()
    return redirect("admin:pages_page_changelist")

"""The mails of the shop for staff: what was sent, what was not, and why."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from shop.mail import send_again
from shop.models import Mail, MailQuerySet


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows are written by the shop; staff read them, and have those sent again that got stuck."""

    list_display = ("kind", "recipient", "reference", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", "kind")
    search_fields = ("recipient", "reference")
    exclude = ("context",)  # may hold a secret link that is the customer's alone
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        stuck = self.admin_site.admin_view(require_POST(self.send_stuck_again))
        return [path("send-again/<slug:status>/", stuck, name="shop_mail_send_again"), *super().get_urls()]

    def send_stuck_again(self, request: HttpRequest, status: str) -> HttpResponse:
        """Have all mails sent again that got stuck in this way; the button of the front page."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        self.send_again(request, Mail.objects.filter(status=status))
        return redirect("admin:index")

    @admin.action(description=_("Send again, although it may arrive twice"), permissions=["resend"])
    def send_again(self, request: HttpRequest, mails: MailQuerySet) -> None:
        number = send_again(mails, timezone.now())
        message = ngettext("%(number)d mail is sent again.", "%(number)d mails are sent again.", number)
        self.message_user(request, message % {"number": number})

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.change_mail")

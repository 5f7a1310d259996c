"""The mails of the shop for staff: what was sent, what was not, and why."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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

    @admin.action(description=_("Send again, although it may arrive twice"), permissions=["resend"])
    def send_again(self, request: HttpRequest, mails: MailQuerySet) -> None:
        number = send_again(mails, timezone.now())
        message = ngettext("%(number)d mail is sent again.", "%(number)d mails are sent again.", number)
        self.message_user(request, message % {"number": number})

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.change_mail")

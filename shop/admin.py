"""For staff: the mails of the shop, what was sent, what was not, and why; and who of the staff changed what."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_celery_results import admin as results_admin
from django_celery_results.models import GroupResult, TaskResult

from catalog.staff.admin import ReadOnlyAdmin, log_changes
from shop.mail import send_again
from shop.models import Mail, MailQuerySet


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Rows are written by the shop; staff read them, and have those sent again that got stuck."""

    list_display = ("kind", "recipient", "reference", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", "kind")
    search_fields = ("recipient", "reference")
    exclude = ("context",)  # may hold a secret link that is the customer's alone
    actions = ("send_again",)

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
        chosen = list(mails)
        number = send_again(mails, timezone.now())
        log_changes(request, chosen, gettext("Sent again."))
        message = ngettext("%(number)d mail is sent again.", "%(number)d mails are sent again.", number)
        self.message_user(request, message % {"number": number})

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.change_mail")


@admin.register(LogEntry)
class LogAdmin(ReadOnlyAdmin):
    """Who of the staff changed what. The admin writes the rows, and nobody changes them."""

    blocks_deletion = True  # who wrote the log is switched off, not deleted
    list_display = ("action_time", "user", "thing", "what", "content_type")
    list_display_links = None
    list_filter = (
        "action_time",
        "action_flag",
        ("user", admin.RelatedOnlyFieldListFilter),
        ("content_type", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("user", "content_type")
    list_per_page = 50
    date_hierarchy = "action_time"
    search_fields = ("=object_id", "object_repr", "change_message", "user__email")
    search_help_text = _("The name of what was changed, what was done, or an e-mail address of the staff.")

    @admin.display(description=_("what was changed"), ordering="object_repr")
    def thing(self, entry: LogEntry) -> SafeString | str:
        address = None if entry.is_deletion() else entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr

    @admin.display(description=_("what was done"))
    def what(self, entry: LogEntry) -> str:
        return str(entry.get_change_message() or entry.get_action_flag_display())


class TaskResultAdmin(ReadOnlyAdmin, results_admin.TaskResultAdmin):
    """What became of the tasks; workers write it, and time deletes it."""


admin.site.unregister([TaskResult, GroupResult])  # no task of the shop belongs to a group
admin.site.register(TaskResult, TaskResultAdmin)

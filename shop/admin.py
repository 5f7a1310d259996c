"""Emails, the change log and task results in the admin."""

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
from shop.mail import resend
from shop.models import Mail, MailQuerySet


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """The shop's emails. Staff can resend those that are stuck."""

    list_display = ("kind", "recipient", "reference", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", "kind")
    search_fields = ("recipient", "reference")
    exclude = ("context",)  # may hold a secret link of the customer
    actions = ("send_again",)

    def get_urls(self) -> list[Any]:
        stuck = self.admin_site.admin_view(require_POST(self.send_stuck_again))
        return [path("send-again/<slug:status>/", stuck, name="shop_mail_send_again"), *super().get_urls()]

    def send_stuck_again(self, request: HttpRequest, status: str) -> HttpResponse:
        """Resend all emails with this status. The button is on the admin's index."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        self.send_again(request, Mail.objects.filter(status=status))
        return redirect("admin:index")

    @admin.action(description=_("Resend (may arrive twice)"), permissions=["resend"])
    def send_again(self, request: HttpRequest, mails: MailQuerySet) -> None:
        selected = list(mails)
        number = resend(mails, timezone.now())
        log_changes(request, selected, gettext("Resent."))
        message = ngettext("%(number)d email will be resent.", "%(number)d emails will be resent.", number)
        self.message_user(request, message % {"number": number})

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.change_mail")


@admin.register(LogEntry)
class LogAdmin(ReadOnlyAdmin):
    """The admin's log of changes by staff."""

    blocks_deletion = True  # staff with log entries are deactivated, not deleted
    list_display = ("action_time", "user", "changed_object", "description", "content_type")
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
    search_help_text = _("Search by object, change or email address of a staff member.")

    @admin.display(description=_("object"), ordering="object_repr")
    def changed_object(self, entry: LogEntry) -> SafeString | str:
        address = None if entry.is_deletion() else entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr

    @admin.display(description=_("change"))
    def description(self, entry: LogEntry) -> str:
        return str(entry.get_change_message() or entry.get_action_flag_display())


class TaskResultAdmin(ReadOnlyAdmin, results_admin.TaskResultAdmin):
    """Results of background tasks. They expire after a day."""


admin.site.unregister([TaskResult, GroupResult])  # the shop does not group tasks
admin.site.register(TaskResult, TaskResultAdmin)

"""Emails, API keys, the change log and task results in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_celery_results import admin as results_admin
from django_celery_results.models import GroupResult, TaskResult

from catalog.staff.admin import ReadOnlyAdmin, StaffAdmin, log_changes
from shop.forms import ApiKeyForm
from shop.http import keys
from shop.mail import resend
from shop.models import ApiKey, Mail, MailQuerySet


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


@admin.register(ApiKey)
class ApiKeyAdmin(StaffAdmin):
    """The keys of API clients. A key is shown once, after it is created. Revoking a key is final."""

    form = ApiKeyForm
    list_display = ("name", "prefix", "scopes", "rate", "expires_at", "revoked_at", "last_used_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "prefix")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a revoked key still explains old log entries

    def save_model(self, request: Any, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            request.new_key = keys.assign_key(obj)
        super().save_model(request, obj, form, change)

    def response_add(self, request: Any, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """Show the new key. The admin forbids browsers to store its pages."""
        context = {**self.admin_site.each_context(request), "title": gettext("API key created"), "opts": self.opts}
        context |= {"row": obj, "key": request.new_key, "scheme": keys.SCHEME}
        return TemplateResponse(request, "admin/shop/apikey/created.html", context)

    @admin.action(description=_("Revoke (cannot be undone)"), permissions=["change"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        selected = list(rows)
        number = keys.revoke(rows, timezone.now())
        log_changes(request, selected, gettext("Revoked."))
        message = ngettext("%(number)d key was revoked.", "%(number)d keys were revoked.", number)
        self.message_user(request, message % {"number": number})


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

"""The waitlist in the admin. It shows what to reorder."""

from django.contrib import admin

from catalog.staff.admin import ReadOnlyAdmin
from shop.waitlist.models import Waiting


@admin.register(Waiting)
class WaitingAdmin(ReadOnlyAdmin):
    """Waitlist entries. Staff delete them at a customer's request."""

    is_deletable = True
    deleted_with_parent = True
    list_display = ("variant", "email", "asked_at", "told_at")
    list_filter = (("told_at", admin.EmptyFieldListFilter),)
    list_select_related = ("variant",)
    search_fields = ("=email", "=variant__sku")

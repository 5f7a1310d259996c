"""Who waits for what, for staff to read: what to order more of."""

from django.contrib import admin
from django.http import HttpRequest

from catalog.staff.admin import StaffAdmin
from shop.waitlist.models import Waiting


@admin.register(Waiting)
class WaitingAdmin(StaffAdmin):
    """Rows are written by customers and by the sweep. Deleting one ends the waiting, where somebody asks for that."""

    deleted_with_parent = True
    list_display = ("variant", "email", "asked_at", "told_at")
    list_filter = (("told_at", admin.EmptyFieldListFilter),)
    list_select_related = ("variant",)
    search_fields = ("=email", "=variant__sku")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Waiting | None = None) -> bool:
        return False

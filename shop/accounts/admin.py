"""Customers in the admin."""

from allauth.account import admin as email_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import StaffAdmin
from shop.accounts.models import Address, Customer


class AddressInline(admin.StackedInline):  # type: ignore[type-arg]
    """Read by staff, changed by the customer."""

    model = Address
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(StaffAdmin, UserAdmin):  # type: ignore[type-arg]
    """Django's own user pages, by e-mail address."""

    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "joined_at")
    search_fields = ("email", "name")
    readonly_fields = ("joined_at", "last_login")
    inlines = (AddressInline,)
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Times"), {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)


class RoleAdmin(StaffAdmin, GroupAdmin):
    """Django's own page of groups, which the shop calls roles."""


class EmailAdmin(StaffAdmin, email_admin.EmailAddressAdmin):  # type: ignore[misc]
    """The addresses with which customers log in, and whether they were verified."""

    deleted_with_parent = True


class SecondFactorAdmin(StaffAdmin, mfa_admin.AuthenticatorAdmin):  # type: ignore[misc]
    """Second factors, to be deleted when a customer loses theirs. Their secrets are never shown."""

    deleted_with_parent = True
    fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False


admin.site.unregister([Group, EmailAddress, Authenticator])
admin.site.register(Group, RoleAdmin)
admin.site.register(EmailAddress, EmailAdmin)
admin.site.register(Authenticator, SecondFactorAdmin)

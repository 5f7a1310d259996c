"""Customers, roles and second factors in the admin."""

from allauth.account import admin as email_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import ReadOnlyMixin, StaffAdmin
from shop.accounts.models import Address, Customer


class AddressInline(ReadOnlyMixin, admin.StackedInline):  # type: ignore[type-arg]
    model = Address


@admin.register(Customer)
class CustomerAdmin(StaffAdmin, UserAdmin):  # type: ignore[type-arg]
    """Django's user admin, keyed by email address."""

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
    """Django's group admin. The shop calls groups roles."""


class EmailAdmin(StaffAdmin, email_admin.EmailAddressAdmin):  # type: ignore[misc]
    """Email addresses that customers log in with, and whether they are verified."""

    deleted_with_parent = True


class SecondFactorAdmin(ReadOnlyMixin, StaffAdmin, mfa_admin.AuthenticatorAdmin):  # type: ignore[misc]
    """Second factors, which staff delete when a customer loses theirs. The secrets are never shown."""

    is_deletable = True

    deleted_with_parent = True
    fields = ("user", "type", "created_at", "last_used_at")


admin.site.unregister([Group, EmailAddress, Authenticator])
admin.site.register(Group, RoleAdmin)
admin.site.register(EmailAddress, EmailAdmin)
admin.site.register(Authenticator, SecondFactorAdmin)

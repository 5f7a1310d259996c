"""Customers in the admin."""

from allauth.mfa.admin import AuthenticatorAdmin as TypedAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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
class CustomerAdmin(UserAdmin):  # type: ignore[type-arg]
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


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(TypedAuthenticatorAdmin):  # type: ignore[misc]
    """Who has a second factor. Staff take a lost one away, and neither type its times nor read its secret."""

    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

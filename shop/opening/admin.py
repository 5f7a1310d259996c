"""The shop's settings in the admin: one row, which always exists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.forms import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import StaffAdmin
from shop.opening.forms import ShopSettingsForm
from shop.storefront.colours import light_shades
from shop.storefront.current import settings_row
from shop.storefront.models import ShopSettings, from_environment


@admin.register(ShopSettings)
class ShopSettingsAdmin(StaffAdmin):
    """What every page, email and invoice says about the shop."""

    form = ShopSettingsForm
    fieldsets = (
        (
            _("Look"),
            {"fields": ("name", "tagline", "logo_file", "removes_logo", "shows_name", "accent", "background")},
        ),
        (_("Seller"), {"fields": ("address", "tax_number", "email", "phone", "sender")}),
        (_("Selling"), {"fields": ("country", "currency", "delivery_note")}),
    )  # fmt: skip

    class Media:
        js = [Script("js/colour-field.js", type="module")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Open the one row."""
        return redirect("admin:storefront_shopsettings_change", ShopSettings.PK)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if object_id != str(ShopSettings.PK):
            return None
        if request.method == "POST":
            return settings_row()
        return super().get_object(request, object_id, from_field) or from_environment()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the parts of the form. Without a logo, there is none to remove."""
        if obj is not None and obj.logo_sha256:
            return self.fieldsets
        left_out = {"removes_logo", "shows_name"}
        return [
            (title, {**facts, "fields": [name for name in facts["fields"] if name not in left_out]})
            for title, facts in self.fieldsets
        ]

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go back to the checklist."""
        return redirect("opening:checklist")

    def save_model(self, request: HttpRequest, obj: ShopSettings, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        shown = light_shades(obj.accent, obj.background).get("accent", obj.accent)
        if obj.accent and shown != obj.accent:
            text = gettext(
                "Text in %(chosen)s would be hard to read on your background, so light pages show it darkened, as "
                "%(shown)s."
            )
            messages.warning(request, text % {"chosen": obj.accent, "shown": shown})

"""Pages of text in the admin: drafts, menus and their order."""

from typing import Any

from django.contrib import admin
from django.db.models import TextField
from django.forms import Textarea
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import StaffAdmin
from shop.pages.models import Page


@admin.register(Page)
class PageAdmin(StaffAdmin):
    """Write pages, publish them, and choose their menus."""

    list_display = ("title", "kind", "is_published", "menu", "position", "missing")
    list_editable = ("menu", "position")
    list_filter = ("is_published", "kind")
    search_fields = ("title", "text")
    prepopulated_fields = {"slug": ("title",)}
    fields = ("title", "text", "is_published", "kind", "slug", "menu", "position")
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 30, "cols": 100})}}

    @admin.display(description=_("to fill in"))
    def missing(self, page: Page) -> str:
        return ", ".join(page.gaps[:3])

    def view_on_site(self, page: Page) -> Any:
        return page.get_absolute_url() if page.is_published or page.kind != Page.Kind.CONTACT else None

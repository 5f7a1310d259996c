"""Admin page of the query maps: whether the shop has one, and what it is worth."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import ReadOnlyAdmin
from visualsearch.models import QueryMap


@admin.register(QueryMap)
class QueryMapAdmin(ReadOnlyAdmin):
    """Maps for photo searches. A scheduled task fits them again when the shop has changed."""

    deleted_with_parent = True
    list_display = ("network", "is_used", "strength", "fitted_at", "pictures")
    list_select_related = ("network",)
    fields = ("network", "is_used", "strength", "measures", "fitted_at", "pictures")

    @admin.display(description=_("in use"), boolean=True)
    def is_used(self, found: QueryMap) -> bool:
        return found.network.mapped_at is not None

    @admin.display(description=_("without and with the map, on pictures that did not fit it"))
    def measures(self, found: QueryMap) -> SafeString:
        rows = (
            (
                each["measure"],
                f"{each['old']:.3f}",
                f"{each['new']:.3f}",
                f"{each['low']:+.3f}",
                f"{each['high']:+.3f}",
            )
            for each in found.figures
        )
        return format_html_join("", "<p>{}: {}, {} ({} to {})</p>", rows)

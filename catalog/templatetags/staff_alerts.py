"""Staff alerts of the catalogue, for the front page of the admin."""

from collections.abc import Sequence

from django import template

from catalog.staff import alerts

register = template.Library()


@register.simple_tag
def catalog_alerts() -> Sequence[alerts.StaffAlert]:
    """Return the alerts that count at least one row, in five queries."""
    return [each for each in alerts.catalog_alerts() if each.count]

"""What wants a look from staff, in the templates of the admin."""

from collections.abc import Sequence

from django import template

from catalog.staff.alerts import Concern, concerns

register = template.Library()


@register.simple_tag
def catalogue_concerns() -> Sequence[Concern]:
    """What there is of it in the catalogue; four queries."""
    return [each for each in concerns() if each.count]

"""Filters that say the figures of a comparison in words."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext

from visualsearch.networks.comparison import Measure

register = template.Library()


@register.filter
def measure_name(measure: Measure) -> str:
    names = {
        "rephotographed": gettext("a photo: pictures taken again"),
        "leave one out": gettext("by another picture"),
        "leave one out, first five": gettext("by another picture, among the first five"),
    }
    return names.get(measure.name, measure.name)


@register.filter
def hundredths(share: float) -> str:
    return number_format(round(100 * share, 1), 1)


@register.filter
def difference(measure: Measure) -> str:
    """Return the difference with its 95% interval, in hundredths."""
    numbers = (measure.new - measure.old, measure.low, measure.high)
    gain, low, high = (f"{'+' if each >= 0 else '−'}{hundredths(abs(each))}" for each in numbers)
    return gettext("%(gain)s (%(low)s to %(high)s)") % {"gain": gain, "low": low, "high": high}


@register.filter
def verdict_name(measure: Measure) -> str:
    names = {
        "better": gettext("better"),
        "worse": gettext("worse"),
        "not worse": gettext("not worse"),
        "unsure": gettext("perhaps worse: too few pictures to tell"),
    }
    return names[measure.verdict]

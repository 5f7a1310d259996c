"""The sample photos, for pages that know nothing of the visual search."""

from django import template
from django.utils import timezone

from visualsearch.samples import Sample, samples

register = template.Library()


@register.simple_tag
def sample_photos() -> list[Sample]:
    """All that are offered to try; two queries at most."""
    return samples(timezone.now())

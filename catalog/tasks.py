"""Work of the catalogue that no visitor waits for. Every task may run twice."""

from celery import shared_task
from django.utils import timezone

from catalog import search, search_counts
from catalog.models import ProductImage
from catalog.pictures import services, sweep

SWEEP = 100  # pictures at a time, well within the time limit of a task
SWEEP_WORDS = 20_000  # products at a time, likewise


@shared_task(ignore_result=True)
def make_renditions(ids: list[int]) -> None:
    """Make the renditions that these pictures lack."""
    missing = ProductImage.objects.filter(pk__in=ids).without_renditions(services.ATTEMPTS)
    for image in missing.order_by("rendition_attempts", "pk"):  # what killed a worker comes after all others
        services.make_renditions(image)


@shared_task(ignore_result=True)
def sweep_renditions() -> None:
    """Make renditions that were missed: the queue was away, or a worker died. The least often tried come first."""
    missed = ProductImage.objects.without_renditions(services.ATTEMPTS).order_by("rendition_attempts", "pk")
    make_renditions(list(missed.values_list("pk", flat=True)[:SWEEP]))


@shared_task(ignore_result=True)
def sweep_files() -> None:
    """Remove files that no picture shows, and note pictures whose file is missing."""
    sweep.sweep_files(timezone.now())


@shared_task(ignore_result=True)
def forget_searches() -> None:
    """Let go of what was searched for more than a year ago."""
    search_counts.forget_searches(timezone.now())


@shared_task(ignore_result=True)
def sweep_words() -> None:
    """Index the products whose texts were changed past the shop, and all after an update that cuts texts anew."""
    search.refresh_stale(SWEEP_WORDS)

"""Background tasks of the catalogue. All are safe to run twice."""

from celery import shared_task
from django.utils import timezone

from catalog import demand, families, follow_ups, search, search_counts
from catalog.feed import runs
from catalog.models import ProductImage
from catalog.pictures import services, sources, sweep
from catalog.search import dictionary

SWEEP_PICTURES = 100  # per run, well within the time limit of a task
SWEEP_PRODUCTS = 20_000


@shared_task(ignore_result=True)
def make_renditions(ids: list[int]) -> None:
    """Make the missing renditions of these pictures."""
    missing = ProductImage.objects.filter(pk__in=ids).without_renditions(services.MAX_ATTEMPTS)
    for image in missing.order_by("rendition_attempts", "pk"):  # pictures that killed a worker come last
        services.make_renditions(image)


@shared_task(ignore_result=True)
def sweep_renditions() -> None:
    """Make renditions that were missed because the queue was down or a worker died."""
    missed = ProductImage.objects.without_renditions(services.MAX_ATTEMPTS).order_by("rendition_attempts", "pk")
    make_renditions(list(missed.values_list("pk", flat=True)[:SWEEP_PICTURES]))


@shared_task(ignore_result=True)
def work_on_import(key: int) -> None:
    """Read, import or undo the next part of an import; then continue behind the tasks that wait."""
    if runs.work(key, timezone.now):
        work_on_import.delay(key)


@shared_task(ignore_result=True)
def sweep_imports() -> None:
    """Continue the imports whose worker died."""
    for key in runs.abandoned(timezone.now()):
        work_on_import.delay(key)


@shared_task(ignore_result=True)
def fetch_pictures(host: str) -> None:
    """Fetch due pictures from this host, for a while; then continue behind the tasks that wait."""
    if sources.fetch_host(host, timezone.now):
        fetch_pictures.delay(host)


@shared_task(ignore_result=True)
def sweep_sources() -> None:
    """Fetch the pictures that are due, each host by its own task."""
    for host in sources.due_hosts(timezone.now()):
        fetch_pictures.delay(host)


@shared_task(ignore_result=True)
def sweep_files() -> None:
    """Remove unused picture files and report pictures whose file is missing."""
    sweep.sweep_files(timezone.now())


@shared_task(ignore_result=True)
def delete_old_searches() -> None:
    """Delete search counts, unmet demand and steps after searches older than a year."""
    now = timezone.now()
    search_counts.delete_old_searches(now)
    demand.delete_old_demand(now)
    follow_ups.delete_old_steps(timezone.localdate(now - search_counts.RETENTION))


@shared_task(ignore_result=True)
def sweep_words() -> None:
    """Index products that were changed by SQL, or indexed by an older version of the search."""
    search.refresh_stale(SWEEP_PRODUCTS)


@shared_task(ignore_result=True)
def count_words() -> None:
    """Count the words of the shop, if products have changed."""
    search.count_words(timezone.now())
    dictionary.prepare()


@shared_task(ignore_result=True)
def suggest_families() -> None:
    """Suggest families for products whose family nobody chose."""
    families.suggest_families()

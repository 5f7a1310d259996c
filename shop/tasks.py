"""Tasks about the running of the shop itself."""

from celery import shared_task
from django.utils import timezone

from shop.models import Heartbeat


@shared_task(ignore_result=True)
def beat_heart() -> None:
    """Note that the timetable, the queue and a worker work together; `/readyz` reads it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"beaten_at": timezone.now()})

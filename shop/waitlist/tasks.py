"""The timetable's task about who waits."""

from celery import shared_task
from django.utils import timezone

from shop.waitlist import services


@shared_task(ignore_result=True)
def sweep_waiting() -> None:
    """Tell those who wait for something that is back, by whichever road it came; forget who waited too long."""
    now = timezone.now()
    services.tell_waiting(now)
    services.forget_old(now)

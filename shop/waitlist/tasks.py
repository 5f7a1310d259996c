"""The scheduled task of the waitlist."""

from celery import shared_task
from django.utils import timezone

from shop.waitlist import services


@shared_task(ignore_result=True)
def sweep_waiting() -> None:
    """Notify customers of variants back in stock, and delete old entries."""
    now = timezone.now()
    services.notify_waiting(now)
    services.delete_old_entries(now)

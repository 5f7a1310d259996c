"""The scheduled task of the recommendations."""

from celery import shared_task
from django.utils import timezone

from shop.recommendations import services


@shared_task(ignore_result=True)
def count_pairs() -> None:
    """Count which products were bought together in the past year."""
    services.count_pairs(timezone.now())

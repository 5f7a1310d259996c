"""Tasks for running the shop itself: heartbeat, emails and expired counts."""

import uuid
from datetime import datetime

from celery import shared_task
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from shop import mail
from shop.database import cache
from shop.http import search_times
from shop.models import Heartbeat


@shared_task(ignore_result=True)
def record_heartbeat() -> None:
    """Record that beat, queue and worker work together. `/readyz` reads it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"beaten_at": timezone.now()})


@shared_task(ignore_result=True)
def send_mail(mail_id: int) -> None:
    """Send one email if it is still due."""
    mail.deliver_mail(mail_id, timezone.now())


@shared_task(ignore_result=True)
def sweep_mail() -> None:
    """Send emails that were delayed, or missed because the queue was down or a worker died."""
    now = timezone.now()
    mail.mark_abandoned(now)
    for mail_id in mail.due_mails(now):
        send_mail.delay(mail_id)


@shared_task(ignore_result=True)
def delete_expired_counts() -> None:
    """Delete expired log-in attempts and throttle counts, and search times older than a year."""
    cache.delete_expired()
    search_times.delete_old_times(timezone.now())


@shared_task(ignore_result=True)
def delete_expired_sessions() -> None:
    """Delete sessions of visitors who have not come back."""
    call_command("clearsessions")


def simulate_mail(kind: str, recipient: str, now: datetime) -> None:
    """Do the work of queueing an email, but queue none: response times must not reveal who has an account."""
    with transaction.atomic():
        mail.queue_mail(kind, recipient, uuid.uuid4().hex, {"url": ""}, now)
        transaction.set_rollback(True)
    transaction.on_commit(lambda: send_mail.delay(0), robust=True)

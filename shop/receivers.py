"""Notices mails that were queued, and hands them to the workers once the transaction has committed."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.models import Mail
from shop.tasks import send_mail


@receiver(post_save, sender=Mail, dispatch_uid="shop.send_mail")
def send_queued_mail(instance: Mail, created: bool, using: str, **kwargs: Any) -> None:
    """A queue that is away must not undo what the mail is about: the sweep sends what was missed."""
    if created and instance.status == Mail.Status.WAITING:
        transaction.on_commit(lambda: send_mail.delay(instance.pk), using=using, robust=True)

"""Receivers that send queued emails after commit and clean up before migrations."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_migrate
from django.dispatch import receiver

from shop.database.interrupted import clean_up
from shop.models import Mail
from shop.tasks import send_mail


@receiver(post_save, sender=Mail, dispatch_uid="shop.send_mail")
def send_queued_mail(instance: Mail, created: bool, using: str, **kwargs: Any) -> None:
    """Send the email after commit. If the queue is down, the sweep sends it later."""
    if created and instance.status == Mail.Status.WAITING:
        transaction.on_commit(lambda: send_mail.delay(instance.pk), using=using, robust=True)


@receiver(pre_migrate, dispatch_uid="shop.clean_up_interrupted")
def clean_up_interrupted_migrations(sender: Any, plan: Any, **kwargs: Any) -> None:
    """Clean up on the first signal only: Django sends one per app, each with the whole plan."""
    if sender is None or sender.name == "shop":
        clean_up(plan)

"""Hands queued mails to the workers once the transaction has committed, and clears up before migrations."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_migrate
from django.dispatch import receiver

from shop.database.interrupted import clear_unfinished
from shop.models import Mail
from shop.tasks import send_mail


@receiver(post_save, sender=Mail, dispatch_uid="shop.send_mail")
def send_queued_mail(instance: Mail, created: bool, using: str, **kwargs: Any) -> None:
    """A queue that is away must not undo what the mail is about: the sweep sends what was missed."""
    if created and instance.status == Mail.Status.WAITING:
        transaction.on_commit(lambda: send_mail.delay(instance.pk), using=using, robust=True)


@receiver(pre_migrate, dispatch_uid="shop.clear_unfinished")
def clear_unfinished_migrations(sender: Any, plan: Any, **kwargs: Any) -> None:
    """The signal is sent once for each app, with the plan of all."""
    if sender is None or sender.name == "shop":
        clear_unfinished(plan)

"""Queue saved and refused pictures once their transaction has committed."""

from collections.abc import Collection
from typing import Any

from django.db import connections, transaction
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from catalog.models import ProductImage
from visualsearch import index
from visualsearch.models import ImageEmbedding, RefusedPicture
from visualsearch.moderation import memory
from visualsearch.tasks import publish, remember_refused


@receiver(post_save, sender=ProductImage, dispatch_uid="visualsearch.embed")
def embed_saved_picture(
    instance: ProductImage, using: str, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    """Collect the pictures of a transaction, so that an import of thousands queues only a few tasks.

    If the queue is down, the picture is still saved: the error is logged, and the sweep queues it later.
    """
    if update_fields is not None and not {"file", "sha256"} & set(update_fields):
        return
    if update_fields is not None:  # a lost file was restored
        index.retry(ImageEmbedding.objects.using(using).filter(image=instance.pk))
    _collected(using).add(instance.pk)
    # Not a partial: Django logs the name of the callback, and a partial has none.
    transaction.on_commit(lambda: _publish_collected(using), using=using, robust=True)


@receiver(post_save, sender=RefusedPicture, dispatch_uid="visualsearch.remember")
def remember_refused_picture(instance: RefusedPicture, using: str, **kwargs: Any) -> None:
    """Queue the picture that staff have just refused. If the queue is down, the sweep queues it later."""
    transaction.on_commit(lambda: remember_refused.delay([instance.pk]), using=using, robust=True)


@receiver(pre_delete, sender=ProductImage, dispatch_uid="visualsearch.strip")
def forget_customers_picture(instance: ProductImage, **kwargs: Any) -> None:
    """Keep no picture of a customer who deletes their review or their account, refused or not."""
    if instance.is_from_customer:
        memory.strip(instance)


def _publish_collected(using: str) -> None:
    """Queue all collected pictures. It runs once per saved picture; every run but the first finds none.

    Pictures of a rolled-back transaction are queued with the next one. The task finds that they do not exist.
    """
    ids = sorted(_collected(using))
    _collected(using).clear()
    publish(ids)


def _collected(using: str) -> set[int]:
    found: set[int] = connections[using].__dict__.setdefault("visualsearch_saved", set())
    return found

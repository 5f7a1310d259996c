"""Notices pictures that were saved, and hands them to the workers once the transaction has committed."""

from collections.abc import Collection
from typing import Any

from django.db import connections, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from catalog.models import ProductImage
from visualsearch import index
from visualsearch.models import ImageEmbedding
from visualsearch.tasks import publish


@receiver(post_save, sender=ProductImage, dispatch_uid="visualsearch.embed")
def embed_saved_picture(
    instance: ProductImage, using: str, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    """Collect the pictures of one transaction, so that an import of thousands publishes a few tasks.

    A queue that is down must not undo a save: the error is logged, and the sweep publishes what was missed.
    """
    if update_fields is not None and not {"file", "sha256"} & set(update_fields):
        return
    if update_fields is not None:  # a file was put back that could perhaps not be read when it was tried
        index.retry(ImageEmbedding.objects.using(using).filter(image=instance.pk))
    _collected(using).add(instance.pk)
    # A lambda, not a partial: Django names the callback in its log, and a partial has no name.
    transaction.on_commit(lambda: _publish_collected(using), using=using, robust=True)


def _publish_collected(using: str) -> None:
    """Runs once for every saved picture; the first run publishes all and the rest find nothing.

    What a transaction collected before it was rolled back goes along with the next, where it is found not to exist.
    """
    ids = sorted(_collected(using))
    _collected(using).clear()
    publish(ids)


def _collected(using: str) -> set[int]:
    found: set[int] = connections[using].__dict__.setdefault("visualsearch_saved", set())
    return found

"""Tasks of the visual search. Each takes keys only, and does no harm when it runs twice."""

from collections.abc import Iterable

from celery import shared_task
from django.conf import settings

from visualsearch import engine, index

SWEEP_BATCHES = 50  # a sweep a minute that published everything would fill the queue faster than it empties


@shared_task(ignore_result=True)
def embed_images(ids: list[int]) -> None:
    """Bring the embeddings of these pictures up to date."""
    index.refresh(ids, engine.network())


@shared_task(ignore_result=True)
def sweep_embeddings() -> None:
    """Publish what no task has done, such as after the queue was down, and see to the index."""
    network = engine.network()
    publish(index.missing(network)[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH])
    index.prepare(network)


def publish(ids: Iterable[int]) -> None:
    """Hand the pictures to the workers, a batch a task."""
    for batch in index.batches(ids):
        embed_images.delay(batch)

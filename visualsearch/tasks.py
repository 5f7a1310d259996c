"""Tasks of the visual search. Each takes keys only, and does no harm when it runs twice."""

from collections.abc import Iterable

from celery import shared_task
from django.conf import settings

from visualsearch import index
from visualsearch.models import Network
from visualsearch.networks import backlog, hnsw, serving

SWEEP_BATCHES = 50  # a sweep a minute that published everything would fill the queue faster than it empties


@shared_task(ignore_result=True)
def embed_images(ids: list[int], network: int | None = None) -> None:
    """Bring the embeddings of these pictures up to date, of one network or of all that are kept."""
    for each in serving.available():
        if network in (None, each.pk):
            index.refresh(ids, each)


@shared_task(ignore_result=True)
def sweep_embeddings() -> None:
    """Publish what no task has done, such as after the queue was down, and see to the indexes of what is filled."""
    hnsw.repair_copies()
    for network in serving.available():
        ids = list(backlog.missing(network)[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH])
        suspects = index.suspects(network, ids)
        publish([key for key in ids if key not in suspects], network)
        for key in suspects:  # each in a task of its own: it may kill the process again
            publish([key], network)
        if not ids or network in serving.cached().networks:
            hnsw.build(network)


def publish(ids: Iterable[int], network: Network | None = None) -> None:
    """Hand the pictures to the workers, a batch a task; for one network, or for all that are kept."""
    for batch in index.batches(ids):
        if network is None:
            embed_images.delay(batch)
        else:
            embed_images.delay(batch, network.pk)

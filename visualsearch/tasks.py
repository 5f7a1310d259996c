"""Tasks of the visual search. Every task is safe to run twice."""

from collections.abc import Iterable
from itertools import product

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from visualsearch import calibration, colour_index, index
from visualsearch.adaptation import refresh as adaptation
from visualsearch.models import Network
from visualsearch.moderation import memory, pipeline, place, rule, sampling
from visualsearch.networks import backlog, hnsw, serving, update
from visualsearch.networks.locks import try_long_work
from visualsearch.networks.pictures import Files
from visualsearch.quality import checks, comparisons, index_recall
from visualsearch.words import refresh

SWEEP_BATCHES = 50  # a sweep runs every minute and must not fill the queue faster than workers empty it


@shared_task(ignore_result=True)
def embed_images(ids: list[int], network: int | None = None) -> None:
    """Embed these pictures with one network, or with all available ones, check them, and measure their colours."""
    files = Files()
    for each in serving.available():
        if network in (None, each.pk):
            index.refresh(ids, each, files)
            if each == serving.live() and settings.MODERATION != "off":
                pipeline.check_pictures(ids, timezone.now(), files=files)  # customers see them only then
    colour_index.refresh_colours(ids, files)


@shared_task(ignore_result=True)
def check_pictures(ids: list[int]) -> None:
    """Give these pictures a verdict, unless the shop is not moderated."""
    if settings.MODERATION != "off":
        pipeline.check_pictures(ids, timezone.now())


@shared_task(ignore_result=True)
def sweep_embeddings() -> None:
    """Publish pictures that no task has embedded, such as after an outage of the queue, and build missing indexes."""
    hnsw.repair_copies()
    for network in serving.available():
        ids = list(backlog.missing(network)[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH])
        suspects = index.suspects(network, ids)
        publish([key for key in ids if key not in suspects], network)
        for key in suspects:  # each in its own task: it may kill the worker again
            publish([key], network)
        if not ids or network in serving.cached().networks:
            hnsw.build(network)
    publish_colours()
    publish_refused()
    publish_unchecked()


@shared_task(ignore_result=True)
def apply_thresholds(after: int = 0) -> None:
    """Apply the owner's thresholds to what the checks have found, a slice at a time, and queue the next slice."""
    ids = pipeline.concludable(after)
    pipeline.conclude_again(ids)
    if ids:
        apply_thresholds.delay(ids[-1])


@shared_task(ignore_result=True)
def draw_sample() -> None:
    """Draw a few allowed pictures for staff, so that misses can be counted."""
    if settings.MODERATION != "off":
        sampling.draw(timezone.now())


@shared_task(ignore_result=True)
def learn_moderation() -> None:
    """Learn what the shop forbids and where its pictures belong, for the first available network that needs it."""
    with try_long_work() as is_free:
        if is_free and settings.MODERATION != "off":
            learners = product((rule.refit_stale, place.measure_stale), serving.available())
            any(learn(network, timezone.now()) for learn, network in learners)


@shared_task(ignore_result=True)
def remember_refused(ids: list[int]) -> None:
    """Store what these refused pictures look like, to every available network."""
    for network in serving.available():
        memory.fill(ids, network)


def publish_refused() -> None:
    """Queue refused pictures that lack vectors, such as all of them for a new network."""
    for network in serving.available():
        for batch in index.batches(memory.incomplete(network)[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH]):
            remember_refused.delay(batch)


def publish_unchecked() -> None:
    """Queue embedded pictures without a current verdict, such as all of them after an update of the rules."""
    if settings.MODERATION != "off":
        for batch in index.batches(pipeline.unchecked()[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH]):
            check_pictures.delay(batch)


def publish_colours() -> None:
    """Queue embedded pictures without colours, such as all of a shop that has just been updated."""
    for batch in index.batches(colour_index.missing_colours()[: SWEEP_BATCHES * settings.VISUALSEARCH_BATCH]):
        measure_colours.delay(batch)


@shared_task(ignore_result=True)
def measure_colours(ids: list[int]) -> None:
    """Measure the colours of these pictures."""
    colour_index.refresh_colours(ids)


def publish(ids: Iterable[int], network: Network | None = None) -> None:
    """Queue the pictures in batches, for one network or for all available ones."""
    for batch in index.batches(ids):
        if network is None:
            embed_images.delay(batch)
        else:
            embed_images.delay(batch, network.pk)


@shared_task(ignore_result=True)
def learn_words() -> None:
    """Learn what words look like, for each live network whose vocabulary is out of date."""
    for network in serving.current().networks:
        refresh.refresh_stale(network, timezone.now())


@shared_task(ignore_result=True)
def fit_query_maps() -> None:
    """Fit the map of the first available network whose pictures have changed: one takes up to two minutes."""
    with try_long_work() as is_free:
        if is_free:
            any(adaptation.refresh_stale(network, timezone.now()) for network in serving.available())


@shared_task(ignore_result=True)
def measure_quality() -> None:
    """Measure the live network's index once a day and its photo search once a week."""
    network, now = serving.live(), timezone.now()
    index_recall.measure_index(network, now)
    for check in checks.due(network, now):
        continue_check.delay(check.pk)


@shared_task(ignore_result=True)
def continue_check(check: int) -> None:
    """Do the next slice of a check of the photo search, and queue the one after it."""
    if checks.advance(check, timezone.now()):
        continue_check.delay(check)


@shared_task(ignore_result=True)
def compare_networks(comparison: int) -> None:
    """Compare a network with the live one, as staff asked for."""
    comparisons.run(comparison, timezone.now())


@shared_task(ignore_result=True)
def calibrate_verdicts() -> None:
    """Calibrate the first available network that needs it; a candidate is ready before it goes live.

    One network takes up to calibration.TIME_LIMIT. The next run takes the next one.
    """
    with try_long_work() as is_free:
        if is_free:
            any(calibration.calibrate_stale(network, timezone.now()) for network in serving.available())


@shared_task(ignore_result=True)
def update_network() -> None:
    """Take the next step to the default network of this version. The sweep fills it.

    Its verdicts are calibrated and its words learnt before it goes live.
    """
    with try_long_work() as is_free:
        if is_free:
            _continue_update()


def _continue_update() -> None:
    found = update.begin(timezone.now())
    if found is None or not update.is_filled(found) or calibration.calibrate_stale(found.new, timezone.now()):
        return  # until the next run
    refresh.refresh_stale(found.new, timezone.now())
    update.decide(found, timezone.now())

"""Saved pictures are queued after the commit, in few tasks, even after an outage of the queue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from celery.signals import before_task_publish
from django.db import connections, transaction
from pytest_django import Settings

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import tasks
from visualsearch.models import ImageEmbedding
from visualsearch.networks import backlog, inventory, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def published() -> Iterator[list[list[int]]]:
    """Record the ids of every queued `embed_images`."""
    batches: list[list[int]] = []
    # Pictures of earlier, rolled-back tests would be queued with the next commit.
    connections["default"].__dict__.pop("visualsearch_saved", None)

    def note(sender: str, body: tuple[list[list[int]], object, object], **kwargs: object) -> None:
        if sender == tasks.embed_images.name:
            batches.append(body[0][0])

    before_task_publish.connect(note)
    yield batches
    before_task_publish.disconnect(note)


def test_saving_publishes_after_the_commit(published: list[list[int]]) -> None:
    product = ProductFactory()
    with transaction.atomic():
        image = ImageFactory(product=product)
        assert published == []
    assert published == [[image.pk]]


def test_saving_many_publishes_few_tasks(published: list[list[int]], settings: Settings) -> None:
    settings.VISUALSEARCH_BATCH = 4
    product = ProductFactory()
    with transaction.atomic():
        ids = [ImageFactory(product=product).pk for _ in range(10)]
    assert published == [ids[:4], ids[4:8], ids[8:]]


def test_rolling_back_publishes_nothing(published: list[list[int]]) -> None:
    product = ProductFactory()
    with transaction.atomic():
        ImageFactory(product=product)
        transaction.set_rollback(True)
    assert published == []


def test_saving_renditions_publishes_nothing(published: list[list[int]]) -> None:
    image = ImageFactory()
    published.clear()
    image.save(update_fields=["rendition_widths"])
    assert published == []


@pytest.fixture
def _queue_is_down() -> Iterator[None]:
    def connect_to(address: str) -> None:
        current_app.conf.update(broker_url=address, broker_write_url=address)
        vars(current_app)["_pool"] = vars(current_app.amqp)["_producer_pool"] = None

    address = current_app.conf.broker_url
    connect_to("amqp://guest@127.0.0.1:1//")
    yield
    connect_to(address)


@pytest.mark.usefixtures("_queue_is_down")
def test_saving_works_while_the_queue_is_down(caplog: pytest.LogCaptureFixture) -> None:
    image = ImageFactory()
    assert backlog.missing(serving.live()).get() == image.pk
    assert "_publish_collected" in caplog.text or "embed_saved_picture" in caplog.text


def test_sweep_queues_missing_pictures_and_builds_the_index(published: list[list[int]]) -> None:
    done, waiting = ImageFactory(data=pattern(1)), ImageFactory(data=pattern(2))
    tasks.embed_images([done.pk])
    published.clear()
    tasks.sweep_embeddings()
    assert published == [[waiting.pk]]


def test_every_available_network_embeds_a_new_picture(other_card: Path) -> None:
    live, other = serving.live(), inventory.add(str(other_card))
    image = ImageFactory(data=pattern(1))
    tasks.embed_images([image.pk])
    assert set(ImageEmbedding.objects.values_list("network", flat=True)) == {live.pk, other.pk}


def test_task_for_one_network_skips_the_others(other_card: Path) -> None:
    serving.live()
    other, image = inventory.add(str(other_card)), ImageFactory(data=pattern(1))
    tasks.embed_images([image.pk], other.pk)
    tasks.embed_images([image.pk], 10**9)
    assert ImageEmbedding.objects.get().network == other


def test_sweep_queues_the_missing_pictures_of_each_network(published: list[list[int]], other_card: Path) -> None:
    serving.live()
    other = inventory.add(str(other_card))
    images = [ImageFactory(data=pattern(n)) for n in range(2)]
    tasks.embed_images([images[0].pk])
    tasks.embed_images([images[1].pk], other.pk)
    published.clear()
    tasks.sweep_embeddings()
    assert published == [[images[1].pk]]


def test_embed_images_may_run_twice() -> None:
    image = ImageFactory(data=pattern(1))
    tasks.embed_images([image.pk])
    tasks.embed_images([image.pk])
    assert ImageEmbedding.objects.get().attempts == 1

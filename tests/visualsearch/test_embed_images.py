"""`manage.py embed_images`, in this process and with workers."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import hnsw, serving


@pytest.mark.django_db(transaction=True)
def test_command_embeds_missing_pictures_and_builds_the_index(network: Network) -> None:
    images = [ImageFactory(data=pattern(n)) for n in range(3)]
    index.refresh([images[0].pk], network)
    said = StringIO()
    call_command("embed_images", stdout=said)
    assert ImageEmbedding.objects.filter(vector__isnull=False).count() == 3
    assert "2 missing pictures" in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [hnsw.index_name(network)])
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_command_reports_unreadable_pictures(network: Network) -> None:
    image = ImageFactory(data=pattern(1))
    Path(image.file.path).unlink()
    said = StringIO()
    call_command("embed_images", stdout=said)
    assert "1 could not be read" in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_waiting_without_a_worker_ends_with_an_error(network: Network) -> None:
    ImageFactory(data=pattern(1))
    with pytest.raises(CommandError, match="Start a worker"):
        call_command("embed_images", "--wait", "--patience", "0.1", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_when_every_picture_was_tried() -> None:
    network = serving.live()
    images = [ImageFactory(data=pattern(n)) for n in range(2)]
    Path(images[1].file.path).unlink()

    def work() -> None:
        index.refresh([image.pk for image in images], network)
        connection.close()

    worker = threading.Timer(0.7, work)
    worker.start()
    call_command("embed_images", "--wait", stdout=StringIO())
    worker.join()
    assert ImageEmbedding.objects.filter(vector__isnull=False).count() == 1
    assert ImageEmbedding.objects.filter(vector__isnull=True, attempts=1).count() == 1

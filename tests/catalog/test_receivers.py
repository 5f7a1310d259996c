"""Renditions of saved pictures, with and without the queue."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, transaction

from catalog.models import ProductImage
from shop.celery import app
from tests.conftest import picture
from tests.factories import ImageFactory

SAVE_WITHOUT_QUEUE = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from tests.conftest import picture
from tests.factories import ImageFactory
image = ImageFactory(data=picture(77, 55))
print(image.pk, image.rendition_widths)
"""


@pytest.fixture
def _tasks_run_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.mark.usefixtures("_tasks_run_at_once")
@pytest.mark.django_db(transaction=True)
def test_saved_picture_gets_renditions_after_commit() -> None:
    with transaction.atomic():
        image = ImageFactory(data=picture(200, 100))
        assert ProductImage.objects.get(pk=image.pk).rendition_widths == []
    assert ProductImage.objects.get(pk=image.pk).rendition_widths == [160]
    image.refresh_from_db()
    image.alt = "Another text"
    image.save()
    assert ProductImage.objects.get(pk=image.pk).rendition_attempts == 1


@pytest.mark.django_db(transaction=True)
def test_picture_is_saved_while_the_queue_is_down() -> None:
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": "amqp://127.0.0.1:9//",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", SAVE_WITHOUT_QUEUE, name]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=settings.BASE_DIR, text=True)
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stderr.lower()  # connection refused, and logged
    assert ProductImage.objects.without_renditions(3).get().width == 77

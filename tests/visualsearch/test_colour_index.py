"""The stored colours: filled with the embeddings, again after a change, and once."""

from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile

from catalog.models import ProductImage
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import colour_index, index, tasks
from visualsearch.embedding.colours import VERSION
from visualsearch.models import Network, PictureColours

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(network: Network) -> ProductImage:
    found = ImageFactory(product=ProductFactory(), data=pattern(1))
    index.refresh([found.pk], network)
    return found


def test_task_measures_what_it_embeds(network: Network) -> None:
    found = ImageFactory(product=ProductFactory(), data=pattern(1))
    tasks.embed_images([found.pk])
    colours = PictureColours.objects.get()
    assert (colours.image_id, colours.image_sha256, colours.version) == (found.pk, found.sha256, VERSION)
    assert colours.histogram is not None
    assert np.linalg.norm(np.asarray(colours.histogram, dtype=np.float32)) == pytest.approx(1, abs=1e-2)


def test_second_run_writes_nothing(image: ProductImage) -> None:
    assert colour_index.refresh_colours([image.pk]) == 1
    assert colour_index.refresh_colours([image.pk]) == 0


def test_pictures_that_are_not_embedded_are_left_for_later(network: Network) -> None:
    found = ImageFactory(product=ProductFactory(), data=pattern(1))
    assert colour_index.refresh_colours([found.pk]) == 0
    assert list(colour_index.missing_colours()) == []


@pytest.mark.parametrize("change", [{"image_sha256": "0" * 64}, {"version": 0}])
def test_out_of_date_colours_are_measured_again(image: ProductImage, change: dict[str, Any]) -> None:
    colour_index.refresh_colours([image.pk])
    PictureColours.objects.update(**change)
    assert list(colour_index.missing_colours()) == [image.pk]
    assert colour_index.refresh_colours([image.pk]) == 1


def test_unreadable_picture_is_not_tried_by_every_sweep(image: ProductImage) -> None:
    name = str(image.file.name)
    image.file.storage.delete(name)
    image.file.storage.save(name, ContentFile(b"rubbish"))
    assert colour_index.refresh_colours([image.pk]) == 1
    assert PictureColours.objects.get().histogram is None
    assert list(colour_index.missing_colours()) == []
    assert list(colour_index.missing_colours([image.pk])) == [image.pk]


@pytest.mark.usefixtures("tasks_at_once")
def test_sweep_measures_the_pictures_of_an_updated_shop(image: ProductImage) -> None:
    tasks.publish_colours()
    assert PictureColours.objects.filter(image=image, histogram__isnull=False).exists()

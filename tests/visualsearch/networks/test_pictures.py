"""Tasks that do several things with a picture read its file once and decode it once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from pytest_django import Settings

from catalog.models import ProductImage
from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from visualsearch import tasks
from visualsearch.models import ImageEmbedding, Network, PictureColours, Verdict
from visualsearch.networks import pictures
from visualsearch.networks.pictures import Files

opened: list[str] = []


class CountingStorage(FileSystemStorage):
    def open(self, name: str, mode: str = "rb") -> File[Any]:
        opened.append(name)
        return super().open(name, mode)


@pytest.fixture(autouse=True)
def _count(settings: Settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.CountingStorage"}}
    opened.clear()


@pytest.mark.usefixtures("network")
def test_a_new_picture_is_embedded_checked_and_its_colours_measured_from_one_read(settings: Settings) -> None:
    settings.MODERATION = "hold"
    image = ImageFactory(data=pattern(1))
    opened.clear()
    tasks.embed_images([image.pk])
    assert ImageEmbedding.objects.filter(image=image, vector__isnull=False).exists()
    assert Verdict.objects.filter(image=image).exists()
    assert PictureColours.objects.filter(image=image, histogram__isnull=False).exists()
    assert len(opened) == 1


def test_a_picture_is_decoded_again_only_for_a_larger_size(network: Network) -> None:
    image, files = ImageFactory(data=pattern(1, size=800)), Files()
    small = files.picture(image, 90)
    large = files.picture(image, 384)
    assert small
    assert large
    assert min(small.size) < min(large.size)
    assert files.picture(image, 96) is large


def test_files_beyond_the_limit_are_read_again(network: Network, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures, "KEPT_BYTES", 10)
    pk, files = ImageFactory(data=pattern(1)).pk, Files()
    opened.clear()
    assert files.read(ProductImage.objects.get(pk=pk)) == files.read(ProductImage.objects.get(pk=pk))
    assert len(opened) == 2


def test_an_unreadable_file_is_no_picture(network: Network) -> None:
    image = ImageFactory(data=pattern(1))
    image.file.storage.delete(str(image.file.name))
    assert Files().picture(image, 96) is None

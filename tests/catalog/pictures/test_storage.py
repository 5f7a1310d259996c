"""Atomic writes to storages that cannot rename."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.test import override_settings

from catalog.pictures.services import add_picture
from catalog.pictures.storage import StorageError, store_file
from tests.conftest import picture
from tests.factories import ProductFactory

NAME = "products/ab/picture.jpg"


class LossyStorage(InMemoryStorage):
    """Silently truncates each file to ten bytes."""

    def _save(self, name: str, content: Any) -> Any:
        return super()._save(name, ContentFile(content.read()[:10]))  # type: ignore[misc]  # missing from django-stubs


class FailingStorage(InMemoryStorage):
    """Fails on every write."""

    def _save(self, name: str, content: Any) -> str:
        super()._save(name, ContentFile(content.read()[:10]))  # type: ignore[misc]  # missing from django-stubs
        raise ConnectionResetError("The object store is down")


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[None]:
    kind = f"{request.param.__module__}.{request.param.__qualname__}"
    with override_settings(STORAGES={"default": {"BACKEND": kind}}):
        yield


@pytest.mark.parametrize("storage", [InMemoryStorage], indirect=True)
def test_equal_files_are_stored_once_and_damaged_ones_replaced(storage: None) -> None:
    assert store_file(NAME, b"all of it")
    assert not store_file(NAME, b"all of it")
    default_storage.delete(NAME)
    default_storage.save(NAME, ContentFile(b"all"))
    assert store_file(NAME, b"all of it")
    assert default_storage.open(NAME).read() == b"all of it"
    assert default_storage.listdir("products/ab") == ([], ["picture.jpg"])


@pytest.mark.parametrize("storage", [LossyStorage, FailingStorage], indirect=True)
def test_incomplete_files_are_removed(storage: None) -> None:
    with pytest.raises(StorageError):
        store_file(NAME, b"much more than ten bytes")
    assert not default_storage.exists(NAME)


@pytest.mark.django_db
@pytest.mark.parametrize("storage", [InMemoryStorage], indirect=True)
def test_pictures_are_stored_in_storages_without_rename(storage: None) -> None:
    image = add_picture(ProductFactory(), picture())
    assert image.file.read() == picture()

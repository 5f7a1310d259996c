"""Storages that cannot rename: a file is whole under its own name, or is not there."""

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
    """Keeps ten bytes of each file and says nothing about it."""

    def _save(self, name: str, content: Any) -> Any:
        return super()._save(name, ContentFile(content.read()[:10]))  # type: ignore[misc]  # missing from django-stubs


class AwayStorage(InMemoryStorage):
    """Takes nothing and says so."""

    def _save(self, name: str, content: Any) -> str:
        super()._save(name, ContentFile(content.read()[:10]))  # type: ignore[misc]  # missing from django-stubs
        raise ConnectionResetError("The object store is away")


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[None]:
    kind = f"{request.param.__module__}.{request.param.__qualname__}"
    with override_settings(STORAGES={"default": {"BACKEND": kind}}):
        yield


@pytest.mark.parametrize("storage", [InMemoryStorage], indirect=True)
def test_the_same_file_is_stored_once_and_a_damaged_one_replaced(storage: None) -> None:
    assert store_file(NAME, b"all of it")
    assert not store_file(NAME, b"all of it")
    default_storage.delete(NAME)
    default_storage.save(NAME, ContentFile(b"all"))
    assert store_file(NAME, b"all of it")
    assert default_storage.open(NAME).read() == b"all of it"
    assert default_storage.listdir("products/ab") == ([], ["picture.jpg"])


@pytest.mark.parametrize("storage", [LossyStorage, AwayStorage], indirect=True)
def test_what_did_not_arrive_whole_is_removed(storage: None) -> None:
    with pytest.raises(StorageError):
        store_file(NAME, b"much more than ten bytes")
    assert not default_storage.exists(NAME)


@pytest.mark.django_db
@pytest.mark.parametrize("storage", [InMemoryStorage], indirect=True)
def test_pictures_are_stored_where_nothing_can_be_renamed(storage: None) -> None:
    image = add_picture(ProductFactory(), picture())
    assert image.file.read() == picture()

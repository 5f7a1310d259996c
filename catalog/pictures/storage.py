"""Atomic access to the shop's storage: a file is complete or does not exist.

In a plain folder, a temporary file is written and renamed. Other storages, such as object stores, cannot rename: the
file is written under its name, read back, and deleted if it is incomplete.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from catalog.atomic_files import atomic_write


class StorageError(Exception):
    """The storage is full or unavailable. The picture itself may be fine."""


def store_file(name: str, data: bytes) -> bool:
    """Store the bytes under exactly this name. Return False if the same file exists already. Raises StorageError.

    Existing files are compared byte by byte, because a full disk may have truncated them.
    """
    try:
        if holds(name, data):
            return False
        if _is_folder():
            _write_into_folder(name, data)
        else:
            _save(name, data)
    except StorageError:
        raise
    except Exception as error:  # storages may raise anything
        raise StorageError(describe(error)) from error
    return True


def holds(name: str, data: bytes) -> bool:
    """Return True if the file exists with exactly these bytes."""
    try:
        if default_storage.size(name) != len(data):
            return False
        with default_storage.open(name) as file:
            return bool(file.read() == data)
    except FileNotFoundError:
        return False


def read_file(name: str) -> bytes:
    """Return the bytes of a stored file. Raises FileNotFoundError and StorageError."""
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
            return data
    except FileNotFoundError:
        raise
    except Exception as error:
        raise StorageError(describe(error)) from error


def list_files(folder: str) -> set[str]:
    """Return the names of the files in a folder of the storage, or an empty set if there is no such folder."""
    try:
        return {f"{folder}/{file}" for file in default_storage.listdir(folder)[1]}
    except FileNotFoundError:
        return set()


def describe(error: Exception) -> str:
    """Return the message of an operating system or storage error, for people."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _is_folder() -> bool:
    """Return True for a plain folder, not for subclasses with their own `_save`, such as encrypted storages."""
    return isinstance(default_storage, FileSystemStorage) and (
        type(default_storage._wrapped)._save is FileSystemStorage._save  # type: ignore[attr-defined]
    )


def _write_into_folder(name: str, data: bytes) -> None:
    path, storage = Path(default_storage.path(name)), default_storage
    folder_mode = getattr(storage, "directory_permissions_mode", None)
    path.parent.mkdir(mode=0o777 if folder_mode is None else folder_mode, parents=True, exist_ok=True)
    with atomic_write(path, getattr(storage, "file_permissions_mode", None)) as file:
        file.write(data)


def _save(name: str, data: bytes) -> None:
    if default_storage.exists(name):  # incomplete
        default_storage.delete(name)
    try:
        saved_as = default_storage.save(name, ContentFile(data))
    except Exception:
        with suppress(Exception):
            default_storage.delete(name)
        raise
    if saved_as != name:  # another process stored the same bytes at the same time
        default_storage.delete(saved_as)
    if not holds(name, data):
        default_storage.delete(name)
        raise StorageError("the file is incomplete")

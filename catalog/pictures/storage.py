"""Files in the shop's storage, which hold all of their bytes or do not exist.

A plain folder is written by a temporary file and a rename. Any other storage of Django's, such as an object store,
cannot rename: there the file is written under its name, looked at afterwards, and removed where it is not whole.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from catalog.atomic_files import atomic_write


class StorageError(Exception):
    """The storage could not take or give a file: it is full or away. The picture itself may be all right."""


def store_file(name: str, data: bytes) -> bool:
    """Put the bytes into storage under exactly this name; return False where they were there. Raises StorageError.

    What is there already is compared byte by byte: an earlier full disk may have left half of it.
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
    except Exception as error:  # a storage may raise what it likes
        raise StorageError(reason(error)) from error
    return True


def holds(name: str, data: bytes) -> bool:
    """Return True if the storage has exactly these bytes under this name."""
    try:
        if default_storage.size(name) != len(data):
            return False
        with default_storage.open(name) as file:
            return bool(file.read() == data)
    except FileNotFoundError:
        return False


def read_file(name: str) -> bytes:
    """Return all bytes of a stored file. Raises FileNotFoundError, or StorageError where the storage is away."""
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
            return data
    except FileNotFoundError:
        raise
    except Exception as error:
        raise StorageError(reason(error)) from error


def list_files(folder: str) -> set[str]:
    """Return the names of the files in a folder of the storage; none where there is no such folder."""
    try:
        return {f"{folder}/{file}" for file in default_storage.listdir(folder)[1]}
    except FileNotFoundError:
        return set()


def reason(error: Exception) -> str:
    """Return what an error of the operating system or of a storage says, for people."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _is_folder() -> bool:
    """Return True for a plain folder: a subclass that saves in a way of its own (encrypted, say) is none."""
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
    if default_storage.exists(name):  # and is not whole
        default_storage.delete(name)
    try:
        given = default_storage.save(name, ContentFile(data))
    except Exception:
        with suppress(Exception):
            default_storage.delete(name)
        raise
    if given != name:  # another process stored the same bytes at the same time
        default_storage.delete(given)
    if not holds(name, data):
        default_storage.delete(name)
        raise StorageError("not all of the file arrived")

"""Remove picture files that no row uses any more.

Files are named after their hash. Several rows may share one, and a row may start to use it while another is deleted.
Advisory locks, held until the transaction ends, prevent races:

- Attaching a file to a row takes a shared lock on its hash before checking the storage (`lock_hash`).
- Removing files takes the exclusive lock, checks for rows, and deletes. Renditions also go once no row is public. If
  the lock is taken, the next sweep removes the files, so nothing ever waits. It also takes a shared lock that backups
  hold exclusively, so that no file disappears during a backup.

A rollback after storing a file, or a crash between commit and removal, leaves unused files behind. `sweep` finds them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from catalog.models import ProductImage
from catalog.pictures.storage import list_files

FOLDERS = ("products", "renditions")
BACKUP_LOCK = 0x5E3B1A9D
FILE_MISSING = gettext_noop("The file is missing from the storage. Upload or import the picture again.")

SHARED_LOCK = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
EXCLUSIVE_LOCK = "SELECT pg_try_advisory_xact_lock_shared(%s), pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def lock_hash(sha256: str) -> None:
    """Keep the files with this hash from being removed until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED_LOCK, [sha256])


def remove_unused(sha256: str) -> bool:
    """Remove the files with this hash that no row uses or is about to use. Safe to run twice.

    Without rows these are all files; without a public row, the renditions.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXCLUSIVE_LOCK, [BACKUP_LOCK, sha256])
        rows = set(ProductImage.objects.filter(sha256=sha256).values_list("is_public", flat=True))
        if not all(cursor.fetchone()) or True in rows:
            return False
        for name in _files_of(sha256, ("renditions",) if rows else FOLDERS):
            default_storage.delete(name)
    return True


def hash_of(name: str) -> str:
    """Return the hash in the name of a stored picture or rendition."""
    return name.rpartition("/")[2][:64]


def _files_of(sha256: str, folders: Iterable[str]) -> list[str]:
    listed = (list_files(f"{folder}/{sha256[:2]}") for folder in folders)
    return sorted(name for names in listed for name in names if hash_of(name) == sha256)

"""Files follow rows: what no picture shows any more leaves the storage, and what a picture lacks is noticed.

A file is named after its bytes, so several rows may show one file, and a row may be attached to it while the last
other one is deleted. Two locks of the database decide, held until the transaction ends:

- Whoever attaches bytes to a row shares a lock on their hash before it looks whether they are stored (`lock_hash`).
- Whoever removes files takes that lock alone, looks for rows, and removes. Where the lock is taken it leaves the files
  to the next sweep, so nobody ever waits. It also shares the lock that a back-up takes alone: nothing is removed
  while one is written.

A transaction that is rolled back after it stored a file, and a process that dies between commit and removal, leave
files without rows: `file_sweep` finds those.
"""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from catalog.models import ProductImage
from catalog.pictures.storage import list_files

FOLDERS = ("products", "renditions")
BACKUP_LOCK = 0x5E3B1A9D
FILE_MISSING = gettext_noop("The file is missing from the storage. Upload the picture again, or import its row again.")

HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
TAKE_ALONE = "SELECT pg_try_advisory_xact_lock_shared(%s), pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def lock_hash(sha256: str) -> None:
    """Keep the files of these bytes from being removed until the transaction ends, in which a row is given them."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sha256])


def remove_unused(sha256: str) -> bool:
    """Remove the files of these bytes, unless a row shows them or may be about to. Safe to run twice."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE_ALONE, [BACKUP_LOCK, sha256])
        if not all(cursor.fetchone()) or ProductImage.objects.filter(sha256=sha256).exists():
            return False
        for name in _files_of(sha256):
            default_storage.delete(name)
    return True


def hash_of(name: str) -> str:
    """Return the hash in the name of a stored picture or rendition."""
    return name.rpartition("/")[2][:64]


def _files_of(sha256: str) -> list[str]:
    listed = (list_files(f"{folder}/{sha256[:2]}") for folder in FOLDERS)
    return sorted(name for names in listed for name in names if hash_of(name) == sha256)

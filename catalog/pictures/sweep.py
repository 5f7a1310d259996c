"""Find files of the storage that no picture shows, and pictures whose file or renditions are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from catalog.atomic_files import UNFINISHED
from catalog.models import ProductImage, ProductImageQuerySet
from catalog.pictures.files import FILE_MISSING, FOLDERS, hash_of, remove_unused
from catalog.pictures.services import ENCODINGS
from catalog.pictures.storage import list_files

OURS = re.compile(r"[0-9a-f]{64}[-._]")
UNUSED_FOR = timedelta(hours=1)  # younger files may be on their way into a row


@dataclass
class SweepResult:
    """What a sweep did: hashes whose files it removed, and keys of pictures by what it found of them."""

    removed: int = 0
    missing: int = 0
    found_again: int = 0
    without_renditions: int = 0


def rendition_names(image: ProductImage) -> set[str]:
    """Return the storage names of the renditions that the row says it has."""
    return {image.rendition_name(width, extension) for width in image.rendition_widths for extension in ENCODINGS}


def sweep_files(now: datetime) -> SweepResult:
    """Remove files without rows, and note rows without files. Safe to run twice and at the same time."""
    swept = SweepResult()
    for number in range(256):
        _sweep_folder(f"{number:02x}", now, swept)
    return swept


def note_missing(images: Iterable[ProductImage]) -> int:
    """Write on the rows that their file is missing, for staff. Returns on how many it was news."""
    return sum(
        _row(image).exclude(rendition_error=FILE_MISSING).update(rendition_error=FILE_MISSING) for image in images
    )


def _sweep_folder(prefix: str, now: datetime, swept: SweepResult) -> None:
    # Rows first: a file is there before its row is committed.
    rows = list(ProductImage.objects.filter(sha256__startswith=prefix))
    names = {name for folder in FOLDERS for name in list_files(f"{folder}/{prefix}")}
    used = {row.sha256 for row in rows}
    for name in _left_over(names, used, now):
        if name.endswith(UNFINISHED):
            default_storage.delete(name)
        elif remove_unused(hash_of(name)):
            swept.removed += 1
    lost = [row for row in rows if row.file.name not in names and not default_storage.exists(row.file.name or "")]
    swept.missing += note_missing(lost)
    keys = {row.pk for row in lost}
    for row in rows:
        if row.pk in keys:
            continue
        if row.rendition_error == FILE_MISSING:
            swept.found_again += _row(row).update(rendition_error="", rendition_attempts=0)
        if not rendition_names(row) <= names:
            again = {"rendition_widths": [], "rendition_attempts": 0, "rendition_error": ""}
            swept.without_renditions += _row(row).filter(rendition_widths=row.rendition_widths).update(**again)


def _left_over(names: set[str], used: set[str], now: datetime) -> list[str]:
    """Return one name of each hash that no row has, and each half written file; none that is young."""
    found: dict[str, str] = {}
    for name in sorted(names):
        file = name.rpartition("/")[2]
        if file.startswith(".") and file.endswith(UNFINISHED):
            found[name] = name
        elif OURS.match(file) and hash_of(name) not in used:
            found[hash_of(name)] = name
    return [name for name in found.values() if _is_old(name, now)]


def _is_old(name: str, now: datetime) -> bool:
    try:
        return bool(default_storage.get_modified_time(name) < now - UNUSED_FOR)
    except FileNotFoundError:  # removed since it was listed
        return False


def _row(image: ProductImage) -> ProductImageQuerySet:
    """Return the row as long as it shows the file that it showed when it was read."""
    return ProductImage.objects.filter(pk=image.pk, sha256=image.sha256, file=image.file.name)

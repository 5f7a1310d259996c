"""Remove unused files from the storage and report pictures whose file or renditions are missing."""

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

PICTURE_FILE = re.compile(r"[0-9a-f]{64}[-._]")
MIN_AGE = timedelta(hours=1)  # newer files may belong to an uncommitted row


@dataclass
class SweepResult:
    """Number of removed hashes, and of pictures whose files are missing, found again or without renditions."""

    removed: int = 0
    missing: int = 0
    found_again: int = 0
    without_renditions: int = 0


def rendition_names(image: ProductImage) -> set[str]:
    """Return the storage names of the picture's renditions."""
    return {image.rendition_name(width, extension) for width in image.rendition_widths for extension in ENCODINGS}


def sweep_files(now: datetime) -> SweepResult:
    """Remove files without rows and mark rows without files. Safe to run twice and concurrently."""
    result = SweepResult()
    for number in range(256):
        _sweep_folder(f"{number:02x}", now, result)
    return result


def mark_missing(images: Iterable[ProductImage]) -> int:
    """Mark the rows as lacking their file. Return how many were not marked before."""
    return sum(
        _row(image).exclude(rendition_error=FILE_MISSING).update(rendition_error=FILE_MISSING) for image in images
    )


def _sweep_folder(prefix: str, now: datetime, result: SweepResult) -> None:
    # Read the rows first: a file is stored before its row is committed.
    rows = list(ProductImage.objects.filter(sha256__startswith=prefix))
    names = {name for folder in FOLDERS for name in list_files(f"{folder}/{prefix}")}
    used = {row.sha256 for row in rows}
    public = {row.sha256 for row in rows if row.is_public}
    for sha256 in sorted({hash_of(name) for name in names if name.startswith("renditions/")} & used - public):
        remove_unused(sha256)  # hidden by a process that died before it deleted them
    for name in _unused(names, used, now):
        if name.endswith(UNFINISHED):
            default_storage.delete(name)
        elif remove_unused(hash_of(name)):
            result.removed += 1
    lost = [row for row in rows if row.file.name not in names and not default_storage.exists(row.file.name or "")]
    result.missing += mark_missing(lost)
    keys = {row.pk for row in lost}
    for row in rows:
        if row.pk in keys:
            continue
        if row.rendition_error == FILE_MISSING:
            result.found_again += _row(row).update(rendition_error="", rendition_attempts=0)
        if not rendition_names(row) <= names:
            reset = {"rendition_widths": [], "rendition_attempts": 0, "rendition_error": ""}
            result.without_renditions += _row(row).filter(rendition_widths=row.rendition_widths).update(**reset)


def _unused(names: set[str], used: set[str], now: datetime) -> list[str]:
    """Return one old file of each hash without rows, and all old unfinished files."""
    found: dict[str, str] = {}
    for name in sorted(names):
        file = name.rpartition("/")[2]
        if file.startswith(".") and file.endswith(UNFINISHED):
            found[name] = name
        elif PICTURE_FILE.match(file) and hash_of(name) not in used:
            found[hash_of(name)] = name
    return [name for name in found.values() if _is_old(name, now)]


def _is_old(name: str, now: datetime) -> bool:
    try:
        return bool(default_storage.get_modified_time(name) < now - MIN_AGE)
    except FileNotFoundError:  # removed since it was listed
        return False


def _row(image: ProductImage) -> ProductImageQuerySet:
    """Return a queryset of the row that is empty if its file was replaced after it was read."""
    return ProductImage.objects.filter(pk=image.pk, sha256=image.sha256, file=image.file.name)

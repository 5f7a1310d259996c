"""Back up the whole shop to one file, and restore it into an empty shop.

A backup dumps one snapshot of the database and the files of its rows, while no files are removed. It is written to a
temporary file and verified before it replaces an older backup. A restore verifies every byte, stores the files, and
then restores the database in one transaction; until then an interrupted restore changes nothing visible.
"""

from __future__ import annotations

import hashlib
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from catalog.atomic_files import atomic_write
from catalog.models import Product, ProductImage
from catalog.pictures.files import BACKUP_LOCK
from catalog.pictures.storage import read_file, store_file
from catalog.pictures.sweep import rendition_names, sweep_files
from shop.accounts.models import Customer
from shop.backups.archive import DATABASE, MEDIA, Archive, Writer, open_archive, write_archive
from shop.database.programs import dump_database, restore_database
from shop.orders.models import Order

FILE_MODE = 0o600  # it contains customer data
LOCK_TIMEOUT = 30  # seconds
OnStep = Callable[[str, int], None]  # called with the current activity and its number of steps


class BackupRefused(Exception):
    """The backup or restore cannot run. The message says why and what to do."""


@dataclass
class Report:
    """The number of files in the backup, and the names of files missing from the storage."""

    files: int = 0
    missing: list[str] = field(default_factory=list)


def write_backup(path: Path, now: datetime, on_step: OnStep = lambda _what, _number: None) -> Report:
    """Write the shop to one file. The shop may keep serving; an older file is replaced only on success.

    Raises BackupRefused, ProgramFailed, StorageError, BadArchive and OSError.
    """
    report = Report()
    with _file_removal_paused(), atomic_write(path, FILE_MODE) as file:
        with write_archive(file) as archive:
            facts, images = _write_database(archive, now)
            _write_files(archive, images, report, on_step)
            archive.finish(facts)
        with open_archive(file) as written:
            number = len(written.members)
            written.check(lambda _name: on_step(_("Checking"), number))
    return report


def restore_backup(path: Path, now: datetime, on_step: OnStep = lambda _what, _number: None) -> Report:
    """Restore a backup into an empty shop. Safe to run again. Raises the same errors as `write_backup`."""
    with open_archive(path) as archive:
        _refuse_newer_version(archive)
        _refuse_non_empty()
        number, files = len(archive.members), archive.files
        archive.check(lambda _name: on_step(_("Checking"), number))
        for name in files:
            store_file(name.removeprefix(MEDIA), archive.read(name))
            on_step(_("Pictures"), len(files))
        with archive.open(DATABASE) as dump:
            restore_database(dump)
    connection.close()  # it may have cached state
    call_command("migrate", verbosity=0)
    swept = sweep_files(now)
    missing = ProductImage.objects.exclude(rendition_error="") if swept.missing else ProductImage.objects.none()
    return Report(len(files), [str(image.file.name) for image in missing])


@contextmanager
def _file_removal_paused() -> Iterator[None]:
    """Prevent the removal of files with a lock that ends with the connection."""
    deadline = time.monotonic() + LOCK_TIMEOUT
    while not _query("SELECT pg_try_advisory_lock(%s)", BACKUP_LOCK):
        if time.monotonic() > deadline:
            raise BackupRefused(_("Another backup is being written. Try again once it is done."))
        time.sleep(0.2)
    try:
        yield
    finally:
        _query("SELECT pg_advisory_unlock(%s)", BACKUP_LOCK)


def _write_database(archive: Writer, now: datetime) -> tuple[dict[str, Any], list[ProductImage]]:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        images = list(ProductImage.objects.order_by("sha256"))
        facts = {
            "created_at": now.isoformat(),
            "versions": {
                "shop": tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"],
                "postgresql": _query("SHOW server_version"),
                "django": django.__version__,
                "python": sys.version.partition(" ")[0],
            },
            "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
            "products": Product.objects.count(),
            "orders": Order.objects.count(),
        }
        with archive.member(DATABASE) as file:
            dump_database(file, _query("SELECT pg_export_snapshot()"))
    return facts, images


def _write_files(archive: Writer, images: list[ProductImage], report: Report, on_step: OnStep) -> None:
    originals = {str(image.file.name): image.sha256 for image in images}
    names = [*originals, *sorted({name for image in images for name in rendition_names(image)})]
    for name in names:
        on_step(_("Pictures"), len(names))
        try:
            data = read_file(name)
        except FileNotFoundError:
            data = b""
        if not data or (name in originals and hashlib.sha256(data).hexdigest() != originals[name]):
            report.missing.append(name)
            continue
        archive.add(MEDIA + name, data)
        report.files += 1


def _refuse_newer_version(archive: Archive) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if not set(archive.manifest["migrations"]) <= known:
        version = archive.manifest["versions"]["shop"]
        raise BackupRefused(
            _("The backup was written by a newer version (%(version)s). Update this shop, then restore.")
            % {"version": version}
        )


def _refuse_non_empty() -> None:
    tables = set(connection.introspection.table_names())
    if tables and MigrationRecorder.Migration._meta.db_table not in tables:
        raise BackupRefused(_("The database contains tables of another application. Restore into an empty database."))
    populated = [
        model
        for model in (Product, ProductImage, Order, Customer)
        if model._meta.db_table in tables and model.objects.exists()
    ]
    if populated:
        found = ", ".join(str(model._meta.verbose_name_plural) for model in populated)
        raise BackupRefused(
            _(
                "This shop is not empty: it has %(found)s. Nothing was changed. To restore into an empty shop, "
                "set DATA_DIR to a new folder or DATABASE_URL to a new database."
            )
            % {"found": found}
        )


def _query(query: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]

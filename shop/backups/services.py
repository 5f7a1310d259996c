"""Back up the whole shop into one file, and restore it into an empty one.

Always: the database as one snapshot sees it, then the files of the rows in that snapshot, while nothing is removed;
written aside, read again and compared, and only then put in the place of the backup before. A restore checks every
byte first, stores the files, which harms nothing where it is broken off, and then the database in one transaction.
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

PRIVATE = 0o600  # it holds the customers
WAIT = 30  # seconds for whoever is removing files
OnStep = Callable[[str, int], None]  # what is being done, and how many steps there are of it in all


class BackupRefused(Exception):
    """There is no backup or restore now; the message is a sentence that says why and what to do."""


@dataclass
class Report:
    """What is in the backup: how many files, and the names of those that rows have and the storage has not."""

    files: int = 0
    missing: list[str] = field(default_factory=list)


def write_backup(path: Path, now: datetime, on_step: OnStep = lambda _what, _number: None) -> Report:
    """Write the shop into one file. Raises BackupRefused, ProgramFailed, StorageError, BadArchive and OSError.

    The shop may serve meanwhile. Whatever fails, a backup that has this name already stays as it is.
    """
    report = Report()
    with _nothing_removed(), atomic_write(path, PRIVATE) as file:
        with write_archive(file) as archive:
            facts, images = _write_database(archive, now)
            _write_files(archive, images, report, on_step)
            archive.finish(facts)
        with open_archive(file) as written:
            number = len(written.members)
            written.check(lambda _name: on_step(_("Checking"), number))
    return report


def restore_backup(path: Path, now: datetime, on_step: OnStep = lambda _what, _number: None) -> Report:
    """Restore a backup into an empty shop, all of it or nothing. Safe to run again. Raises as `write_backup` does."""
    with open_archive(path) as archive:
        _refuse_newer(archive)
        _refuse_filled()
        number, files = len(archive.members), archive.files
        archive.check(lambda _name: on_step(_("Checking"), number))
        for name in files:
            store_file(name.removeprefix(MEDIA), archive.read(name))
            on_step(_("Pictures"), len(files))
        with archive.open(DATABASE) as dump:
            restore_database(dump)
    connection.close()  # it may remember what was there before
    call_command("migrate", verbosity=0)
    swept = sweep_files(now)
    missing = ProductImage.objects.exclude(rendition_error="") if swept.missing else ProductImage.objects.none()
    return Report(len(files), [str(image.file.name) for image in missing])


@contextmanager
def _nothing_removed() -> Iterator[None]:
    """Keep files from being removed, as long as the connection lives."""
    deadline = time.monotonic() + WAIT
    while not _ask("SELECT pg_try_advisory_lock(%s)", BACKUP_LOCK):
        if time.monotonic() > deadline:
            raise BackupRefused(_("Another backup is being written. Try again once it is done."))
        time.sleep(0.2)
    try:
        yield
    finally:
        _ask("SELECT pg_advisory_unlock(%s)", BACKUP_LOCK)


def _write_database(archive: Writer, now: datetime) -> tuple[dict[str, Any], list[ProductImage]]:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        images = list(ProductImage.objects.order_by("sha256"))
        facts = {
            "created_at": now.isoformat(),
            "versions": {
                "shop": tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"],
                "postgresql": _ask("SHOW server_version"),
                "django": django.__version__,
                "python": sys.version.partition(" ")[0],
            },
            "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
            "products": Product.objects.count(),
            "orders": Order.objects.count(),
        }
        with archive.member(DATABASE) as file:
            dump_database(file, _ask("SELECT pg_export_snapshot()"))
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


def _refuse_newer(archive: Archive) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if not set(archive.manifest["migrations"]) <= known:
        version = archive.manifest["versions"]["shop"]
        raise BackupRefused(
            _("The backup was written by a newer shop (%(version)s). Update this one, then restore.")
            % {"version": version}
        )


def _refuse_filled() -> None:
    tables = set(connection.introspection.table_names())
    if tables and MigrationRecorder.Migration._meta.db_table not in tables:
        raise BackupRefused(_("The database holds tables of something else. Restore into an empty database."))
    filled = [
        model
        for model in (Product, ProductImage, Order, Customer)
        if model._meta.db_table in tables and model.objects.exists()
    ]
    if filled:
        found = ", ".join(str(model._meta.verbose_name_plural) for model in filled)
        raise BackupRefused(
            _(
                "This shop is not empty: it has %(found)s. Nothing was changed. Restore into an empty one: "
                "set DATA_DIR to a new folder, or DATABASE_URL to a new database."
            )
            % {"found": found}
        )


def _ask(query: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]

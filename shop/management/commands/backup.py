"""`manage.py backup FILE`: back up the whole shop to one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.pictures.storage import StorageError
from shop.backups.archive import BadArchive
from shop.backups.services import BackupRefused, write_backup
from shop.database.programs import ProgramFailed
from shop.management.steps import Steps


class Command(BaseCommand):
    help = "Back up the shop, database and pictures, to one file. The shop may keep serving."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="the backup file; an existing one is replaced once the new one is verified"
        )

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with Steps() as steps:
                report = write_backup(file, timezone.now(), steps.step)
        except OSError as error:
            raise CommandError(
                f"{file} cannot be written: {error.strerror}. An existing backup is unchanged."
            ) from error
        except StorageError as error:
            raise CommandError(f"The pictures cannot be read: {error}. Nothing was written.") from error
        except (BackupRefused, ProgramFailed, BadArchive) as error:
            raise CommandError(f"The backup was not written. {error}") from error
        for name in report.missing:
            self.stderr.write(f"{name} is missing or damaged in the storage, so it is not in the backup.")
        size = file.stat().st_size / 2**20
        self.stdout.write(f"{file}: the database and {report.files} files, {size:.1f} MB, written and checked.")

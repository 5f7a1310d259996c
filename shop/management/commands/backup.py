"""`manage.py backup FILE`: the whole shop in one file."""

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
    help = "Write the whole shop, database and pictures, into one file. The shop may go on serving."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="the backup; one that is there already is replaced at the end")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Write it. Raises CommandError with what failed."""
        try:
            with Steps() as steps:
                report = write_backup(file, timezone.now(), steps.step)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}. What was there is unchanged.") from error
        except StorageError as error:
            raise CommandError(f"The pictures cannot be read: {error}. Nothing was written.") from error
        except (BackupRefused, ProgramFailed, BadArchive) as error:
            raise CommandError(f"The backup was not written. {error}") from error
        for name in report.missing:
            self.stderr.write(f"{name} is missing or damaged in the storage, and is not in the backup.")
        size = file.stat().st_size / 2**20
        self.stdout.write(f"{file}: the database and {report.files} files, {size:.1f} MB, written and checked.")

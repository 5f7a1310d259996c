"""`manage.py restore FILE`: restore a backup into an empty shop."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.pictures.storage import StorageError
from shop.backups.archive import BadArchive
from shop.backups.services import BackupRefused, restore_backup
from shop.database.programs import ProgramFailed
from shop.management.steps import Steps
from shop.server.instance import AlreadyRunning, single_instance


class Command(BaseCommand):
    help = "Restore a backup, database and pictures, into an empty shop. If interrupted, run it again."
    requires_system_checks = []  # the tables may not exist yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file from `manage.py backup`; use only files that you trust")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with single_instance(settings.DATA_DIR) as instance, Steps() as steps:
                instance.set_state("being restored")
                report = restore_backup(file, timezone.now(), steps.step)
        except (AlreadyRunning, BackupRefused, StorageError, ProgramFailed) as error:
            raise CommandError(f"{file} was not restored. {error}") from error
        except BadArchive as error:
            raise CommandError(f"{file} cannot be restored. {error}") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be restored: {error.strerror}.") from error
        for name in report.missing:
            self.stderr.write(f"{name} is not in the backup. Upload or import the picture again.")
        self.stdout.write(f"{file}: the database and {report.files} files are restored. Start the shop: manage.py up")

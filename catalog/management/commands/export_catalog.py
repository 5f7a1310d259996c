"""Export products to a CSV file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from catalog.atomic_files import atomic_write_text
from catalog.feed.exporter import export_catalog


class Command(BaseCommand):
    help = "Export all products in the columns of import_catalog, whose --images is then the media folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the CSV file; standard output without it")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file is None:
            export_catalog(sys.stdout)
            return
        try:
            with atomic_write_text(file) as opened:
                number = export_catalog(opened)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        except DatabaseError as error:
            raise CommandError(f"The database stopped the export: {error} {file} is as it was.") from error
        self.stdout.write(f"{number} products exported to {file}.")

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from catalog.atomic_files import atomic_write_text
from catalog.feed.exporter import export_catalog


class Command(BaseCommand):
    help = "Export all products to a CSV file that import_catalog can read with --images MEDIA_ROOT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the CSV file to write (default: standard output)")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file is None:
            export_catalog(sys.stdout)
            return
        try:
            with atomic_write_text(file) as opened:
                number = export_catalog(opened)
        except OSError as error:
            raise CommandError(f"Cannot write {file}: {error.strerror}.") from error
        except DatabaseError as error:
            raise CommandError(f"The export failed: {error} {file} was not changed.") from error
        self.stdout.write(f"Exported {number} products to {file}.")

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from catalog import tasks
from catalog.families import suggest_families
from catalog.feed.importer import Report, import_catalog
from catalog.feed.reading import AUTO, CHOICES, FeedOptions
from catalog.feed.records import InvalidFeed


class Command(BaseCommand):
    help = (
        "Import products, variants, prices, stock, attributes and pictures from a file of this or another shop. "
        "Skip invalid rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a UTF-8 file: CSV, TSV or XML")
        parser.add_argument(
            "--images", type=Path, metavar="DIR", help="the folder with the pictures named in the file"
        )
        parser.add_argument(
            "--from", dest="source", choices=CHOICES, default=AUTO, help="the shop that wrote the file (default: auto)"
        )
        parser.add_argument(
            "--picture-base", default="", metavar="URL", help="the address that names of pictures follow"
        )
        parser.add_argument(
            "--stock", type=int, default=0, metavar="N",
            help="units of new variants that the file only calls in stock (default: 0)",
        )  # fmt: skip

    def handle(self, *args: Any, file: Path, images: Path | None, **options: Any) -> None:
        if images is not None and not images.is_dir():
            raise CommandError(f"The folder {images} does not exist.")
        chosen = FeedOptions(options["source"], options["picture_base"], max(0, options["stock"]))
        report = self._import(file, images, chosen)
        tasks.count_words()  # at once, so that the first searches know the new words and forgive typos
        if report == Report():
            raise CommandError(f"{file} contains no products, only a header.")
        self.stdout.write(
            f"{report.created} products created, {report.updated} updated, {report.unchanged} unchanged; "
            f"{report.pictures} pictures added."
        )
        if report.waiting:
            self.stdout.write(f"{report.waiting} pictures will be fetched by the worker, see the admin.")
        if report.left_out:
            columns = ", ".join(f"{name} ({cells})" for name, cells in report.left_out.items())
            self.stdout.write(f"Columns without a place in the shop, with their filled cells: {columns}.")
        if report.created or report.updated:
            suggest_families()
        if report.problems:
            raise CommandError(f"{report.problems} problems (see above). All other rows were imported.")

    def _import(self, file: Path, images: Path | None, options: FeedOptions) -> Report:
        def problem(line: int, reason: str) -> None:
            tqdm.write(f"{file.name} line {line}: {reason}", file=self.stderr)

        def warning(line: int, reason: str) -> None:
            problem(line, f"Warning: {reason}")

        def progress(read: int) -> None:
            bar.update(read - bar.n)

        try:
            size = file.stat().st_size
            with tqdm(total=size, unit="B", unit_scale=True, desc=file.name, disable=None) as bar:
                return import_catalog(file, images, timezone.now(), problem, progress, warning, options)
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.") from error
        except DatabaseError as error:
            raise CommandError(
                f"The import failed: {error} Earlier rows were imported. Run the import again."
            ) from error
        except InvalidFeed as error:
            raise CommandError(f"{file}: {error}") from error

"""`manage.py db …`: manage the embedded PostgreSQL."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.atomic_files import atomic_write
from shop import devdb
from shop.database import programs


class Command(BaseCommand):
    help = (
        "Start, stop, inspect, dump or restore the shop's database. `start` and `stop` apply to the embedded one. "
        "To include the pictures, use `backup` and `restore`."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "psql", "dump", "restore"])
        parser.add_argument("file", nargs="?", type=Path, help="the file to dump to or restore from")

    def handle(self, *, action: str, file: Path | None, **options: Any) -> None:
        if action in {"dump", "restore"} and file is None:
            raise CommandError(f"Name a file: manage.py db {action} FILE")
        if action in {"start", "stop"} and os.environ.get("DATABASE_URL"):
            raise CommandError(f"DATABASE_URL is set, and this command can only {action} the embedded database.")
        try:
            getattr(self, f"_{action}")(file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}. Nothing was changed.") from error
        except (devdb.DatabaseError, programs.ProgramFailed) as error:
            raise CommandError(str(error)) from error

    def _start(self, file: None) -> None:
        place = devdb.start()
        self.stdout.write(f"The database is running. Its files are in {place.cluster}.")

    def _stop(self, file: None) -> None:
        self.stdout.write("The database has stopped." if devdb.stop() else "The database was not running.")

    def _status(self, file: None) -> None:
        place = devdb.locate()
        state = "is running" if devdb.is_running(place) else "is not running"
        self.stdout.write(f"The embedded database {state}. Its files are in {place.cluster}, its log is {place.log}.")

    def _psql(self, file: None) -> None:
        _ensure_running()
        if status := programs.run_psql():
            raise CommandError(f"psql exited with status {status}.")

    def _dump(self, file: Path) -> None:
        _ensure_running()
        with atomic_write(file, 0o600) as dump:
            programs.dump_database(dump)
        self.stdout.write(f"Dumped to {file}, without pictures; `manage.py backup` includes them.")

    def _restore(self, file: Path) -> None:
        _ensure_running()
        with file.open("rb") as dump:
            programs.restore_database(dump)
        self.stdout.write(f"Restored from {file}.")


def _ensure_running() -> None:
    if not os.environ.get("DATABASE_URL"):
        devdb.start()

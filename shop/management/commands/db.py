"""`manage.py db …`: the embedded PostgreSQL by hand."""

import os
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shop import devdb


class Command(BaseCommand):
    help = "Start, stop, look at, dump or restore the shop's database. `start` and `stop` are for the embedded one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for what to do, and a file for dump and restore."""
        parser.add_argument("action", choices=["start", "stop", "status", "psql", "dump", "restore"])
        parser.add_argument("file", nargs="?", type=Path, help="the file to dump to or restore from")

    def handle(self, *, action: str, file: Path | None, **options: Any) -> None:
        """Do it. Raises CommandError with what failed."""
        if action in {"dump", "restore"} and file is None:
            raise CommandError(f"Name the file: manage.py db {action} FILE")
        if action in {"start", "stop"} and os.environ.get("DATABASE_URL"):
            raise CommandError(f"DATABASE_URL is set: that database is not ours to {action}.")
        try:
            getattr(self, f"_{action}")(file)
        except devdb.DatabaseError as error:
            raise CommandError(str(error)) from error

    def _start(self, file: None) -> None:
        place = devdb.start()
        self.stdout.write(f"The database runs; its files are in {place.cluster}.")

    def _stop(self, file: None) -> None:
        self.stdout.write("The database has stopped." if devdb.stop() else "The database was not running.")

    def _status(self, file: None) -> None:
        place = devdb.locate()
        state = "runs" if devdb.is_running(place) else "does not run"
        self.stdout.write(f"The embedded database {state}; its files are in {place.cluster}, its log is {place.log}.")

    def _psql(self, file: None) -> None:
        self._client("psql")

    def _dump(self, file: Path) -> None:
        self._client("pg_dump", "--format=custom", "--file", str(file.resolve()))
        self.stdout.write(f"Dumped to {file}.")

    def _restore(self, file: Path) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        self._client("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname",
                     settings.DATABASES["default"]["NAME"], str(file.resolve()))  # fmt: skip
        self.stdout.write(f"Restored from {file}.")

    def _client(self, program: str, *arguments: str) -> None:
        if not os.environ.get("DATABASE_URL"):
            devdb.start()
        database = settings.DATABASES["default"]
        parameters = {
            "PGHOST": "HOST",
            "PGPORT": "PORT",
            "PGUSER": "USER",
            "PGPASSWORD": "PASSWORD",
            "PGDATABASE": "NAME",
        }
        environment = {name: str(database[key]) for name, key in parameters.items() if database.get(key)}
        command = [str(devdb.BINARIES / "bin" / program), *arguments]
        done = subprocess.run(command, env={**os.environ, **environment}, check=False)  # noqa: S603 -- our binaries
        if done.returncode:
            raise CommandError(f"{program} ended with code {done.returncode}.")

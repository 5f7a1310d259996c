"""`manage.py db …`: the embedded PostgreSQL by hand."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop import devdb, postgres


class Command(BaseCommand):
    help = "Start, stop or look at the shop's database. `start` and `stop` are for the embedded one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for what to do."""
        parser.add_argument("action", choices=["start", "stop", "status", "psql"])

    def handle(self, *, action: str, **options: Any) -> None:
        """Do it. Raises CommandError with what failed."""
        if action in {"start", "stop"} and os.environ.get("DATABASE_URL"):
            raise CommandError(f"DATABASE_URL is set: that database is not ours to {action}.")
        try:
            getattr(self, f"_{action}")()
        except devdb.DatabaseError as error:
            raise CommandError(str(error)) from error

    def _start(self) -> None:
        place = devdb.start()
        self.stdout.write(f"The database runs; its files are in {place.cluster}.")

    def _stop(self) -> None:
        self.stdout.write("The database has stopped." if devdb.stop() else "The database was not running.")

    def _status(self) -> None:
        place = devdb.locate()
        state = "runs" if devdb.is_running(place) else "does not run"
        self.stdout.write(f"The embedded database {state}; its files are in {place.cluster}, its log is {place.log}.")

    def _psql(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            devdb.start()
        if status := postgres.run_psql():
            raise CommandError(f"psql ended with code {status}.")

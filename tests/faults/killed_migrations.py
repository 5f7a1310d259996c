"""Migrate an empty database, killed once between the work and the record of each migration without a transaction.

Prints the killed migrations.
"""

import os
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
django.setup()

WITHOUT_TRANSACTION = {key for key, each in MigrationLoader(None).disk_migrations.items() if not each.atomic}
KILLED: set[tuple[str, str]] = set()
record = MigrationRecorder.record_applied


class Killed(BaseException):
    """The process ended here."""


def die_once(recorder: MigrationRecorder, app: str, name: str) -> None:
    if (app, name) in WITHOUT_TRANSACTION - KILLED:
        KILLED.add((app, name))
        raise Killed
    record(recorder, app, name)


MigrationRecorder.record_applied = die_once  # type: ignore[method-assign, assignment]
while True:
    try:
        call_command("migrate", verbosity=0)
        break
    except Killed:
        connection.close()
sys.stdout.write("\n".join(sorted(f"{app}.{name}" for app, name in KILLED)))

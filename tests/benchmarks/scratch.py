"""A scratch database and media folder for a benchmark. Import this before anything that reads the settings."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests import environment  # noqa: F401 - sets the environment for the settings

# isort: split
import django
from django.conf import settings
from django.db import connection

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
django.setup()


@contextmanager
def scratch_database(name: str, *, keep: bool = False) -> Iterator[None]:
    """Create an empty, migrated database, and drop it afterwards. With `keep`, use one that is there, and keep it.

    From then on, the process has the settings of a benchmark. Tests import this module and must not get them.
    """
    settings.DEBUG = False  # otherwise Django records every query
    settings.ALLOWED_HOSTS = ["testserver"]
    before = settings.DATABASES["default"]["NAME"]
    settings.DATABASES["default"]["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0, keepdb=keep)
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, with numbers aligned right."""
    texts = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    print(f"\n{title}")  # noqa: T201
    for row in [list(columns), ["-" * width for width in widths], *texts]:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells))  # noqa: T201

"""Migrations that are killed before Django records them can be repeated."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from shop import devdb

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]

INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"


def test_each_migration_without_a_transaction_can_be_repeated(tmp_path: Path) -> None:
    place = devdb.start(devdb.locate(tmp_path / "var"))
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": ""}
    try:
        done = subprocess.run([sys.executable, "-m", "tests.faults.killed_migrations"], cwd=settings.BASE_DIR,
                              env=environment, capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "catalog.0026_counted_products" in done.stdout.split()
        with psycopg.connect(devdb.conninfo(place)) as connection:
            assert connection.execute(INVALID).fetchone() == (0,)
    finally:
        devdb.stop(place)
        shutil.rmtree(place.root, ignore_errors=True)

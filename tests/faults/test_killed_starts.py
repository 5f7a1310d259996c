"""`manage.py up` after it was killed at a random moment: the demo is complete and no process is left behind."""

import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from shop import devdb
from tests.demo.test_steps import PRODUCTS, make_demo
from tests.faults.disks import fill, small_disk
from tests.servers import free_port, wait_until_ready

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]

STARTUP_TIMEOUT = 240  # seconds
COUNTS = """
SELECT (SELECT count(*) FROM catalog_product), (SELECT count(*) FROM catalog_productimage),
       (SELECT count(*) FROM visualsearch_imageembedding WHERE vector IS NOT NULL),
       (SELECT count(*) FROM accounts_customer WHERE NOT is_staff), (SELECT count(*) FROM reviews_review) >= 400
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment of an empty shop. Without the test gateway the demo has no orders, which saves a minute."""
    var = tmp_path / "var"
    yield {**os.environ, "DATA_DIR": str(var), "MEDIA_ROOT": "", "CELERY_BROKER_URL": "pgmq://localhost", "DEBUG": "1",
           "DATABASE_URL": "", "PAYMENTS": "invoice", "PYTHONUNBUFFERED": "1"}  # fmt: skip
    place = devdb.locate(var)
    devdb.stop(place)
    shutil.rmtree(place.root, ignore_errors=True)


def up(environment: dict[str, str], demo: Path, port: int, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "manage.py", "up", f"--port={port}", f"--demo={demo}"]
    with log.open("ab") as output:
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output)


def processes_of(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if str(folder) in line and "postgres" not in line]


def wait_until_stopped(folder: Path, port: int) -> None:
    """Wait for the processes whose command names the folder, and for the web process, which serves the port."""
    deadline = time.monotonic() + 30
    while (running := processes_of(folder)) or is_served(port):
        assert time.monotonic() < deadline, running or f"Port {port} is still served."
        time.sleep(0.2)


def is_served(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != errno.ECONNREFUSED


def test_a_run_after_several_kills_completes_the_demo(environment: dict[str, str], tmp_path: Path) -> None:
    demo, port, log, dice = make_demo(tmp_path / "demo"), free_port(), tmp_path / "log", random.Random()
    for longest in (2, 5, 10, 20):  # seconds
        killed = up(environment, demo, port, log)
        time.sleep(dice.uniform(0.2, longest))
        killed.send_signal(signal.SIGKILL)
        killed.wait(30)
    wait_until_stopped(tmp_path / "var", port)  # or the last killed run could answer for the next
    shop = up(environment, demo, port, log)
    try:
        wait_until_ready(shop, f"http://127.0.0.1:{port}", log, STARTUP_TIMEOUT)
        with psycopg.connect(devdb.conninfo(devdb.locate(tmp_path / "var"))) as connection:
            assert connection.execute(COUNTS).fetchone() == (PRODUCTS, PRODUCTS, PRODUCTS, 60, True)

        second = up(environment, demo, free_port(), tmp_path / "second")
        assert second.wait(60) == 1
        assert f" at http://127.0.0.1:{port}/ (process " in (tmp_path / "second").read_text()
    finally:
        shop.send_signal(signal.SIGKILL)
        shop.wait(30)
    wait_until_stopped(tmp_path / "var", port)


def test_a_port_in_use_is_reported(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        shop = up(environment, tmp_path, port, tmp_path / "log")
        assert shop.wait(60) == 1
    assert f"Port {port} is in use by another program" in (tmp_path / "log").read_text()


def test_a_full_disk_is_reported_and_the_next_start_continues(environment: dict[str, str], tmp_path: Path) -> None:
    demo, port, log = make_demo(tmp_path / "demo"), free_port(), tmp_path / "log"
    with small_disk(Path(tempfile.mkdtemp()), 300 * 1024) as disk:
        disk.chmod(0o755)  # PostgreSQL may run as another user
        environment["DATA_DIR"] = str(disk / "var")
        ballast = fill(disk, leave=30 * 2**20)
        shop = up(environment, demo, port, log)
        try:
            assert shop.wait(60) == 1
        finally:
            shop.kill()
        assert "The disk is full" in log.read_text()
        assert "Free some space" in log.read_text()
        devdb.stop(devdb.locate(disk / "var"))
        ballast.unlink()
        shop = up(environment, demo, port, log)
        try:
            wait_until_ready(shop, f"http://127.0.0.1:{port}", log, STARTUP_TIMEOUT)
        finally:
            shop.send_signal(signal.SIGINT)
            shop.wait(30)
            devdb.stop(devdb.locate(disk / "var"))

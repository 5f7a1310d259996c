"""`manage.py up` as a whole: a first start, and a second one that repeats no work."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.conf import settings

from shop import devdb
from shop.management.commands.up import Command
from tests.servers import free_port, wait_until_ready
from tests.visualsearch.other_networks import make_network
from visualsearch.networks import serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]

STARTUP_TIMEOUT = 240  # seconds; the first start embeds the demo
VECTORS = "SELECT count(*), max(updated_at) FROM visualsearch_imageembedding WHERE vector IS NOT NULL"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    var = tmp_path / "var"
    changed = {"DATA_DIR": str(var), "MEDIA_ROOT": str(tmp_path / "media"), "CELERY_BROKER_URL": "pgmq://localhost",
               "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}  # fmt: skip
    yield {**os.environ, **changed}
    place = devdb.locate(var)
    devdb.stop(place)
    shutil.rmtree(place.root, ignore_errors=True)


@contextmanager
def running(environment: dict[str, str], output: Path) -> Iterator[str]:
    """Run the shop until Ctrl-C. Yield its address once it answers."""
    port = free_port()
    command = [sys.executable, "manage.py", "up", f"--port={port}"]
    with output.open("wb") as log:
        shop = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(shop, address, output, STARTUP_TIMEOUT)
        yield address
    finally:
        shop.send_signal(signal.SIGINT)
        assert shop.wait(30) == 0


def password_reset_mail(address: str, data: Path) -> str:
    """Return the mail that the worker sends after staff request a new password."""
    page, browser = f"{address}/account/password/reset/", requests.Session()
    browser.get(page, timeout=10).raise_for_status()
    fields = {"email": "admin@example.com", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    browser.post(page, fields, timeout=10).raise_for_status()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in (data / "mail").glob("*"):
            if "password/reset/key" in (text := file.read_text()):
                return text
        time.sleep(0.5)
    pytest.fail("no mail was sent")


def test_up_serves_photo_search_and_a_second_start_embeds_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    photo = settings.BASE_DIR / "demo" / "images" / "halden-mug-blue-1.jpg"
    with running(environment, tmp_path / "first.log") as address:
        found = requests.post(f"{address}/api/v1/search/photo/", files={"photo": photo.read_bytes()}, timeout=60)
        assert found.status_code == 200, found.text
        assert found.json()["results"][0]["product"]["slug"] == photo.stem.rsplit("-", 1)[0]
        ready_deadline = time.monotonic() + 60
        while requests.get(f"{address}/readyz", timeout=5).status_code != 200:
            assert time.monotonic() < ready_deadline
            time.sleep(0.5)
    with psycopg.connect(devdb.conninfo(devdb.locate(tmp_path / "var"))) as connection:
        before = connection.execute(VECTORS).fetchone()
    with running(environment, tmp_path / "second.log") as address:
        assert "<html" in requests.get(address, timeout=10).text
        assert f"{address}/account/password/reset/key/" in password_reset_mail(address, tmp_path / "var")
    with psycopg.connect(devdb.conninfo(devdb.locate(tmp_path / "var"))) as connection:
        assert connection.execute(VECTORS).fetchone() == before
    assert "admin@example.com" in (tmp_path / "first.log").read_text()


@pytest.mark.django_db(transaction=True)
def test_network_of_the_settings_becomes_a_candidate_beside_the_live_one(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = serving.live()
    settings.VISUALSEARCH_NETWORK = str(make_network(tmp_path / "other"))
    Command()._register_networks()
    assert "stays live" in capsys.readouterr().out
    assert serving.live() == live
    assert [network.name for network in serving.available()] == [live.name, "other"]

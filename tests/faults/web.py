"""gunicorn as `manage.py up` starts it, before the database of the tests, on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from django.conf import settings
from django.db import connection

from tests.shop.test_up import free_port

SECONDS = 60


@dataclass
class Web:
    """A server that runs: its address, and the memory of its worker."""

    address: str
    pid: int

    def resident(self, which: str = "VmRSS") -> int:
        """Megabytes that the one worker has in memory; by VmHWM, the most it ever had."""
        (worker,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        lines = Path(f"/proc/{worker}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:")) // 1024


def database_url() -> str:
    """The address of the database that this process is connected to."""
    found = connection.settings_dict
    return f"postgres://{found['USER']}@{quote(str(found['HOST']), safe='')}/{found['NAME']}"


@contextmanager
def serving(*command: str, **changed: str) -> Iterator[Web]:
    """One worker of four threads, or the command, with `{port}` in it."""
    port = free_port()
    gunicorn = ["-m", "gunicorn", "shop.wsgi", "--bind=127.0.0.1:{port}", "--worker-class=gthread", "--workers=1",
                "--threads=4", "--log-level=error"]  # fmt: skip
    arguments = [each.format(port=port) for each in command or gunicorn]
    environment = {**os.environ, "DATABASE_URL": database_url(), "VISUALSEARCH_THREADS": "1", **changed}
    process = subprocess.Popen([sys.executable, *arguments], cwd=settings.BASE_DIR, env=environment)
    web = Web(f"http://127.0.0.1:{port}", process.pid)
    try:
        wait_until_it_answers(web.address, process)
        yield web
    finally:
        process.terminate()
        process.wait(30)


def wait_until_it_answers(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            requests.get(f"{address}/healthz", timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{address} has not answered within {SECONDS} s")

"""Run web processes of the shop, and nginx in front of them, on free local ports."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
STARTUP_TIMEOUT = 60  # seconds
NGINX = Path("/usr/sbin/nginx")
NGINX_CONF = """
{user}
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
daemon off;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/semblance.conf;
}}
"""


@dataclass
class WebServer:
    """A running gunicorn or nginx."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self, field: str = "VmRSS") -> int:
        """Return the memory of the only worker in MB; VmHWM is its peak."""
        (worker,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        lines = Path(f"/proc/{worker}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) // 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """Return the URL of the database that the tests use."""
    database = connection.settings_dict
    return f"postgres://{database['USER']}@{quote(str(database['HOST']), safe='')}/{database['NAME']}"


@contextmanager
def web_server(*command: str, workers: int = 1, **environment: str) -> Iterator[WebServer]:
    """Run gunicorn with four threads a worker, or another Python command whose `{port}` is filled in."""
    gunicorn = (
        "-m", "gunicorn", "shop.wsgi", "--bind=127.0.0.1:{port}", "--worker-class=gthread", f"--workers={workers}",
        "--threads=4", "--graceful-timeout=2", "--log-level=error",
    )  # fmt: skip
    port = free_port()
    arguments = [argument.format(port=port) for argument in command or gunicorn]
    changed = {"DEBUG": "1", "VISUALSEARCH_THREADS": "1", **environment}
    with _running([sys.executable, *arguments], port, env={**os.environ, **changed}) as server:
        yield server


@contextmanager
def nginx(upstream: int, folder: Path) -> Iterator[WebServer]:
    """Run nginx in front of the port `upstream`, with `deploy/nginx.conf` adapted to this machine."""
    port = free_port()
    (folder / "semblance.conf").write_text(_configuration(upstream, port, folder))
    (folder / "nginx.conf").write_text(
        NGINX_CONF.format(folder=folder, user="user root;" if os.geteuid() == 0 else "")
    )
    command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with _running(command, port) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, env: dict[str, str] | None = None) -> Iterator[WebServer]:
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    server = WebServer(port, process.pid)
    try:
        wait_until_ready(process, server.url)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(
    process: "subprocess.Popen[bytes]", url: str, log: Path | None = None, timeout: int = STARTUP_TIMEOUT
) -> None:
    """Wait for `/healthz` to answer. Fail, with the log, if the process ends or the timeout passes."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text() if log else "the server ended"
        try:
            requests.get(f"{url}/healthz", timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} did not answer within {timeout} s. {log.read_text() if log else ''}")


def _configuration(upstream: int, port: int, folder: Path) -> str:
    """Return the shipped configuration without TLS, on other ports and folders."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for line, replacement in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
        "/srv/semblance/var/static/;": f"{folder}/static/;",
        "/srv/semblance/var/media/renditions/;": f"{folder}/media/renditions/;",
    }.items():
        assert text.count(line) == 1, f"deploy/nginx.conf has no line {line}"
        text = text.replace(line, replacement)
    return re.sub(r"\n +ssl_\w+ [^\n]+", "", text).replace("shop.example.com", "localhost")

"""gunicorn and nginx as they are deployed, on free ports of this machine, for the time of a test."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.web import wait_until_it_answers

ROOT = Path(__file__).resolve().parents[2]
NGINX = Path("/usr/sbin/nginx")
MAIN = """
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


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def gunicorn(**environment: str) -> Iterator[int]:
    """The shop's web processes as `make run` starts them; gives their port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "shop.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread",
               "--workers=2", "--threads=4", "--graceful-timeout=2", "--log-level=error"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DEBUG": "1", "LOG_LEVEL": "CRITICAL", **environment}
    )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def nginx(upstream: int, folder: Path) -> Iterator[int]:
    """`deploy/nginx.conf` with the lines changed that it tells its owner to change; gives its port."""
    port = free_port()
    (folder / "semblance.conf").write_text(configuration(upstream, port, folder))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
    process = subprocess.Popen([str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"),
                                "-c", str(folder / "nginx.conf")])  # fmt: skip
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def configuration(upstream: int, port: int, folder: Path) -> str:
    """The shipped configuration for this machine: without TLS, on other ports and folders."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for line, instead in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
        "/srv/semblance/var/static/;": f"{folder}/static/;",
        "/srv/semblance/var/media/;": f"{folder}/media/;",
    }.items():
        assert text.count(line) == 1, f"deploy/nginx.conf has no line {line}"
        text = text.replace(line, instead)
    return re.sub(r"\n +ssl_\w+ [^\n]+", "", text).replace("shop.example.com", "localhost")

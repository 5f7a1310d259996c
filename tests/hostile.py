"""A server of pictures that behaves badly, on addresses of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import picture

DRIP_SECONDS = 0.2


class Handler(BaseHTTPRequestHandler):
    """Answers by the path; each request is noted on the server."""

    server: HostileServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        name = self.path.strip("/").partition("?")[0].partition("-")[0].replace(".", "_")
        try:
            getattr(self, f"send_{name}", self.send_missing)()
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.append(self.path)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def send_good(self) -> None:
        colour = f"#{sum(self.path.encode()) % 4096:03x}"
        self.send(picture(colour=colour), Content_Type="image/jpeg")

    def send_tagged(self) -> None:
        if self.headers.get("If-None-Match") == '"one"':
            self.send(b"", 304, ETag='"one"')
        else:
            self.send(picture(), ETag='"one"', Last_Modified="Sat, 01 Nov 2025 00:00:00 GMT")

    def send_missing(self) -> None:
        self.send(b"no", 404)

    def send_busy(self) -> None:
        self.send(b"", 503, Retry_After="600")

    def send_private(self) -> None:
        self.send(b"", 302, Location=f"http://127.0.0.2:{self.server.victim_port}/secret")

    def send_metadata(self) -> None:
        self.send(b"", 302, Location="http://169.254.169.254/latest/meta-data/")

    def send_file(self) -> None:
        self.send(b"", 302, Location="file:///etc/passwd")

    def send_round(self) -> None:
        self.send(b"", 302, Location=f"/round-{time.monotonic_ns()}")

    def send_moved(self) -> None:
        self.send(b"", 301, Location="/good-moved")

    def send_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.is_over.is_set():
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(DRIP_SECONDS)

    def send_header_drip(self) -> None:
        while not self.server.is_over.is_set():
            self.wfile.write(b"H")
            self.wfile.flush()
            time.sleep(DRIP_SECONDS)

    send_headers = send_header_drip  # the path /headers-…

    def send_silent(self) -> None:
        self.server.is_over.wait(30)

    def send_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.is_over.is_set():
            self.wfile.write(bytes(2**16))

    def send_huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10 * 2**30))
        self.end_headers()
        self.wfile.write(bytes(2**10))

    def send_html(self) -> None:
        self.send(b"<html>Log in</html>", Content_Type="text/html")

    def send_vector(self) -> None:
        self.send(b'<svg xmlns="http://www.w3.org/2000/svg"/>', Content_Type="image/svg+xml")

    def send_bomb(self) -> None:
        self.send(self.server.bomb, Content_Type="image/png")

    def send_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4000")
        self.end_headers()
        self.wfile.write(picture())

    def send_empty(self) -> None:
        self.send(b"", Content_Type="image/jpeg")


class HostileServer(ThreadingHTTPServer):
    """The server, what it was asked, and which requests the client broke off."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), Handler)
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.hung_up: list[str] = []
        self.is_over = threading.Event()
        self.victim_port = 1
        self.bomb = b""

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}"  # type: ignore[str-bytes-safe]


@contextmanager
def hostile_server(host: str = "127.0.0.1") -> Iterator[HostileServer]:
    """Run the server in a thread."""
    with HostileServer(host) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.shutdown()

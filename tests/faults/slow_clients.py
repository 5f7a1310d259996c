"""Measure how long the shop takes to answer while slow clients are connected.

`python -m tests.faults.slow_clients` connects 50 clients of each kind to the web processes, directly and through
`deploy/nginx.conf`, and prints how long `/healthz` takes.
"""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.servers import nginx, web_server

CLIENTS = 50
REQUESTS = 30
TIMEOUT = 2.0  # seconds

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=")  # fmt: skip
LARGE = "/static/vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm.gz"
READ = f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
KINDS = {"send headers slowly": HEAD, "send a body slowly": BODY, "read slowly": READ, "send nothing": b""}


@contextmanager
def slow_clients(port: int, start: bytes, number: int = CLIENTS) -> Iterator[Callable[[], int]]:
    """Open connections that send `start` and then stall. Yield a function that sends one more byte on each."""
    clients = []
    for _ in range(number):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(TIMEOUT)
        client.connect(("127.0.0.1", port))
        client.sendall(start)
        clients.append(client)

    def trickle() -> int:
        """Send one more byte on each connection. Return the number that are still connected."""
        alive = 0
        for client in clients:
            try:
                if start and start != READ:
                    client.sendall(b"a")
                alive += 1
            except OSError:
                continue
        return alive

    try:
        yield trickle
    finally:
        for client in clients:
            client.close()


def response_times(url: str, number: int = REQUESTS) -> list[float]:
    """Return the seconds of each response, TIMEOUT for none. Stop early if the first ten all time out."""
    seconds = []
    for _ in range(number):
        start = time.monotonic()
        try:
            requests.get(f"{url}/healthz", timeout=TIMEOUT, stream=True).close()
            seconds.append(time.monotonic() - start)
        except requests.RequestException:
            seconds.append(TIMEOUT)
        if len(seconds) >= 10 and min(seconds) >= TIMEOUT:
            break
    return seconds


def main() -> None:
    print(f"{CLIENTS} clients        | through    | median s | 95 % s | unanswered")  # noqa: T201
    with (
        web_server(workers=2, LOG_LEVEL="CRITICAL") as web,
        tempfile.TemporaryDirectory() as folder,
        nginx(web.port, Path(folder)) as proxy,
    ):
        for kind, start in KINDS.items():
            for name, server in {"gunicorn": web, "nginx": proxy}.items():
                with slow_clients(server.port, start) as trickle:
                    time.sleep(1)
                    trickle()
                    seconds = sorted(response_times(server.url))
                lost = sum(each >= TIMEOUT for each in seconds) / len(seconds)
                figures = f"{seconds[len(seconds) // 2]:8.3f} | {seconds[int(len(seconds) * 0.95)]:6.3f} | {lost:6.0%}"
                print(f"{kind:19} | {name:10} | {figures}")  # noqa: T201


if __name__ == "__main__":
    main()

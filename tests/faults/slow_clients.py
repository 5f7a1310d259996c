"""Clients that take their time, and how long the shop takes to answer everybody else meanwhile.

`python -m tests.faults.slow_clients` starts the web processes, alone and behind `deploy/nginx.conf`, lets 50 clients
of each kind hang on them, and prints how long `/healthz` takes. It needs no database.
"""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.faults.servers import gunicorn, nginx

CLIENTS = 50
ASKED = 30
PATIENCE = 2.0  # seconds after which an answer counts as none

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=")  # fmt: skip
LARGE = "/static/vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm.gz"
READ = f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
KINDS = {"send headers slowly": HEAD, "send a body slowly": BODY, "read slowly": READ, "send nothing": b""}


@contextmanager
def slow_clients(port: int, start: bytes, number: int = CLIENTS) -> Iterator[Callable[[], int]]:
    """So many connections that say `start` and then as good as nothing; the call sends one more byte on each."""
    clients = []
    for _ in range(number):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        client.sendall(start)
        clients.append(client)

    def trickle() -> int:
        """How many are connected still."""
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


def answers(port: int, asked: int = ASKED, path: str = "/healthz") -> list[float]:
    """Seconds that each answer took; PATIENCE where there was none."""
    took = []
    for _ in range(asked):
        begun = time.monotonic()
        try:
            requests.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE, stream=True).close()
            took.append(time.monotonic() - begun)
        except requests.RequestException:
            took.append(PATIENCE)
        if len(took) >= 10 and min(took) >= PATIENCE:
            break  # it hangs; no need to wait for the rest
    return took


def main() -> None:
    """Print a table."""
    print(f"{CLIENTS} clients        | through    | median s | 95 % s | unanswered")  # noqa: T201
    with gunicorn() as web, tempfile.TemporaryDirectory() as folder, nginx(web, Path(folder)) as proxy:
        for kind, start in KINDS.items():
            for name, port in {"gunicorn": web, "nginx": proxy}.items():
                with slow_clients(port, start) as trickle:
                    time.sleep(1)
                    trickle()
                    took = sorted(answers(port))
                lost = sum(each >= PATIENCE for each in took) / len(took)
                figures = f"{took[len(took) // 2]:8.3f} | {took[int(len(took) * 0.95)]:6.3f} | {lost:6.0%}"
                print(f"{kind:19} | {name:10} | {figures}")  # noqa: T201


if __name__ == "__main__":
    main()

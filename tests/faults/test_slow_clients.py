"""The shop behind the configuration that it ships: slow clients hold nobody up, and bounds hold at the door."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shop.http.headers import WORKER_POLICY
from tests.faults.servers import NGINX, gunicorn, nginx
from tests.faults.slow_clients import CLIENTS, KINDS, READ, slow_clients

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nginx")]
SECONDS = 30  # far more than an answer takes, far less than the slow clients would hold it up


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "static" / "js" / "device.worker.0123456789ab.js").write_text("// a worker\n")
    (folder / "static" / "large.bin").write_bytes(b"x" * 20_000_000)
    (folder / "media").mkdir()
    (folder / "media" / "a.jpg").write_bytes(b"a picture")
    return folder


@pytest.fixture(scope="module")
def port(files: Path) -> Iterator[int]:
    assert NGINX.exists(), "This test needs Debian's nginx: apt-get install nginx, as .ci/run does."
    with gunicorn(TRUSTED_PROXIES="1", ALLOWED_HOSTS="localhost,127.0.0.1") as web, nginx(web, files) as proxy:
        yield proxy


@pytest.mark.parametrize("start", KINDS.values(), ids=KINDS)
def test_everybody_is_answered_while_slow_clients_hang(port: int, start: bytes) -> None:
    start = start.replace(READ, b"GET /static/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with slow_clients(port, start) as trickle:
        assert trickle() == CLIENTS
        for path in ("/healthz", "/robots.txt", "/media/a.jpg"):
            answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=SECONDS)
            assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/account/login/", "/api/v1/cart/lines/", "/search/photo/", "/admin/"])
def test_a_huge_body_is_refused_at_the_door(port: int, path: str) -> None:
    huge = {"Content-Length": str(400 * 2**20), "Content-Type": "multipart/form-data; boundary=b"}
    with requests.Session() as session:
        asked = requests.Request("POST", f"http://127.0.0.1:{port}{path}").prepare()
        asked.headers.update(huge)
        assert session.send(asked, timeout=SECONDS).status_code == 413


def test_too_large_a_photo_is_refused_in_the_shape_of_every_error(port: int) -> None:
    answer = requests.post(f"http://127.0.0.1:{port}/api/v1/search/photo/", data=b"x" * (22 * 2**20), timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (413, "image_too_large")


def test_files_are_served_with_their_headers(port: int) -> None:
    address = f"http://127.0.0.1:{port}/static/js/device.worker.0123456789ab.js"
    worker = requests.get(address, timeout=SECONDS)
    assert worker.headers["Content-Security-Policy"] == WORKER_POLICY
    assert "immutable" in worker.headers["Cache-Control"]
    assert requests.get(f"http://127.0.0.1:{port}/media/a.jpg", timeout=SECONDS).content == b"a picture"

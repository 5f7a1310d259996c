"""The web processes behind `deploy/nginx.conf`: slow clients block no one, and nginx refuses large bodies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shop.http.headers import WORKER_POLICY
from tests.faults.slow_clients import CLIENTS, KINDS, READ, slow_clients
from tests.servers import NGINX, WebServer, nginx, web_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nginx")]
TIMEOUT = 30  # seconds; slow clients would block a response for longer


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "static" / "js" / "device.worker.0123456789ab.js").write_text("// a worker\n")
    (folder / "static" / "large.bin").write_bytes(b"x" * 20_000_000)
    (folder / "media" / "renditions").mkdir(parents=True)
    (folder / "media" / "renditions" / "a.jpg").write_bytes(b"a picture")
    return folder


@pytest.fixture(scope="module")
def server(files: Path) -> Iterator[WebServer]:
    assert NGINX.exists(), "This test needs nginx: apt-get install nginx"
    options = {"TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "localhost,127.0.0.1", "LOG_LEVEL": "CRITICAL"}
    with web_server(workers=2, **options) as web, nginx(web.port, files) as proxy:
        yield proxy


@pytest.mark.parametrize("start", KINDS.values(), ids=KINDS)
def test_slow_clients_block_no_one(server: WebServer, start: bytes) -> None:
    start = start.replace(READ, b"GET /static/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with slow_clients(server.port, start) as trickle:
        assert trickle() == CLIENTS
        for path in ("/healthz", "/robots.txt", "/media/renditions/a.jpg"):
            response = requests.get(f"{server.url}{path}", timeout=TIMEOUT)
            assert response.status_code == 200


@pytest.mark.parametrize("path", ["/", "/account/login/", "/api/v1/cart/lines/", "/search/photo/", "/admin/"])
def test_nginx_refuses_a_huge_body(server: WebServer, path: str) -> None:
    huge = {"Content-Length": str(400 * 2**20), "Content-Type": "multipart/form-data; boundary=b"}
    with requests.Session() as session:
        request = requests.Request("POST", f"{server.url}{path}").prepare()
        request.headers.update(huge)
        assert session.send(request, timeout=TIMEOUT).status_code == 413


def test_nginx_refuses_a_large_photo_with_an_api_error(server: WebServer) -> None:
    response = requests.post(f"{server.url}/api/v1/search/photo/", data=b"x" * (22 * 2**20), timeout=TIMEOUT)
    assert (response.status_code, response.json()["code"]) == (413, "image_too_large")


def test_nginx_serves_files_with_their_headers(server: WebServer) -> None:
    worker = requests.get(f"{server.url}/static/js/device.worker.0123456789ab.js", timeout=TIMEOUT)
    assert worker.headers["Content-Security-Policy"] == WORKER_POLICY
    assert "immutable" in worker.headers["Cache-Control"]
    assert requests.get(f"{server.url}/media/renditions/a.jpg", timeout=TIMEOUT).content == b"a picture"

"""Chunked bodies: accepted within the upload limit where the server decodes them, else refused with 411."""

import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from shop.http.body_limits import max_body_size
from shop.http.chunked import DAMAGED, ERROR_KEY, NO_LENGTH, TOO_LARGE, ChunkedBodies
from tests.conftest import picture
from tests.servers import database_url, web_server

FORM = "multipart/form-data; boundary=b"
PHOTO = (
    b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    + picture(200, 150)
    + b"\r\n--b--\r\n"
)
API, PAGE = "/api/v1/search/photo/", "/search/photo/"


RUNSERVER = ("manage.py", "runserver", "--noreload", "127.0.0.1:{port}")


class Endless:
    """Endless chunks."""

    read_bytes = 0

    def read(self, size: int) -> bytes:
        self.read_bytes += size
        return b"x" * size


class Broken:
    def read(self, size: int) -> bytes:
        raise OSError("Invalid chunk size")


def received_environ(**changed: Any) -> dict[str, Any]:
    """Return the WSGI environment that the application receives."""
    found: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_TYPE": FORM, **changed}
    ChunkedBodies(application)(environ, lambda *_args: lambda _data: None)
    return found


def test_chunks_become_one_body_with_a_length() -> None:
    environ = received_environ(**{"wsgi.input": BytesIO(PHOTO)})
    assert (environ["CONTENT_LENGTH"], environ[ERROR_KEY]) == (str(len(PHOTO)), "")
    assert environ["wsgi.input"].read() == PHOTO


@pytest.mark.parametrize("kind", [FORM, "application/json", "application/x-www-form-urlencoded", ""])
def test_endless_chunks_are_read_up_to_the_limit(kind: str) -> None:
    body = Endless()
    environ = received_environ(CONTENT_TYPE=kind, **{"wsgi.input": body})
    assert (environ[ERROR_KEY], environ["wsgi.input"].read()) == (TOO_LARGE, b"")
    assert body.read_bytes == max_body_size(kind.partition(";")[0]) + 1


def test_malformed_chunks_are_refused() -> None:
    assert received_environ(**{"wsgi.input": Broken()})[ERROR_KEY] == DAMAGED


@pytest.mark.parametrize("changed", [{"wsgi.input_terminated": False}, {"HTTP_TRANSFER_ENCODING": "gzip, chunked"}])
def test_chunks_that_the_server_does_not_decode_are_refused(changed: dict[str, Any]) -> None:
    assert received_environ(**{"wsgi.input": Endless(), **changed})[ERROR_KEY] == NO_LENGTH


def test_a_given_length_is_used() -> None:
    body = BytesIO(PHOTO)
    assert received_environ(CONTENT_LENGTH="7", **{"wsgi.input": body})["wsgi.input"] is body


def chunks(body: bytes, size: int = 1000) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def post(address: str, body: Iterator[bytes], kind: str = FORM) -> requests.Response:
    """Send a request without a length, as requests does for iterators."""
    return requests.post(address, data=body, headers={"Content-Type": kind}, timeout=30)


def send_raw(address: str, lines: bytes) -> bytes:
    """Send raw bytes and return the status line of the response."""
    where = urlsplit(address)
    with socket.create_connection((str(where.hostname), int(where.port or 80)), timeout=30) as connection:
        connection.sendall(lines)
        return connection.recv(1000).split(b"\r\n", 1)[0]


@pytest.mark.django_db(transaction=True)
def test_gunicorn_accepts_a_photo_in_chunks() -> None:
    with web_server(DATABASE_URL=database_url()) as web:
        found = post(web.url + API, chunks(PHOTO))
        assert (found.status_code, found.json().get("region")) == (200, [0, 0, 1, 1])
        large = post(web.url + API, chunks(bytes(max_body_size("multipart/form-data") + 2**20), 2**16))
        assert (large.status_code, large.json()["code"]) == (413, "image_too_large")
        text = post(web.url + "/api/v1/cart/lines/", chunks(b"x" * 6 * 2**20, 2**16), "application/json")
        assert (text.status_code, text.json()["code"]) == (413, "body_too_large")
        head = b"POST /api/v1/search/photo/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        kind = f"Content-Type: {FORM}\r\n\r\n".encode()
        assert b" 400 " in send_raw(web.url, head + kind + b"nonsense\r\n\r\n")
        assert requests.get(web.url + "/healthz", timeout=10).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_runserver_requires_a_length() -> None:
    with web_server(*RUNSERVER, DATABASE_URL=database_url()) as web:
        refused = post(web.url + API, chunks(PHOTO))
        assert (refused.status_code, refused.json()["code"]) == (411, "length_required")
        assert "Content-Length" in refused.json()["detail"]
        assert requests.post(web.url + API, files={"photo": picture(200, 150)}, timeout=30).status_code == 200

"""Body size limits by sender. Anonymous bodies never reach the disk."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from shop.accounts.models import Customer
from shop.http.body_limits import max_body_size, max_staff_body_size

pytestmark = pytest.mark.django_db
FORM = "multipart/form-data; boundary=b"
HUGE = 400 * 2**20
PATHS = [
    "/admin/", "/admin/login/", "/admin/catalog/product/add/", "/account/login/", "/account/signup/", "/",
    "/products/", "/search/photo/", "/cart/add/", "/payments/webhooks/test/", "/no-such-page/",
    "/api/v1/search/photo/", "/api/v1/cart/lines/", "/api/v1/no-such-call/", "/media/x.jpg", "/static/x.js",
]  # fmt: skip
# The photo search reports large photos itself. Unknown paths read nothing either.
ALLOWED = {
    "/search/photo/": (413, 400), "/api/v1/search/photo/": (413, 400), "/no-such-page/": (413, 404),
    "/static/x.js": (413, 404),
}  # fmt: skip
FILE = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
SMALL_FILE = FILE + b"x\r\n"
FIELD = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n'
NAMELESS = b"--b\r\nX-Nothing: here\r\n\r\n"


class Endless:
    """An endless body that counts how much is read."""

    def __init__(self, start: bytes) -> None:
        self.start, self.read_bytes = start, 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "the body was read without a bound"
        begin, self.start = self.start[:size], self.start[size:]
        self.read_bytes += size
        return begin + b"x" * (size - len(begin))

    readline = read


@pytest.fixture(autouse=True)
def temporary_files(settings: Any, tmp_path: Path) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def send(client: Client, path: str, kind: str, start: bytes, length: int = HUGE) -> tuple[int, int]:
    """Return the status and the number of bytes read."""
    body = Endless(start)
    client.raise_request_exception = False
    sent: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind}
    answer = client.generic("POST", path, **sent)
    return answer.status_code, body.read_bytes


@pytest.mark.parametrize("start", [FILE, FIELD, NAMELESS, b""], ids=["file", "field", "nameless part", "no part"])
@pytest.mark.parametrize("length", [HUGE, 30 * 2**20], ids=["for nobody", "for staff"])
def test_a_huge_anonymous_form_is_refused_unread(
    client: Client, temporary_files: Path, start: bytes, length: int
) -> None:
    for path in PATHS:
        status, read = send(client, path, FORM, start, length)
        assert status in ALLOWED.get(path, (413,)), path
        assert read <= max_body_size(FORM.partition(";")[0]), path
    assert not list(temporary_files.iterdir())


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "image/jpeg"])
def test_a_huge_body_of_another_type_is_refused_unread(client: Client, kind: str) -> None:
    for path in PATHS:
        assert send(client, path, kind, b"{") == (413, 0), path
        assert send(client, path, kind, b"{", 6 * 2**20) == (413, 0), path


def test_customers_have_the_same_limit_as_guests(client: Client, alice: Customer) -> None:
    client.force_login(alice)
    assert send(client, "/admin/", FORM, FILE, 30 * 2**20) == (413, 0)


def test_staff_have_a_larger_limit(client: Client, temporary_files: Path) -> None:
    client.force_login(Customer.objects.create_superuser("staff@example.com", "a long passphrase"))
    assert send(client, "/admin/catalog/product/add/", FORM, FILE, max_staff_body_size() + 1) == (413, 0)
    status, read = send(client, "/admin/catalog/product/add/", FORM, FILE, 30 * 2**20)
    assert (status, read >= 30 * 2**20) == (200, True)  # the form with its errors
    assert send(client, "/cart/add/", FORM, FILE, 30 * 2**20) == (413, 0)


def test_a_huge_api_body_gets_an_api_error(client: Client) -> None:
    answer = client.post("/api/v1/cart/lines/", b" " * (6 * 2**20), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    answer = client.generic("POST", "/api/v1/search/photo/", FILE + b"x" * (25 * 2**20), FORM)
    assert (answer.status_code, answer.json()["code"]) == (413, "image_too_large")


@pytest.mark.parametrize("part", [SMALL_FILE, FIELD + b"\r\n"], ids=["files", "fields"])
def test_a_form_with_too_many_parts_is_refused(client: Client, temporary_files: Path, part: bytes) -> None:
    client.raise_request_exception = False
    body = part * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1) + b"--b--\r\n"
    for path in PATHS:
        assert client.generic("POST", path, body, FORM).status_code in (400, 403, 404, 405), path
    assert not list(temporary_files.iterdir())


@pytest.mark.parametrize("length", ["-1", "a", "1e9", "", "9" * 30])
def test_a_malformed_length_causes_no_server_error(client: Client, length: str) -> None:
    client.raise_request_exception = False
    for path in PATHS:
        for kind in (FORM, "application/json", "application/x-www-form-urlencoded"):
            assert client.generic("POST", path, SMALL_FILE, kind, CONTENT_LENGTH=length).status_code < 500, (
                path,
                kind,
            )


@pytest.mark.parametrize(("length", "guest", "staff"), [("", 204, 204), ("1000", 204, 204), (str(HUGE), 403, 204),
                                                        ("9" * 30, 403, 204), ("x", 403, 204)])  # fmt: skip
def test_the_web_server_in_front_learns_who_may_send_large_bodies(length: str, guest: int, staff: int) -> None:
    client = Client(headers={"X-Body-Length": length})
    assert client.get("/admin/admitted/").status_code == guest
    client.force_login(Customer.objects.create_superuser("staff@example.com", "a long passphrase"))
    assert client.get("/admin/admitted/").status_code == staff

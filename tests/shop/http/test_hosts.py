"""Allowed host names, and health checks under any host."""

from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.test import Client

SILENT = "django.security.DisallowedHost"
HOSTS = ["evil.example", "10.0.0.7", "10.0.0.7:8000", "[::1]", "shop.test.evil.example", "", "a b", "shop.test:x",
         "\xe9", "x" * 5000, "shop.test@evil.example"]  # fmt: skip
PAGES = ["/", "/products/", "/account/login/", "/admin/", "/api/v1/products/", "/api/v1/no-such-call/",
         "/sitemap.xml", "/static/css/base.css", "/media/x.jpg", "/no-such-page/", "/robots.txt"]  # fmt: skip


@pytest.fixture(autouse=True)
def _production(settings: Any) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["shop.test"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.fixture
def anyone() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("secure", [False, True])
def test_an_unknown_host_is_refused_on_every_page(
    anyone: Client, host: str, secure: bool, caplog: pytest.LogCaptureFixture
) -> None:
    for page in PAGES:
        answer = anyone.get(page, SERVER_NAME=host, secure=secure, headers={"host": host} if host else {})
        assert answer.status_code == 400, page
    assert {record.name for record in caplog.records} <= {SILENT}


def test_an_unknown_host_is_not_logged() -> None:
    logging: Any = shop_settings.LOGGING
    logger = logging["loggers"][SILENT]
    assert not logger["propagate"]
    assert [logging["handlers"][each]["class"] for each in logger["handlers"]] == ["logging.NullHandler"]


@pytest.mark.parametrize("host", HOSTS)
def test_healthz_accepts_any_host(anyone: Client, host: str) -> None:
    assert anyone.get("/healthz", headers={"host": host}).json() == {"status": "alive"}


@pytest.mark.django_db
def test_readyz_accepts_any_host(anyone: Client) -> None:
    assert "database" in anyone.get("/readyz", headers={"host": "10.0.0.7:8000"}).json()


def test_the_refusal_page_needs_no_collected_static_files(anyone: Client, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    assert anyone.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_api_refuses_an_unknown_host_as_json(anyone: Client) -> None:
    answer = anyone.get("/api/v1/products/", secure=True, headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")

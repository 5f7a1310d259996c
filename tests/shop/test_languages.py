"""Pages are in one language each: what the shop is not wholly translated into is not offered."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, override

from shop.accounts.models import Customer
from shop.languages import TRANSLATED, languages, offered
from shop.mail import queue_mail, render
from tests.factories import ProductFactory
from tests.shop.fulfilment.test_admin import staff

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}


@pytest.fixture
def in_german() -> Client:
    client = staff("orders")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de-DE,de;q=0.9"
    return client


@pytest.mark.parametrize(
    ("address", "english", "german"),
    [
        ("/", "Search", "Suche"),
        ("/account/login/", "Password", "Passwort"),
        ("/account/signup/", "Password", "Passwort"),
        ("/admin/login/", "Log in", "Anmelden"),
    ],
)
def test_a_german_browser_reads_english_and_nothing_else(
    client: Client, address: str, english: str, german: str
) -> None:
    page = client.get(address, headers=GERMAN, follow=True).content.decode()
    assert '<html lang="en"' in page
    assert english in page
    assert german not in page


def test_errors_of_forms_are_in_the_language_of_their_page(client: Client) -> None:
    page = client.post("/account/login/", {"login": "", "password": ""}, headers=GERMAN).content.decode()
    assert "This field is required." in page
    assert "Dieses Feld" not in page


def test_errors_of_the_api_are_english_for_everybody(client: Client) -> None:
    answer = client.post("/api/v1/cart/lines/", {}, content_type="application/json", headers=GERMAN)
    assert (answer.status_code, "This field is required." in answer.content.decode()) == (400, True)


def test_the_admin_is_english_for_a_german_browser(in_german: Client) -> None:
    page = in_german.get("/admin/").content.decode()
    assert '<html lang="en"' in page
    assert "Log out" in page
    assert "Abmelden" not in page


def test_prices_are_written_as_the_language_of_their_page_does(client: Client) -> None:
    product = ProductFactory(price="1200.00")
    assert "€1,200.00" in client.get(product.get_absolute_url(), headers=GERMAN).content.decode()


def test_a_cookie_opens_no_language_that_is_not_offered(client: Client) -> None:
    client.cookies["django_language"] = "de"
    assert '<html lang="en"' in client.get("/").content.decode()


def test_a_mail_that_was_queued_in_a_language_no_longer_offered_is_in_one_language(alice: Customer) -> None:
    mail = queue_mail("accounts/notice", alice.email, "1", {"event": "password_changed", "at": "", "address": ""},
                      datetime(2026, 11, 23, tzinfo=UTC), language="de")  # fmt: skip
    html = str(render(mail).alternatives[0][0])
    assert '<html lang="en"' in html


@pytest.mark.parametrize(("code", "read"), [("en", "en"), ("en-gb", "en"), ("de", "en"), ("", "en"), ("xx-yy", "en")])
def test_whoever_asked_for_another_language_reads_the_shops_own(code: str, read: str) -> None:
    assert offered(code) == read


@pytest.mark.parametrize(("wanted", "codes"), [("en", ["en"]), ("en-gb", ["en", "en-gb"]), ("de", ["en"])])
def test_an_owner_may_want_a_variant_of_what_is_translated(wanted: str, codes: list[str]) -> None:
    assert [code for code, _name in languages(wanted)] == codes


@pytest.mark.parametrize(("wanted", "warned"), [("de", True), ("en-gb", False), ("en-zz", True)])
def test_a_language_that_is_not_translated_falls_back_with_a_warning(wanted: str, warned: bool) -> None:
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    environment: dict[str, Any] = {**os.environ, "LANGUAGE_CODE": wanted}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert ("not translated into" in done.stderr) == warned
    assert bool(done.returncode) == warned


def test_every_catalogue_of_ours_is_whole_and_listed() -> None:
    """A new language: run makemessages, translate everything, and name it in TRANSLATED."""
    catalogues = {path.parent.parent.name: path for path in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.po")}
    assert set(catalogues) == set(TRANSLATED) - {"en"}
    for code, path in catalogues.items():
        with path.open("rb") as file:
            rows = [row for row in read_po(file) if row.id]
        assert rows
        assert [row.id for row in rows if row.fuzzy or not row.string] == [], code


def test_django_itself_would_speak_german() -> None:
    """The twin: without the list, the same page is half German."""
    with override("de"):
        assert gettext("This field is required.") == "Dieses Feld ist zwingend erforderlich."

"""Only complete translations are offered, so pages never mix languages."""

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
def german() -> Client:
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
def test_an_untranslated_language_falls_back_to_english(
    client: Client, address: str, english: str, german: str
) -> None:
    page = client.get(address, headers=GERMAN, follow=True).content.decode()
    assert '<html lang="en"' in page
    assert english in page
    assert german not in page


def test_form_errors_are_in_the_language_of_their_page(client: Client) -> None:
    page = client.post("/account/login/", {"login": "", "password": ""}, headers=GERMAN).content.decode()
    assert "This field is required." in page
    assert "Dieses Feld" not in page


def test_api_errors_are_in_english(client: Client) -> None:
    answer = client.post("/api/v1/cart/lines/", {}, content_type="application/json", headers=GERMAN)
    assert (answer.status_code, "This field is required." in answer.content.decode()) == (400, True)


def test_the_admin_is_in_english_for_a_german_browser(german: Client) -> None:
    page = german.get("/admin/").content.decode()
    assert '<html lang="en"' in page
    assert "Log out" in page
    assert "Abmelden" not in page


def test_prices_are_formatted_in_the_language_of_their_page(client: Client) -> None:
    product = ProductFactory(price="1200.00")
    assert "€1,200.00" in client.get(product.get_absolute_url(), headers=GERMAN).content.decode()


def test_a_language_cookie_selects_only_offered_languages(client: Client) -> None:
    client.cookies["django_language"] = "de"
    assert '<html lang="en"' in client.get("/").content.decode()


def test_a_mail_queued_in_a_removed_language_falls_back(alice: Customer) -> None:
    mail = queue_mail("accounts/notice", alice.email, "1", {"event": "password_changed", "at": "", "address": ""},
                      datetime(2026, 11, 23, tzinfo=UTC), language="de")  # fmt: skip
    html = str(render(mail).alternatives[0][0])
    assert '<html lang="en"' in html


@pytest.mark.parametrize(("code", "read"), [("en", "en"), ("en-gb", "en"), ("de", "en"), ("", "en"), ("xx-yy", "en")])
def test_other_languages_fall_back_to_the_shops_own(code: str, read: str) -> None:
    assert offered(code) == read


@pytest.mark.parametrize(("wanted", "codes"), [("en", ["en"]), ("en-gb", ["en", "en-gb"]), ("de", ["en"])])
def test_a_variant_of_a_translated_language_is_offered(wanted: str, codes: list[str]) -> None:
    assert [code for code, _name in languages(wanted)] == codes


@pytest.mark.parametrize(("wanted", "warned"), [("de", True), ("en-gb", False), ("en-zz", True)])
def test_an_untranslated_language_code_falls_back_with_a_warning(wanted: str, warned: bool) -> None:
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    environment: dict[str, Any] = {**os.environ, "LANGUAGE_CODE": wanted}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert ("not translated into" in done.stderr) == warned
    assert bool(done.returncode) == warned


def test_every_translation_is_complete_and_listed() -> None:
    """To add a language, run makemessages, translate everything, and add it to TRANSLATED."""
    catalogues = {path.parent.parent.name: path for path in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.po")}
    assert set(catalogues) == set(TRANSLATED) - {"en"}
    for code, path in catalogues.items():
        with path.open("rb") as file:
            rows = [row for row in read_po(file) if row.id]
        assert rows
        assert [row.id for row in rows if row.fuzzy or not row.string] == [], code


def test_django_alone_would_offer_german() -> None:
    """Without the list, the same page would be half German."""
    with override("de"):
        assert gettext("This field is required.") == "Dieses Feld ist zwingend erforderlich."

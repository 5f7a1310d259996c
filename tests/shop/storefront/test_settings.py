"""The shop's settings: from the environment until the owner saves them, then from the database everywhere."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.feed.foreign import read_price
from catalog.feed.rows import InvalidRow
from catalog.prices import round_amount, shop_currency
from shop import mail
from shop.database.shared_copy import SharedCopy
from shop.mail import queue_mail
from shop.storefront.current import settings_row, shop_settings
from shop.storefront.models import ShopSettings
from tests.conftest import picture
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def save(**values: Any) -> ShopSettings:
    row = settings_row()
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


def test_the_environment_decides_until_the_owner_does(settings: Any) -> None:
    settings.SHOP_NAME, settings.CURRENCY, settings.SELLER = "Halden", "CHF", "Halden\n1 Long Street"
    assert (shop_settings().name, shop_currency(), shop_settings().seller) == (
        "Halden",
        "CHF",
        "Halden\n1 Long Street",
    )
    save(name="Vesta")
    settings.SHOP_NAME = settings.CURRENCY = "EUR"
    assert (shop_settings().name, shop_currency()) == ("Vesta", "CHF")


def test_every_page_and_email_shows_the_name(client: Client) -> None:
    save(name="Vesta & Sons", tagline="Lamps that last")
    page = client.get("/").content.decode()
    assert page.count("Vesta &amp; Sons") >= 4
    assert "Lamps that last" in page
    assert "Semblance" not in page
    sent = mail.render(queue_mail("accounts/reset_password", "a@example.com", "1", {"url": "/x/"}, timezone.now()))
    assert "Vesta & Sons" in sent.from_email
    assert "Semblance" not in f"{sent.subject}{sent.body}{sent.alternatives}"


def test_prices_are_in_the_chosen_currency(client: Client) -> None:
    save(currency="JPY")
    product = ProductFactory(price="1200.00")
    assert "¥1,200" in client.get(product.get_absolute_url()).content.decode()
    assert str(round_amount(product.price_amount)) == "1200"


def test_feeds_of_other_shops_may_be_in_the_chosen_currency() -> None:
    save(currency="CHF")
    assert read_price("CHF 12.50", "price") == "12.50"
    with pytest.raises(InvalidRow, match="is in EUR, but the shop sells in CHF"):
        read_price("12.50 EUR", "price")


def test_pages_need_no_query_for_the_settings(
    client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    save(name="Vesta")
    shop_settings()
    with django_assert_max_num_queries(0):
        assert shop_settings().name == "Vesta"


def test_another_process_shows_a_change_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    save(name="Vesta")
    assert shop_settings().name == "Vesta"
    ShopSettings.objects.update(name="Hestia")  # as another process would: nothing is forgotten here
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SharedCopy.SECONDS + 0.1)
    assert shop_settings().name == "Hestia"


def test_a_copy_answers_while_the_table_is_missing() -> None:
    def read() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM no_such_table")
            return str(cursor.fetchone()[0])

    copy = SharedCopy(read, lambda: "standard")
    try:
        assert copy.get() == "standard"
    finally:
        SharedCopy.instances.remove(copy)
    assert not ProductFactory._meta.model.objects.exists()  # the transaction is still usable


def test_the_style_sheet_has_the_colours_and_an_etag(client: Client) -> None:
    assert "/brand/" not in client.get("/").content.decode()
    shop = save(accent="#d6336c", background="#fff8f0")
    address = f"/brand/{shop.colour_version}.css"
    assert f'href="{address}"' in client.get("/").content.decode()
    sheet = client.get(address)
    assert "--accent: #" in sheet.content.decode()
    assert "immutable" in sheet["Cache-Control"]
    assert client.get(address, headers={"if-none-match": sheet["ETag"]}).status_code == 304
    assert client.get("/brand/other.css")["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "values", [{"accent": "red"}, {"background": "#333333"}, {"currency": "XXY"}, {"country": "XX"}]
)
def test_settings_that_would_break_pages_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        save(**values)


def test_the_manifest_names_the_shop(client: Client) -> None:
    save(name="Vesta")
    answer = client.get("/site.webmanifest")
    assert (answer["Content-Type"], answer.json()["name"]) == ("application/manifest+json", "Vesta")
    icon = answer.json()["icons"][0]["src"]
    assert client.get(icon).content.startswith(b"<svg")
    assert client.get("/favicon.ico")["Location"] == icon


def test_an_unknown_logo_is_not_found(client: Client) -> None:
    assert client.get(f"/brand/{'0' * 64}.png").status_code == 404
    assert picture()  # a picture, but not the shop's

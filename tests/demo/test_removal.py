"""*Start my own shop* leaves no trace of the demo, and keeps what is the owner's."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from catalog.models import Category, Product
from demo.removal import ALSO, APPS, KEPT, is_demo, remove_demo, tables
from demo.steps import decline_demo, fill_demo
from shop.accounts.models import Customer
from shop.orders.models import ShippingMethod
from shop.orders.starter import make_starting_charges
from shop.pages.services import write_drafts
from shop.storefront.current import settings_row
from tests.demo.test_steps import make_demo
from tests.purchases import article

pytestmark = pytest.mark.django_db
START = "/admin/start-my-own-shop/"


@pytest.fixture
def demo(tmp_path: Path, settings: Any) -> Path:
    settings.DEBUG = False  # without customers, whose passwords take long
    settings.MEDIA_ROOT = tmp_path / "media"
    make_starting_charges()
    folder = make_demo(tmp_path / "demo")
    fill_demo(folder)
    return folder


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("demo")
def test_nothing_of_the_demo_is_left(admin_client: Client, client: Client, alice: Customer, settings: Any) -> None:
    row = settings_row()
    row.name = "Vesta"
    row.save()
    write_drafts()
    page = admin_client.get("/admin/opening/").content.decode()
    assert START in page
    assert "12 products" in admin_client.get(START).content.decode()
    answer = admin_client.post(START, {"agrees": "1"}, follow=True)
    assert "The shop is empty and yours." in answer.content.decode()
    assert {name: number for name in tables() if (number := rows(name))} == {}
    assert not Customer.objects.filter(pk=alice.pk).exists()
    assert not [file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()]
    assert (ShippingMethod.objects.count(), settings_row().name) == (2, "Vesta")
    assert START not in answer.content.decode()
    home = client.get("/").content.decode()
    assert "Jugs" not in home
    assert "No products yet" in home


def test_the_demo_does_not_come_back(demo: Path) -> None:
    remove_demo()
    fill_demo(demo)
    assert not Product.objects.exists()
    assert not is_demo()


def test_a_shop_that_was_started_empty_stays_empty(tmp_path: Path) -> None:
    assert decline_demo()
    fill_demo(make_demo(tmp_path / "demo"))
    assert not Category.objects.exists()


@pytest.mark.usefixtures("demo")
def test_the_demo_is_not_declined_once_it_is_there() -> None:
    assert not decline_demo()
    assert Product.objects.exists()


@pytest.mark.usefixtures("demo")
def test_the_demo_goes_only_by_consent_of_a_superuser(admin_client: Client, client: Client, alice: Customer) -> None:
    assert admin_client.post(START).status_code == 200
    Customer.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    assert client.post(START, {"agrees": "1"}).status_code == 403
    assert Product.objects.count() == 12


def test_a_shop_of_its_own_is_never_emptied(admin_client: Client) -> None:
    article("10.00")
    assert admin_client.post(START, {"agrees": "1"}).status_code == 302
    assert Product.objects.exists()


def test_every_table_is_either_emptied_or_kept_on_purpose() -> None:
    known = {model._meta.db_table for name in APPS for model in apps.get_app_config(name).get_models()}
    assert known - KEPT <= set(tables())
    assert set(ALSO) <= set(tables())
    assert known >= KEPT

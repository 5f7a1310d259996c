"""`manage.py up` with the demo, and without it."""

from pathlib import Path
from typing import Any

import pytest

from catalog.models import Product
from demo.management.commands.up import Command
from demo.steps import fill_demo
from tests.demo.test_steps import make_demo
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def demo(tmp_path: Path, settings: Any) -> Path:
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = make_demo(tmp_path / "demo")
    (folder / "photos").mkdir()
    (folder / "photos" / "jug.jpg").touch()
    return folder


def prepared(folder: Path | None) -> Command:
    command = Command()
    command.folder = folder
    command.add_contents()
    return command


def test_greeting_of_the_demo_names_a_customer_and_a_photo(demo: Path) -> None:
    fill_demo(demo)
    lines = prepared(demo).greeting(ADDRESS)
    assert lines["Try a photo"] == str(demo / "photos" / "jug.jpg")
    assert "customer@example.com" in lines["Customer"]


def test_empty_start_adds_nothing_of_the_demo(demo: Path) -> None:
    command = prepared(None)
    assert not Product.objects.exists()
    assert command.background_command() is None
    assert not {"Customer", "Try a photo"} & set(command.greeting(ADDRESS))


def test_greeting_of_another_shop_names_no_demo_photo(demo: Path) -> None:
    ProductFactory()
    assert not {"Customer", "Try a photo"} & set(prepared(demo).greeting(ADDRESS))

"""The command `manage.py db`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Product
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_restored_dump_undoes_later_changes(tmp_path: Path) -> None:
    ProductFactory(slug="teapot", title="Teapot")
    call_command("db", "dump", tmp_path / "shop.dump")
    Product.objects.update(title="Spoilt")
    connection.close()
    call_command("db", "restore", tmp_path / "shop.dump")
    connection.close()
    assert Product.objects.get(slug="teapot").title == "Teapot"


@pytest.mark.parametrize("action", ["dump", "restore"])
def test_dump_and_restore_need_a_file(action: str) -> None:
    with pytest.raises(CommandError, match="Name a file"):
        call_command("db", action)


def test_an_invalid_dump_changes_nothing(tmp_path: Path) -> None:
    ProductFactory(slug="teapot")
    wrong = tmp_path / "wrong.dump"
    wrong.write_text("no dump")
    connection.close()
    with pytest.raises(CommandError):
        call_command("db", "restore", wrong)
    with pytest.raises(CommandError, match="No such file"):
        call_command("db", "restore", tmp_path / "missing.dump")
    assert Product.objects.filter(slug="teapot").exists()

"""Exports: consistency, file safety and formula escaping."""

import csv
import io
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from catalog.feed.exporter import export_catalog
from catalog.feed.importer import Report, import_catalog
from catalog.models import Category, Variant
from catalog.pictures.services import add_picture
from tests.conftest import picture
from tests.factories import CategoryFactory, ProductFactory, VariantFactory

FORMULA = '=HYPERLINK("http://example.com","Win")'


class BusyShop(io.StringIO):
    """A file that changes the catalogue while it is written."""

    def write(self, text: str) -> int:
        if not self.tell():
            staff = Thread(target=self._add)
            staff.start()
            staff.join()
        return super().write(text)

    def _add(self) -> None:
        try:
            product = ProductFactory(title="New", category=CategoryFactory(name="New place"), attributes={"new": "x"})
            VariantFactory(product=product, options={"new": "x"})
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_export_is_a_consistent_snapshot() -> None:
    VariantFactory(options={"size": "large"})
    file = BusyShop()
    assert export_catalog(file) == 1
    assert Category.objects.filter(name="New place").exists()
    header, *rows = csv.reader(io.StringIO(file.getvalue()))
    assert "option:size" in header
    assert not [column for column in header if "new" in column]
    assert len(rows) == 1


@pytest.mark.django_db
def test_failed_export_keeps_the_existing_file(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("the export of yesterday")
    ProductFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE catalog_product RENAME TO catalog_lost")
    with pytest.raises(CommandError, match="The export failed"):
        call_command("export_catalog", file)
    assert file.read_text() == "the export of yesterday"
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.django_db
def test_export_escapes_formulas_and_import_restores_them(tmp_path: Path) -> None:
    product = ProductFactory(
        title=FORMULA, brand="+49", description="  =1+1\nmore", category=CategoryFactory(name="@home", slug="home"),
        price=None, attributes={"note": ["-5", "'=2"]},
    )  # fmt: skip
    VariantFactory(product=product, sku="-500", options={"size": "＝1"}, price_amount="7.50")
    file = tmp_path / "out.csv"
    call_command("export_catalog", file)
    with file.open(newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(tuple("=+-@＝"))] == []
    assert "7.50" in cells
    before = list(Variant.objects.values("sku", "options", "product__title", "product__brand", "product__description"))
    problems: list[object] = []
    again = import_catalog(file, None, timezone.now(), lambda *problem: problems.append(problem))
    assert (again, problems) == (Report(unchanged=1), [])
    product.delete()
    import_catalog(file, None, timezone.now(), lambda *problem: problems.append(problem))
    after = list(Variant.objects.values("sku", "options", "product__title", "product__brand", "product__description"))
    assert (after, problems) == (before, [])


@pytest.mark.django_db
def test_importing_an_export_without_a_folder_keeps_the_pictures(tmp_path: Path) -> None:
    product = ProductFactory(title="Teapot", price="7.50")
    add_picture(product, picture(), "Seen from the front")
    file = tmp_path / "export.csv"
    call_command("export_catalog", file)
    file.write_text(file.read_text().replace("7.50", "8.50"))
    problems: list[object] = []
    report = import_catalog(file, None, timezone.now(), lambda *problem: problems.append(problem))
    assert (report, problems) == (Report(updated=1), [])
    assert [image.alt for image in product.images.all()] == ["Seen from the front"]

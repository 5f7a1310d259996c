"""SKUs changed by spreadsheets are detected before they create duplicate variants."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.feed.spreadsheet_damage import looks_changed, same_number
from catalog.models import Product, Variant
from tests.factories import ProductFactory, VariantFactory

HEADER = "product,title,category,sku,price,stock,attribute:colour"


def load(file: Path, *rows: str) -> tuple[dict[int, str], dict[int, str]]:
    """Return the problems and the warnings."""
    file.write_text("\n".join([HEADER, *rows]))
    problems: dict[int, str] = {}
    warnings: dict[int, str] = {}
    report = import_catalog(file, None, timezone.now(), problems.__setitem__, on_warning=warnings.__setitem__)
    assert (report.problems, report.warnings) == (len(problems), len(warnings))
    return problems, warnings


@pytest.mark.parametrize(
    ("sku", "other"),
    [
        ("123", "00123"),
        ("00123", "123"),
        ("1.23457E+12", "1234567890123"),
        ("1,23457E+12", "1234567890123"),
        ("1E+05", "1E5"),
        ("1234567890123450", "1234567890123456"),
        ("1.1", "1.10"),
    ],
)
def test_same_number_finds_numerically_equal_skus(sku: str, other: str) -> None:
    assert same_number(sku, ["A-1", other]) == other


@pytest.mark.parametrize(
    ("sku", "other"), [("123", "1230"), ("A-1", "A-01"), ("1.23457E+12", "1234600000000"), ("", "0")]
)
def test_same_number_ignores_different_skus(sku: str, other: str) -> None:
    assert same_number(sku, [other]) is None


def test_looks_changed_finds_dates_and_scientific_notation() -> None:
    assert [sku for sku in ["03-Apr", "Mrz 24", "1.2E+10", "12-RED", "A-1", "5E"] if looks_changed(sku)] == [
        "03-Apr",
        "Mrz 24",
        "1.2E+10",
    ]


@pytest.mark.django_db
def test_sku_without_its_leading_zeros_creates_no_second_variant(tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    assert load(file, "p,P,Test,00123,10,5,", "007,Q,Test,00456,10,5,") == ({}, {})
    problems, _warnings = load(file, "p,P,Test,123,10,5,", "7,Q,Test,456,10,5,", "r,R,Test,789,10,5,")
    assert list(problems) == [2, 3]
    assert "The SKU “123” is the same number as the existing “00123”" in problems[2]
    assert "The SKU “456” is the same number as the existing “00456”" in problems[3]
    assert set(Variant.objects.values_list("sku", flat=True)) == {"00123", "00456", "789"}
    assert not Product.objects.filter(slug="7").exists()


@pytest.mark.django_db
def test_product_may_have_both_skus_if_the_file_lists_both(tmp_path: Path) -> None:
    assert load(tmp_path / "feed.csv", "p,P,Test,00123,10,5,", "p,,,123,11,5,") == ({}, {})
    assert load(tmp_path / "feed.csv", "p,P,Test,123,11,5,") == ({}, {})
    assert Variant.objects.count() == 2


@pytest.mark.django_db
def test_sku_that_became_a_date_is_a_warning(tmp_path: Path) -> None:
    VariantFactory(product=ProductFactory(slug="p", price=None), sku="3-4")
    problems, warnings = load(tmp_path / "feed.csv", "p,P,Test,03-Apr,10,5,")
    assert problems == {}
    assert "The new SKU “03-Apr” looks as if a spreadsheet changed it. The file does not list “3-4”" in warnings[2]


@pytest.mark.django_db
def test_values_that_differ_in_case_are_kept_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "feed.csv"
    load(file, "p,P,Test,P,10,5,Blue")
    problems, warnings = load(file, "p,P,Test,P,10,5,Blue", "q,Q,Test,Q,10,5,blue")
    assert (problems, list(warnings)) == ({}, [3])
    assert warnings[3] == "The value “blue” of “colour” was added, although “Blue” exists."
    file.write_text(file.read_text().replace("blue", "BLUE"))
    call_command("import_catalog", file)  # warnings do not fail the command
    assert "feed.csv line 3: Warning: The value “BLUE” of “colour” was added" in capsys.readouterr().err

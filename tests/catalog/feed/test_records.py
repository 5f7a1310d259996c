"""Malformed files: each problem is reported once, and valid rows are imported."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.feed.formulas import escape_formula, unescape_formula
from catalog.feed.importer import import_catalog
from catalog.feed.records import InvalidFeed
from catalog.models import Product, Variant
from tests.conftest import picture

pytestmark = pytest.mark.django_db
HEADER = "product,title,category,sku,price,description"


def row(name: str, description: str = "ok") -> str:
    return f"{name},{name.upper()},Test,{name.upper()}-1,5,{description}"


def load(folder: Path, *lines: str, separator: str = "\n") -> list[tuple[int, str]]:
    """Import these lines and return the problems."""
    file = folder / "feed.csv"
    file.write_text(separator.join([HEADER, *lines]), newline="", encoding="utf-8")
    problems: list[tuple[int, str]] = []
    import_catalog(file, None, timezone.now(), lambda *problem: problems.append(problem))
    return problems


def imported_slugs() -> list[str]:
    return list(Product.objects.order_by("slug").values_list("slug", flat=True))


@pytest.mark.parametrize("line", ["<p>a line</p>", "<p>a, b, c, d</p>", '<p class=""x"">a</p>', '""Hello""'])
def test_too_long_description_is_one_problem(tmp_path: Path, line: str) -> None:
    description = '"' + "\n".join([line] * 20_000) + '"'
    problems = load(tmp_path, row("a"), row("b", description), row("c"))
    assert [number for number, _reason in problems] == [3]
    assert "At most 100000 are allowed" in problems[0][1]
    assert imported_slugs() == ["a", "c"]


def test_too_long_description_on_one_line_is_one_problem(tmp_path: Path) -> None:
    problems = load(tmp_path, row("a", "x" * 180_000), row("b", "x" * 9_000_000), row("c", "x" * 100_000))
    assert sorted(number for number, _reason in problems) == [2, 3]
    assert "longer than 8000000 characters" in dict(problems)[3]
    assert imported_slugs() == ["c"]


def test_endless_record_is_one_problem(tmp_path: Path) -> None:
    text = "\n".join(["<p>a line of a text that goes on and on</p>"] * 250_000)
    problems = load(tmp_path, row("a"), row("b", f'"{text}"'), row("c"))
    assert [number for number, _reason in problems] == [3]
    assert "Lines 3 to 250002 were skipped" in problems[0][1]
    assert imported_slugs() == ["a", "c"]


@pytest.mark.parametrize(
    ("lines", "lost", "good"),
    [
        ([row("a"), row("b", '"open'), row("c"), row("d")], [3], ["a", "c", "d"]),
        ([row("a", '"open'), row("b", '"open, too'), row("c")], [2], ["c"]),
        ([row("a", '"open'), row("b", '"good, and\non two lines"'), row("c")], [2], ["b", "c"]),
        ([row("a"), row("b", '"open')], [3], ["a"]),
        (['a,"A,Test,A-1,5,x', row("b"), row("c", '""')], [2], ["b", "c"]),
        (['"', row("b"), row("c")], [2], ["b", "c"]),
        ([row("a", '"open\nand on'), "and on", row("b", "x,y"), row("c")], [2], ["c"]),
        ([row("a", '"text" more'), row("b")], [2], ["b"]),
        ([row("a", 'a 5" pipe'), row("b", '5"')], [], ["a", "b"]),
    ],
)
def test_unclosed_quotation_mark_loses_only_its_own_row(
    tmp_path: Path, lines: list[str], lost: list[int], good: list[str]
) -> None:
    problems = load(tmp_path, *lines)
    assert [number for number, _reason in problems] == lost
    assert imported_slugs() == good


def test_file_with_unbalanced_quotation_marks_is_rejected_quickly(tmp_path: Path) -> None:
    with pytest.raises(InvalidFeed, match="quotation marks in this file are unbalanced"):
        load(tmp_path, *['a","c' + "x" * 1_000] * 20_000)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r"])
def test_all_line_endings_are_accepted(tmp_path: Path, separator: str) -> None:
    assert load(tmp_path, row("a"), row("b", "x,y"), row("c"), separator=separator)[0][0] == 3
    assert imported_slugs() == ["a", "c"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"\x00" * 100, "not UTF-8"),
        ("\ufeff".encode("utf-16-le") + HEADER.encode("utf-16-le"), "not UTF-8"),
        (HEADER.encode("utf-16-be"), "not UTF-8"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "not UTF-8"),
        (HEADER.replace(",", ";").encode(), "contains no products, only a header"),
        (HEADER.encode() + b"\n\n", "contains no products"),
        (b",".join([b"x"] * 10_000), "has 10000 columns. At most 2000 are allowed"),
        (f"{HEADER},title".encode(), "repeats the columns title"),
        (b"product,title", "lacks the columns category, price, sku"),
    ],
)
def test_file_that_is_not_a_feed_is_rejected_with_a_message(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "feed.csv").write_bytes(data)
    with pytest.raises(CommandError, match=reason):
        call_command("import_catalog", tmp_path / "feed.csv")


def test_feed_text_is_normalised(tmp_path: Path) -> None:
    lines = ["a,K\xfcche,K\xfcche > T\xf6pfe,S-1,5,x", "b,Ku\u0308che,Ku\u0308che\u200b >\xa0To\u0308pfe,S-2,5,x"]
    problems = load(tmp_path, *lines, "c,C,Test,S-1\u200b,5,x", "d,D,Test,\ufeffS-2,5,x")
    assert [reason for _line, reason in problems] == [
        "The SKU “S-1” is already on line 2.",
        "The SKU “S-2” is already on line 3.",
    ]
    assert len(set(Product.objects.values_list("title", "category"))) == 1
    assert Variant.objects.get(sku="S-2\u200b").product.slug == "b"


@given(st.text("'=+-@ \taＡ＝", max_size=6))
def test_formula_escaping_round_trips(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text
    assert escape_formula(text).lstrip(" ")[:1] not in [*"=+-@\t＝"]


def test_picture_is_found_in_any_normal_form_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "Bilder" / "Ku\u0308che"
    folder.mkdir(parents=True)
    (folder / "Schu\u0308ssel  gru\u0308n.jpg").write_bytes(picture())
    (tmp_path / "gru\u0308n.jpg").write_bytes(picture(colour="red"))
    file = tmp_path / "feed.csv"
    names = "Bilder/Küche/Schüssel grün.jpg|grün.jpg"
    file.write_text(f"product,title,category,sku,price,images\na,A,Test,A,5,{names}\nb,B,Test,B,5,../gr\xfcn.jpg")
    problems: list[str] = []
    report = import_catalog(file, tmp_path, timezone.now(), lambda _line, reason: problems.append(reason))
    assert report.pictures == 2
    assert problems == ["Picture “../grün.jpg”: the path is outside the picture folder."]

"""Importing feeds: valid rows, rejected rows and their messages."""

import csv
import hashlib
import io
import resource
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.feed.exporter import export_catalog
from catalog.feed.importer import Report, import_catalog
from catalog.feed.records import InvalidFeed
from catalog.feed.rows import ATTRIBUTE, COLUMNS, OPTION, join_cell, split_cell
from catalog.models import Category, Product, ProductImage, Variant
from tests.catalog.feed.feeds import CUP, HEADER, LARGE, MUG, long_feed
from tests.catalog.pictures.test_decoding import SHOWN
from tests.conftest import picture
from tests.factories import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


class Import:
    """An import and its reports."""

    def __init__(self, folder: Path, *lines: str | bytes, header: str | bytes = HEADER, images: Path | None = None):
        self.problems: dict[int, str] = {}
        file = folder / "feed.csv"
        file.write_bytes(
            b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in (header, *lines))
        )
        self.report: Report = import_catalog(file, images, timezone.now(), self.problems.__setitem__)


def test_import_creates_products_with_variants_attributes_and_pictures(tmp_path: Path) -> None:
    done = Import(tmp_path, MUG, LARGE, CUP)
    assert (done.problems, done.report) == ({}, Report(created=2))
    mug = Product.objects.get(slug="mug")
    assert (mug.title, mug.brand, mug.description, mug.status) == ("Mug", "Björk", "For coffee.", "published")
    assert [category.name for category in mug.category.breadcrumbs()] == ["Kitchen", "Mugs"]
    assert {str(value) for value in mug.attribute_values.all()} == {"Colour: Blue", "Colour: Sea green"}
    small, large = mug.variants.all()
    assert (small.sku, small.price_amount, small.compare_at_amount, small.on_hand) == ("M-S", 10, Decimal("12.5"), 5)
    assert (large.options, small.options) == ({"size": "large"}, {"size": "small"})
    assert (mug.price_amount, mug.is_in_stock) == (10, True)
    assert mug.keywords.splitlines()[0] == "Kitchen Mugs Blue Sea green large small"
    assert Product.objects.get(slug="cup").variants.get().on_hand == 0


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mug.jpg").write_bytes(picture())
    line = MUG.replace("5,,,Blue", "5,mug.jpg,A mug,Blue")
    first = Import(tmp_path, line, LARGE, CUP, images=tmp_path)
    before = list(Product.objects.order_by("pk").values()), list(ProductImage.objects.values("pk", "sha256", "alt"))
    again = Import(tmp_path, line, LARGE, CUP, images=tmp_path)
    assert (first.report, again.report) == (Report(created=2, pictures=1), Report(unchanged=2))
    after = list(Product.objects.order_by("pk").values()), list(ProductImage.objects.values("pk", "sha256", "alt"))
    assert after == before


def test_import_updates_only_what_the_file_contains(tmp_path: Path) -> None:
    Import(tmp_path, MUG, LARGE, CUP)
    Import(tmp_path, "mug,New title,Kitchen > Mugs,M-S,11.00", header="product,title,category,sku,price")
    mug = Product.objects.get(slug="mug")
    assert (mug.title, mug.brand, mug.status, mug.attribute_values.count()) == ("New title", "Björk", "published", 2)
    small, large = mug.variants.all()
    assert (small.price_amount, small.on_hand, large.price_amount) == (11, 5, 12)
    done = Import(tmp_path, MUG.replace("Blue|Sea green", "Red"))
    assert done.report == Report(updated=1)
    assert [value.value for value in mug.attribute_values.all()] == ["Red"]


def test_import_sets_units_sold(tmp_path: Path) -> None:
    header = "product,title,category,sku,price,sold"
    assert Import(tmp_path, "mug,Mug,Kitchen,M,1.00,120", header=header).report == Report(created=1)
    assert Product.objects.get().sold_count == 120
    assert Import(tmp_path, "mug,Mug,Kitchen,M,1.00,", header=header).report == Report(unchanged=1)
    done = Import(tmp_path, "mug,Mug,Kitchen,M,1.00,-4", header=header)
    assert "The sold “-4” is not a whole number" in done.problems[2]


def test_import_sets_the_tax_class(tmp_path: Path) -> None:
    header = "product,title,category,sku,price,tax_class"
    Import(tmp_path, "mug,Mug,Kitchen,M,1.00,", "book,Book,Kitchen,B,1.00,reduced", header=header)
    assert dict(Product.objects.values_list("slug", "tax_class")) == {"mug": "standard", "book": "reduced"}
    assert Import(tmp_path, "book,Book,Kitchen,B,1.00,", header=header).report == Report(unchanged=1)
    assert Import(tmp_path, "book,Book,Kitchen,B,1.00,zero", header=header).report == Report(updated=1)
    assert Product.objects.get(slug="book").tax_class == "zero"
    done = Import(tmp_path, "book,Book,Kitchen,B,1.00,none", header=header)
    assert done.problems == {2: "The tax_class “none” must be one of standard, reduced, zero."}


def test_import_sets_the_family_and_an_empty_cell_keeps_it(tmp_path: Path) -> None:
    header = "product,title,category,sku,price,family"
    Import(tmp_path, "mug,Mug,Mugs,M-1,10.00,halden", "cup,Cup,Mugs,C-1,8.00,", header=header)
    mug, cup = Product.objects.get(slug="mug"), Product.objects.get(slug="cup")
    assert (mug.family, mug.is_family_chosen) == ("halden", True)
    assert (cup.family, cup.is_family_chosen) == ("", False)
    again = Import(tmp_path, "mug,Mug,Mugs,M-1,10.00,", header=header)
    assert again.report == Report(unchanged=1)
    assert Import(tmp_path, f"mug,Mug,Mugs,M-1,10.00,{'x' * 121}", header=header).problems.keys() == {2}


def test_import_command_suggests_families(tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text('product,title,category,sku,price\na,"Mug, Blue",Mugs,A,1\nb,"Mug, Red",Mugs,B,1\n')
    file.write_text(file.read_text().replace("Mug,", "Halden Mug,"))
    call_command("import_catalog", file)
    families = set(Product.objects.values_list("family", "is_family_chosen"))
    assert len(families) == 1
    assert families == {("halden-mug-mugs", False)}


def test_import_accepts_variant_rows_without_a_product(tmp_path: Path) -> None:
    Import(tmp_path, MUG, LARGE.removeprefix("mug"))
    assert Variant.objects.filter(product__slug="mug").count() == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (CUP.replace("cup,Cup", "cup,"), "The title is missing."),
        (CUP.replace("cup", "c/up", 1), "may only contain letters, digits"),
        (CUP.replace("Cup", "C" * 201), "The title has 201 characters. At most 200 are allowed."),
        (CUP.replace("Kitchen > Mugs", "Kitchen > > Mugs"), "is not a path such as"),
        (CUP.replace("Kitchen > Mugs", ""), "The category is missing."),
        (CUP.replace("draft", "hidden"), "The status “hidden” must be one of draft, scheduled, published."),
        (CUP.replace("draft", "scheduled"), "A scheduled product needs publish_at"),
        (CUP.replace("draft,", "draft,tomorrow"), "The publish_at “tomorrow” is not a time"),
        (CUP.replace("draft,", "draft,2030-02-30"), "The publish_at “2030-02-30” is not a time"),
        (CUP.replace("C-1", ""), "The sku is missing."),
        (CUP.replace(",8,", ",-8,"), "The price is negative."),
        (CUP.replace(",8,", ",,"), "The price is missing."),
        (CUP.replace(",8,", ",cheap,"), "The price “cheap” is not a number"),
        (CUP.replace(",8,", ",NaN,"), "The price “NaN” is not a number"),
        (CUP.replace(",8,", ",1e20,"), "has too many digits"),
        (CUP.replace(",8,", ",1.005,"), "has too many decimal places for EUR"),
        (CUP.replace(",8,,", ",8,7,"), "The compare_at_price must be higher than the price."),
        (CUP.replace(",8,,,", ",8,,some,"), "The stock “some” is not a whole number"),
        (CUP.replace(",8,,,", ",8,,-1,"), "The stock “-1” is not a whole number"),
        (CUP.replace(",8,,,", ",8,,99999999999,"), "is not a whole number"),
        (CUP.replace("Red", "R" * 101), "The attribute:colour has 101 characters"),
        (CUP.replace(",,Red", ",one|two,Red"), "There are 2 image_alts but only 0 images."),
        (CUP + ",more", "This row has 16 cells, but the header has 15."),
        ("cup", "This row has 1 cells"),
        (CUP.replace("Cup", "C\0up"), "This row contains a null character."),
        (b"cup,Caf\xe9,,Kitchen,,draft,,C-1,8,,,,,,\n", "probably Windows-1252"),
        (CUP.replace("Cup", '"C"up"'), "not valid CSV"),
        (CUP.replace("C-1", "M-S"), "The SKU “M-S” is already on line 2."),
        (CUP.replace("cup", "mug", 1), "The title differs from line 2"),
        (CUP.replace("C-1", "TAKEN"), "The SKU “TAKEN” belongs to the product “teapot”."),
        (CUP.replace("cup,Cup", "teapot,Teapot").replace("C-1,8,,", "TAKEN,8,,1"), "less than the 2 units"),
    ],
)
def test_import_reports_an_invalid_row_and_imports_the_others(tmp_path: Path, line: str | bytes, reason: str) -> None:
    teapot = ProductFactory(title="Teapot", price=None)
    VariantFactory(product=teapot, sku="TAKEN", reserved=2)
    done = Import(tmp_path, MUG, LARGE, line, "jug,Jug,,Kitchen,,published,,J-1,20,,1,,,,")
    assert list(done.problems) == [4]
    assert reason in done.problems[4]
    assert Product.objects.filter(slug__in=["mug", "jug"]).count() == 2
    assert not Product.objects.filter(slug="cup").exists()
    assert Variant.objects.get(sku="TAKEN").product == teapot


def test_import_keeps_the_valid_variants_of_a_product(tmp_path: Path) -> None:
    done = Import(tmp_path, MUG.replace(",10.00,", ",-1,"), LARGE)
    assert list(done.problems) == [2]
    assert [variant.sku for variant in Product.objects.get(slug="mug").variants.all()] == ["M-L"]


def test_import_rejects_the_variants_of_an_invalid_product(tmp_path: Path) -> None:
    done = Import(tmp_path, MUG.replace("Mug", "", 1), LARGE)
    assert done.problems == {2: "The title is missing.", 3: "The product is invalid, see line 2."}
    assert not Product.objects.exists()


def test_import_rejects_rows_of_a_product_that_are_not_together(tmp_path: Path) -> None:
    done = Import(tmp_path, MUG, CUP, LARGE, LARGE.replace("mug", "", 1).replace("M-L", "M-XL"))
    assert sorted(done.problems) == [4, 5]
    assert "started on line 2" in done.problems[4]
    assert Variant.objects.count() == 2


def test_import_counts_lines_through_cells_with_line_breaks(tmp_path: Path) -> None:
    done = Import(tmp_path, MUG.replace("For coffee.", '"For\ncoffee\nand tea."'), CUP.replace(",8,", ",x,"))
    assert list(done.problems) == [5]
    assert Product.objects.get().description == "For\ncoffee\nand tea."


def test_import_reads_a_byte_order_mark(tmp_path: Path) -> None:
    assert Import(tmp_path, CUP, header=b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n").report.created == 1


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("product,title", "lacks the columns category, price, sku"),
        ("", "lacks the columns"),
        (HEADER.replace(",", "|"), "separated by commas"),
        (HEADER + ",colour", "The column “colour” is invalid"),
        (HEADER + ",attribute:" + "a" * 61, "is invalid: Ensure this value has at most 60"),
        (HEADER + ",option:", "is invalid"),
        (HEADER + "".join(f",option:o{number}" for number in range(2_000)), "has 2015 columns"),
        (HEADER + ",attribute:sort,attribute:attribute-sort", "repeats the columns attribute:attribute-sort"),
        (HEADER + ",option:size\u200b", "repeats the columns option:size"),
        (HEADER + ',"colour', "The header cannot be read"),
        (HEADER + ",attribute:a b", "The column “attribute:a b” is invalid"),
        (HEADER + ",sku", "repeats the columns sku"),
        (HEADER.encode("utf-16"), "not UTF-8"),
        (HEADER.encode() + b",caf\xe9\n", "not UTF-8"),
    ],
)
def test_import_rejects_a_file_with_an_invalid_header(tmp_path: Path, header: str | bytes, reason: str) -> None:
    with pytest.raises(InvalidFeed, match=reason):
        Import(tmp_path, CUP, header=header)
    assert not Product.objects.exists()


def with_pictures(names: str, alts: str = "") -> str:
    return CUP.replace(",8,,,,,Red", f",8,,,{names},{alts},Red")


def test_import_orders_pictures_and_removes_those_no_longer_named(tmp_path: Path) -> None:
    for name, colour in [("red", "red"), ("blue", "blue"), ("green", "green")]:
        (tmp_path / f"{name}.jpg").write_bytes(picture(colour=colour))
    Import(tmp_path, with_pictures("red.jpg|blue.jpg", "Red|Blue"), images=tmp_path)
    blue = ProductImage.objects.get(alt="Blue")
    done = Import(tmp_path, with_pictures("blue.jpg|green.jpg", "Blue|Green \\| leaf"), images=tmp_path)
    assert done.report.pictures == 1
    images = list(Product.objects.get().images.all())
    assert [image.alt for image in images] == ["Blue", "Green | leaf"]
    assert images[0].pk == blue.pk
    Import(tmp_path, CUP, images=tmp_path)  # without picture columns
    assert ProductImage.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.jpg", "outside the picture folder"),
        ("/etc/passwd", "outside the picture folder"),
        ("link.jpg", "outside the picture folder"),
        ("missing.jpg", "does not exist"),
        ("folder", "does not exist"),
        ("n" * 300, "File name too long"),
        ("text.jpg", "damaged or not a picture"),
        ("tiny.jpg", "at least 16"),
        ("huge.jpg", "too large"),
    ],
)
def test_import_reports_an_invalid_picture_and_imports_the_others(tmp_path: Path, name: str, reason: str) -> None:
    images = tmp_path / "images"
    (images / "folder").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(picture())
    (images / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (images / "good.jpg").write_bytes(picture(colour="red"))
    (images / "text.jpg").write_text("not a picture")
    (images / "tiny.jpg").write_bytes(picture(2, 2))
    with (images / "huge.jpg").open("wb") as huge:
        huge.truncate(settings.PICTURE_MAX_BYTES + 1)
    done = Import(tmp_path, with_pictures(f"{name}|good.jpg"), images=images)
    assert list(done.problems) == [2]
    assert done.problems[2].startswith(f"Picture “{name}”: ")
    assert reason in done.problems[2]
    assert ProductImage.objects.get().position == 1


def test_import_accepts_damaged_pictures_that_browsers_show(tmp_path: Path) -> None:
    names = [f"{number}.bin" for number, _kind in enumerate(SHOWN)]
    for name, make in zip(names, SHOWN.values(), strict=True):
        (tmp_path / name).write_bytes(make())
    done = Import(tmp_path, with_pictures("|".join(names)), images=tmp_path)
    assert done.problems == {}
    assert done.report.pictures == len(SHOWN)
    assert Import(tmp_path, with_pictures("|".join(names)), images=tmp_path).report.pictures == 0


def test_import_reports_a_missing_images_option(tmp_path: Path) -> None:
    assert "--images" in Import(tmp_path, with_pictures("a.jpg")).problems[2]


def test_export_and_import_round_trip(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(picture())
    scheduled = (
        'pot,"Pot, =1+1",,Home \\> Garden > Pots,"a\n""b""",scheduled,2030-01-31T09:00:00+02:00,P,5,,1,,,a\\|b\\\\,'
    )
    Import(tmp_path, MUG, LARGE, with_pictures("a.jpg", "One \\| two"), scheduled, images=tmp_path)
    first = io.StringIO()
    assert export_catalog(first) == 3
    before = snapshot()
    Product.objects.all().delete()
    Category.objects.all().delete()
    file = tmp_path / "out.csv"
    file.write_text(first.getvalue(), newline="")
    problems: list[Any] = []
    import_catalog(file, settings.MEDIA_ROOT, timezone.now(), lambda *problem: problems.append(problem))
    second = io.StringIO()
    export_catalog(second)
    assert problems == []
    assert second.getvalue() == first.getvalue()
    assert snapshot() == before
    assert Category.objects.get(name="Home > Garden").depth == 1


def snapshot() -> list[Any]:
    columns = ["slug", "title", "brand", "description", "status", "publish_at", "category__slug", "skus"]
    rows = Product.objects.order_by("slug").values_list(*columns, "tax_class", "keywords")
    products = [(*rest, keywords.splitlines()[0]) for *rest, keywords in rows]  # below are keys, which differ
    variants = list(
        Variant.objects.order_by("sku").values_list("sku", "options", "price_amount", "on_hand", "position")
    )
    return [*products, *variants, *ProductImage.objects.values_list("sha256", "alt", "position")]


def test_every_column_of_a_feed_is_documented() -> None:
    text = (settings.BASE_DIR / "docs" / "catalogue.md").read_text()
    assert [column for column in [*COLUMNS, ATTRIBUTE, OPTION] if f"`{column}" not in text] == []


@given(st.lists(st.text("ab|\\> é", min_size=1).map(str.strip).filter(bool), max_size=4))
def test_list_cells_round_trip(values: list[str]) -> None:
    assert split_cell(join_cell(values)) == values
    assert split_cell(join_cell(values, ">"), ">") == values


def test_export_command_writes_the_import_columns(tmp_path: Path, capsys: Any) -> None:
    Import(tmp_path, MUG)
    call_command("export_catalog")
    header, row = csv.reader(io.StringIO(capsys.readouterr().out))
    expected = HEADER.replace(",sku", ",sold,tax_class,family,sku").replace(",stock", ",stock,weight,barcode")
    assert header == expected.replace("description", "description,description_html,seo_title,seo_description").split(
        ","
    )
    assert row == ["mug", "Mug", "Björk", "Kitchen > Mugs", "For coffee.", "", "", "", "published", "", "0",
                   "standard", "", "M-S", "10.00", "12.50", "5", "0", "", "", "", "Blue|Sea green",
                   "small"]  # fmt: skip
    call_command("export_catalog", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("mug,Mug")


def test_demo_catalogue_round_trips(tmp_path: Path) -> None:
    demo, file = settings.BASE_DIR / "demo", tmp_path / "out.csv"
    problems: list[Any] = []
    report = lambda *problem: problems.append(problem)  # noqa: E731
    done = import_catalog(demo / "catalog.csv", demo / "images", timezone.now(), report)
    call_command("export_catalog", file)
    expected, exported = (
        list(csv.DictReader(path.read_text().splitlines(keepends=True))) for path in (demo / "catalog.csv", file)
    )
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (demo / "images").iterdir()}
    for rows in (expected, exported):  # stored pictures are named by their hash
        for row in rows:
            for column in ("weight", "tax_class", "description_html", "seo_title", "seo_description", "barcode"):
                row.pop(column, None)  # the demo products have the defaults
            row["images"] = [digests.get(name, Path(name).stem) for name in split_cell(row["images"])]
    assert exported == expected
    again = import_catalog(file, settings.MEDIA_ROOT, timezone.now(), report)
    assert again == Report(unchanged=done.created)
    assert problems == []


def test_importing_a_long_file_needs_little_memory(tmp_path: Path) -> None:
    long_feed(tmp_path / "feed.csv", 1_000)
    report = import_catalog(tmp_path / "feed.csv", None, timezone.now(), lambda *_problem: None)
    assert report == Report(created=1_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    long_feed(tmp_path / "feed.csv", 5_000)
    report = import_catalog(tmp_path / "feed.csv", None, timezone.now(), lambda *_problem: None)
    assert report == Report(created=4_000, unchanged=1_000)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    )  # kilobytes; the file is five times as long

"""Exports of other shops, in the shape in which they write them: what lands, and what is reported."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.feed.importer import Report, import_catalog
from catalog.feed.reading import FeedOptions
from catalog.feed.records import InvalidFeed
from catalog.models import Attribute, Product, Variant
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Import:
    """An import of a sample, and what it said of each line, but for pictures without a folder."""

    def __init__(self, file: Path, **options: Any) -> None:
        self.problems: dict[int, list[str]] = defaultdict(list)
        self.warnings: dict[int, list[str]] = defaultdict(list)
        self.report: Report = import_catalog(
            file,
            None,
            NOW,
            lambda line, reason: None if reason.startswith("Picture “") else self.problems[line].append(reason),
            on_warning=lambda line, reason: self.warnings[line].append(reason),
            options=FeedOptions(**options),
        )


def sample(name: str, **options: Any) -> Import:
    return Import(SAMPLES / name, **options)


def variants(slug: str) -> list[tuple[Any, ...]]:
    """Return SKU, price, regular price, stock, weight and options of a product's variants."""
    rows = Variant.objects.filter(product__slug=slug)
    fields = ("sku", "price_amount", "compare_at_amount", "on_hand", "weight_grams", "options")
    return list(rows.values_list(*fields))


def attributes(slug: str) -> set[str]:
    return {str(value) for value in Product.objects.get(slug=slug).attribute_values.all()}


@pytest.mark.parametrize(
    ("name", "products", "rows", "problems"),
    [
        ("shopify.csv", 4, 6, [9]),
        ("shopify-2025.csv", 1, 2, []),
        ("woocommerce.csv", 4, 5, [7, 9]),
        ("google.tsv", 2, 3, [5]),
        ("google.xml", 1, 2, [33]),
        ("magento.csv", 2, 3, [4, 5, 7]),
    ],
)
def test_every_row_of_a_sample_lands_or_is_reported(name: str, products: int, rows: int, problems: list[int]) -> None:
    done = sample(name)
    assert (Product.objects.count(), Variant.objects.count()) == (products, rows)
    assert sorted(line for line, said in done.problems.items() if said) == problems
    before = list(Product.objects.order_by("pk").values()), list(Variant.objects.order_by("pk").values())
    again = sample(name)
    assert (again.report.created, again.report.updated, again.report.unchanged) == (0, 0, products)
    assert (list(Product.objects.order_by("pk").values()), list(Variant.objects.order_by("pk").values())) == before


def test_shopify_rows_become_a_product_with_variants_and_texts() -> None:
    done = sample("shopify.csv")
    assert variants("linen-shirt") == [
        ("LS-S-SAND", 59, 79, 4, 240, {"Size": "S", "Color": "Sand"}),
        ("LS-M-SAND", 59, None, 0, 250, {"Size": "M", "Color": "Sand"}),
        ("LS-M-INDIGO", 62, None, 7, 250, {"Size": "M", "Color": "Indigo"}),
    ]
    shirt = Product.objects.get(slug="linen-shirt")
    assert (shirt.title, shirt.brand, shirt.status, shirt.category.name) == (
        "Linen Shirt", "Halden", "published", "Shirts",
    )  # fmt: skip
    assert shirt.description_html.startswith("<h2>Made to last</h2><p>Woven in <b>Porto</b>.</p>")
    assert shirt.description == "Made to last\n\nWoven in Porto.\n\n• Stone washed\n• Shell buttons"
    assert (shirt.seo_title, shirt.seo_description) == (
        "Linen shirt for hot days", "A light shirt of Portuguese linen.",
    )  # fmt: skip
    assert shirt.variants.get(sku="LS-S-SAND").barcode == "4006381333931"
    assert attributes("linen-shirt") == {"Tags: summer", "Tags: linen", "Tags: men"}
    assert not Attribute.objects.get(slug="tags").is_filterable
    assert variants("stoneware-bowl") == [("STONEWARE-BOWL", 24, None, 0, 900, {})]
    assert Product.objects.get(slug="stoneware-bowl").status == "draft"
    assert done.report.left_out == {
        "google shopping / gender": 1, "google shopping / age group": 1, "cost per item": 3,
    }  # fmt: skip


def test_shopify_oddities_each_get_a_sentence() -> None:
    done = sample("shopify.csv")
    assert done.problems[9] == ["The SKU “GC-10” is already on line 8."]
    assert "Pictures and videos inside the description were left out: 1." in done.warnings[2]
    assert "The stock “-2” was imported as 0." in done.warnings[4]
    assert "The regular price 60.00 is not higher than the price and was left out." in done.warnings[5]
    assert "The variant has no SKU; “STONEWARE-BOWL” was made for it." in done.warnings[7]
    assert "The product has no handle; its address was made from the title." in done.warnings[10]


def test_woocommerce_variations_join_their_parent_wherever_they_stand() -> None:
    done = sample("woocommerce.csv", stock_if_new=8)
    assert variants("harbour-hoodie") == [
        ("hoodie-blue", 35, 45, 12, 600, {"Colour": "Blue"}),
        ("WC-46", Decimal("1045"), None, 8, 700, {"Colour": "Green"}),
    ]
    hoodie = Product.objects.get(slug="harbour-hoodie")
    assert [each.name for each in hoodie.category.breadcrumbs()] == ["Clothing", "Hoodies"]
    assert hoodie.description == "Warm & light.\n\nBrushed cotton.\n\n• Two pockets"
    assert attributes("harbour-hoodie") == {
        "Tags: cotton", "Tags: autumn", "Material: Cotton", "Material: Wool, recycled",
    }  # fmt: skip
    assert variants("print") == [("print", 9, None, 3, 0, {})]  # its sale has ended
    assert Product.objects.get(slug="print").tax_class == "reduced"
    assert variants("print-print-large") == [("print-large", 19, None, 0, 0, {})]
    assert "not into: Sale." in done.warnings[2][0]
    assert "The parent “missing” of the variation is not in the file." in done.problems[9]


def test_google_groups_become_one_product_and_units_leave_prices() -> None:
    done = sample("google.tsv", stock_if_new=5)
    assert variants("harbour-tee-blue") == [
        ("TEE-B-M", Decimal("19.90"), 25, 5, 200, {"size": "M"}),
        ("TEE-B-L", 25, None, 5, 198, {"size": "L"}),
    ]
    assert attributes("harbour-tee-blue") == {"Color: Blue"}
    lamp = Product.objects.get(slug="desk-lamp-arc")
    assert (lamp.title, lamp.price_amount, lamp.is_in_stock) == (
        "Desk Lamp “Arc”".replace("“", '"').replace("”", '"'),
        89,
        False,
    )
    assert attributes("desk-lamp-arc") == {"Color: Black", "Color: Brass", "Condition: refurbished"}
    assert "is in USD, but the shop sells in EUR" in done.problems[5][0]
    assert done.report.left_out == {"shipping(country:price)": 1, "custom_label_0": 1}


def test_google_xml_names_the_lines_of_its_items() -> None:
    done = sample("google.xml")
    assert variants("ribbed-vase") == [
        ("VASE-W", Decimal("1249.50"), None, 3, 0, {"color": "White"}),
        ("VASE-B", Decimal("1249.50"), None, 0, 0, {"color": "Black"}),
    ]
    assert done.problems[33] == ["The price is missing."]
    assert done.report.left_out == {"shipping": 1}


def test_magento_configurables_collect_the_simple_products_before_them() -> None:
    done = sample("magento.csv")
    assert variants("pier-bag") == [
        ("BAG-S", 34, None, 5, 800, {"Size": "S"}),
        ("BAG-L", Decimal("39.50"), 44, 0, 1100, {"Size": "L"}),
    ]
    bag = Product.objects.get(slug="pier-bag")
    assert (bag.brand, bag.seo_title, bag.description) == (
        "Halden", "Pier bag to carry", "Short.\n\nA bag for every day.",
    )  # fmt: skip
    assert attributes("pier-bag") == {"Material: Canvas", "Material: Leather", "Features: Two pockets, a zip"}
    assert Product.objects.get(slug="tide-watch").status == "draft"
    assert done.problems[4] == ["The variant “BAG-XL” is not in the file."]
    assert "A product of the type “bundle” has no place here." in done.problems[7]


def test_a_product_of_another_name_keeps_its_own_address() -> None:
    ProductFactory(slug="ribbed-vase", title="Ribbed vase of ours")
    sample("google.xml")
    assert variants("ribbed-vase-vase")[0][0] == "VASE-W"
    Product.objects.filter(slug="ribbed-vase-vase").update(slug="vase-renamed")
    assert sample("google.xml").report.created == 0
    assert variants("vase-renamed")[0][0] == "VASE-W"


def test_stock_without_a_number_is_never_written_over() -> None:
    sample("google.tsv", stock_if_new=5)
    Variant.objects.filter(sku="TEE-B-M").update(on_hand=2)
    sample("google.tsv", stock_if_new=5)
    assert Variant.objects.get(sku="TEE-B-M").on_hand == 2


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ("24", "24.00"), ("24,00", "24.00"), ("12.50 EUR", "12.50"), ("EUR 12,50", "12.50"), ("€1,299.00", "1299.00"),
        ("1.299,00 €", "1299.00"), ("1,299", "1299.00"), ("1.299.000", "1299000.00"), ("34.000000", "34.00"),
        ("1'299.00", "1299.00"), (".5", "0.50"), ("0,500", "0.50"),
    ],
)  # fmt: skip
def test_prices_of_any_notation_are_read(tmp_path: Path, price: str, amount: str) -> None:
    file = tmp_path / "shopify.csv"
    file.write_text(f'Handle,Title,Variant SKU,Variant Price\nmug,Mug,M-1,"{price}"\n')
    assert not Import(file).problems
    assert Variant.objects.get().price_amount == Decimal(amount)


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("free", "is not a number such as 24.00"),
        ("-3", "The price is negative"),
        ("9.999", "has too many decimal places"),
        ("12 USD", "is in USD"),
        ("£12", "is in GBP"),
        ("9" * 70, "is not a number"),
        ("NaN", "is not a number"),
    ],
)
def test_a_price_that_means_nothing_here_is_a_problem_of_its_line(tmp_path: Path, price: str, reason: str) -> None:
    file = tmp_path / "shopify.csv"
    file.write_text(f'Handle,Title,Variant SKU,Variant Price\nmug,Mug,M-1,"{price}"\ncup,Cup,C-1,8\n')
    done = Import(file)
    assert reason in done.problems[2][0]
    assert Variant.objects.get().sku == "C-1"


BOMB = '<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss><item><id>&b;</id></item></rss>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><id>&f;</id></item></rss>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document type or entities, which are refused"),
        (OUTSIDE, "document type or entities, which are refused"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><rss/>', "document type or entities, which are refused"),
        ("<rss><item></rss>", "is not valid XML"),
        ("<a>" * 60, "nested too deeply"),
    ],
)
def test_dangerous_xml_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(text)
    with pytest.raises(InvalidFeed, match=reason):
        Import(file)


def test_a_format_can_be_chosen_and_semicolons_are_read(tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text('id;title;price;availability\nM-1;Mug;"24,00";in_stock\n')
    assert Import(file, source="google").report.created == 1
    with pytest.raises(InvalidFeed, match="lacks the columns"):
        Import(file, source="semblance")


def test_the_command_lists_columns_without_a_place(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text("Handle,Title,Variant SKU,Variant Price,Cost per item\nmug,Mug,M-1,8.00,3.00\n")
    call_command("import_catalog", str(file), "--from", "shopify")
    assert (
        "Columns without a place in the shop, with their filled cells: cost per item (1)." in capsys.readouterr().out
    )

"""Every product is found by its own title."""

import unicodedata
from typing import Any, Literal

import pytest
from django.contrib.admin import site
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.admin import ProductAdmin
from catalog.models import Category, Product
from catalog.models.search_tally import SearchTally
from catalog.search import count_words, find, refresh_keywords, suggest
from catalog.search.terms import terms
from catalog.text.cleaning import clean_text
from shop.checkout.staff_orders import ItemsForm
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db

TITLES = [
    "Sugar/Milk Set", "AC/DC Charger", "Carafe 2.5 l", "Carafe 1,5 l", "Camera EOS-900", "Cell 21700-3.6V",
    "Charger 24V/3A", "Deno.js mug", "Recorder DS-7108NI-Q1/8P/M", "Lamp 24/7", "USB-C 3.0 Dock", "WD-40 Spray",
    "Smith&Sons Knife", "L'Étoile D’Angelo", "tea@pots.example", "small_cup", "Cup 3/4 inch",
    "Rug 60×40 cm", "Mix 40%-Silk", "Bulb x2.5", "Model -900", "T.E.A. Pot", "v1.2.3", "No. 7", "#1 Mug", "C++ Mug",
    "½ Pint", "★★★", "🫖", "Mug 🫖 with tea", "पानी की बोतल", "แก้วกาแฟ", "ຖ້ວຍ", "ពែង", "ကော်ဖီ", "قَهْوَةٌ عَرَبِيَّة", "שָׁלוֹם",
    "陶器茶碗", "有田焼のコーヒーカップ", "커피잔세트", "Κούπα ΚΑΦΈΣ", "Чайник ёлочка",
    "İncebelli ÇAY bardağı", "Große Süßigkeit",
    "ＷＩＤＥ ｔｉｔｌｅ", "Crème Brûlée", "A", "7", "The", "to be or not to be",
]  # fmt: skip


def found(text: str) -> list[str]:
    return [product.title for product in find(Product.objects.all(), text).products]


@pytest.fixture(name="shelf")
def _shelf() -> None:
    category = CategoryFactory()
    for number, title in enumerate(TITLES):
        sku = "shelf" + "x" * number  # digits would answer to the numbers searched for here
        ProductFactory(title=title, slug=f"p{number}", category=category, sku=sku)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_search_ranks_the_exact_title_first(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    assert {title: found(unicodedata.normalize(form, title))[:1] for title in TITLES} == {
        title: [title] for title in TITLES
    }


@pytest.mark.usefixtures("shelf")
def test_every_search_finds_a_product_by_its_title(client: Any, rf: Any) -> None:
    admin = ProductAdmin(Product, site)
    for title in TITLES:
        answer = client.get("/api/v1/search/", {"q": title}).json()
        assert (title, answer["corrected_query"]) == (answer["results"][0]["title"], None)
        listed, _may_repeat = admin.get_search_results(rf.get("/"), Product.objects.all(), title)
        assert title in listed.values_list("title", flat=True)
        if len(title) > 1 and title != "The":
            assert title in [product.title for product in suggest(Product.objects.all(), title).products], title
    form = ItemsForm({"email": "a@b.example", "item-0": "Charger 24V/3A", "quantity-0": "1"}, now=timezone.now())
    assert form.is_valid(), form.errors
    assert not SearchTally.objects.filter(unanswered__gt=0).exists(), "no search may count as unanswered"


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("wd40", "WD-40 Spray"), ("wd 40", "WD-40 Spray"), ("WD‑40", "WD-40 Spray"), ("denojs", "Deno.js mug"),
        ("carafe 2,5l", "Carafe 2.5 l"), ("carafe 1.5", "Carafe 1,5 l"), ("24 v charger", "Charger 24V/3A"),
        ("24v", "Charger 24V/3A"), ("3a", "Charger 24V/3A"), ("7108ni", "Recorder DS-7108NI-Q1/8P/M"),
        ("ds7108", "Recorder DS-7108NI-Q1/8P/M"), ("eos900", "Camera EOS-900"), ("usb 3", "USB-C 3.0 Dock"),
        ("60 x 40", "Rug 60×40 cm"), ("60x40cm", "Rug 60×40 cm"), ("smith sons", "Smith&Sons Knife"),
        ("smith and sons", "Smith&Sons Knife"),
        ("letoile", "L'Étoile D’Angelo"), ("etoile", "L'Étoile D’Angelo"), ("3.6 V", "Cell 21700-3.6V"),
        ("1/2 pint", "½ Pint"), ("茶碗", "陶器茶碗"), ("碗", "陶器茶碗"), ("コーヒー", "有田焼のコーヒーカップ"),
        ("ｺｰﾋｰ", "有田焼のコーヒーカップ"), ("커피잔", "커피잔세트"), ("กาแฟ", "แก้วกาแฟ"), ("बोतल", "पानी की बोतल"),
        ("قهوة", "قَهْوَةٌ عَرَبِيَّة"),
        ("שלום", "שָׁלוֹם"), ("καφές", "Κούπα ΚΑΦΈΣ"), ("елочка", "Чайник ёлочка"), ("cay", "İncebelli ÇAY bardağı"),
        ("grosse suessigkeit", None), ("GROSSE", "Große Süßigkeit"), ("wide title", "ＷＩＤＥ ｔｉｔｌｅ"),
        ("creme brulee", "Crème Brûlée"), ("碗茶", None), ("15 l", None), ("37v", None), ("zeppelin", None),
    ],
)  # fmt: skip
def test_search_finds_other_spellings_and_parts(text: str, title: str | None) -> None:
    assert title in found(text) if title else found(text) == []


def test_search_respects_the_decimal_point() -> None:
    for slug, title in (("large", "Kettle 15 l"), ("small", "Kettle 1.5 l")):
        ProductFactory(title=title, slug=slug)
    assert found("kettle 1,5 l")[0] == "Kettle 1.5 l"
    assert found("kettle 15 l")[0] == "Kettle 15 l"


def test_search_finds_skus_of_any_script_and_their_parts() -> None:
    ProductFactory(title="Kettle", sku="急須-12/34 B")
    for text in ("急須-12/34 B", "急須1234B", "急須", "12/34", "34b", "1234"):
        assert found(text) == ["Kettle"], text


def test_suggest_matches_categories_like_products() -> None:
    CategoryFactory(name="Crème & Café", slug="cafe")
    CategoryFactory(name="茶壶", slug="pots")
    for text, name in (("CREME", "Crème & Café"), ("cafe\u0301", "Crème & Café"), ("茶壶", "茶壶")):
        assert [each.name for each in suggest(Product.objects.all(), text).categories] == [name]


def test_find_corrects_words_of_other_scripts() -> None:
    ProductFactory(title="Красный чайник")
    count_words(timezone.now())
    assert find(Product.objects.all(), "чайнки").corrected_query == "чайник"


WORD = st.one_of(
    st.text(st.characters(whitelist_categories=("Ll", "Lu", "Lo", "Nd")), min_size=1, max_size=8),
    st.text(st.sampled_from("अकनिीा्लกขาิ้ำ陶茶壶カガーㄱ커피كُبٌאִבּàé"), min_size=1, max_size=8),
    st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,4}(\.[0-9])?[a-zA-Z]{0,2}", fullmatch=True),
    st.text(st.characters(whitelist_categories=("So", "Sm")), min_size=1, max_size=2),
)
MADE_UP = st.lists(WORD, min_size=1, max_size=5).flatmap(
    lambda parts: st.lists(st.sampled_from([" ", "/", "-", ".", ",", "&", "'", "_", "+", " - ", "™ ", "%"]),
                           min_size=len(parts), max_size=len(parts))
    .map(lambda between: "".join(map("".join, zip(parts, between, strict=True))).strip())
)  # fmt: skip


@pytest.mark.usefixtures("shelf")
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MADE_UP.map(clean_text).filter(terms))  # as titles are stored
def test_search_ranks_any_product_near_the_top_by_its_title(title: str) -> None:
    product, _is_new = Product.objects.get_or_create(
        slug="made-up", defaults={"title": "-", "category": Category.objects.get()}
    )
    Product.objects.filter(pk=product.pk).update(title=title)
    refresh_keywords([product.pk])
    assert product in find(Product.objects.all(), title).products[:3], ascii(title)
    assert product in find(Product.objects.all(), unicodedata.normalize("NFD", title)).products[:3]

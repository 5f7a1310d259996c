"""Invoices in every writing system: shaped, in the right direction, and complete."""

import unicodedata
from io import BytesIO
from typing import Any

import pytest
from fpdf import FPDF
from pypdf import PdfReader

from shop.orders.models import Order, OrderAddress, OrderLine
from shop.orders.paper import draw_invoice
from shop.orders.typesetting import BOX, Line, Typesetter
from tests.purchases import article, buy, cart_of, deliver_to

WRITTEN = {
    "Latin": ("Zoë Nguyễn Łukasz", "Würfel für Ægir, 12 €"),
    "Greek": ("Ελένη Παπαδοπούλου", "Κούπα μπλε"),
    "Cyrillic": ("Ольга Їжакевич", "Кружка синяя"),
    "Arabic": ("فاطمة الزهراء", "إبريق شاي من الزجاج"),
    "Persian": ("رضا پهلوان", "قوری شیشه‌ای گرم"),
    "Hebrew": ("רבקה לוי", "קנקן תה מזכוכית"),
    "Hindi": ("प्रिया शर्मा", "काँच की केतली"),
    "Bengali": ("তানিয়া রহমান", "কাচের কেটলি"),
    "Tamil": ("மீனாட்சி", "கண்ணாடி கெண்டி"),
    "Telugu": ("లక్ష్మి", "గాజు కెటిల్"),
    "Thai": ("สุดารัตน์ วงศ์ดี", "กาน้ำชาแก้วสีฟ้า"),
    "Khmer": ("សុខា ចាន់", "កំសៀវកែវ"),
    "Burmese": ("အောင်ဆန်း", "ဖန်လက်ဖက်ရည်အိုး"),
    "Georgian": ("ნინო ბერიძე", "შუშის ჩაიდანი"),
    "Armenian": ("Անահիտ Գրիգորյան", "Ապակե թեյնիկ"),
    "Amharic": ("ሰላም ተስፋዬ", "የመስታወት ማንቆርቆሪያ"),
    "Chinese": ("李晓梅", "玻璃茶壶（蓝色）"),
    "Taiwanese": ("陳怡君", "藍色玻璃茶壺"),
    "Japanese": ("佐藤花子", "ガラスの急須・青"),
    "Korean": ("박지영", "유리 찻주전자 뷁"),
    "emoji": ("Ann 🌷", "Mug 🎁 with a 🦊"),
}


def bare(text: str) -> str:
    """Return the text in compatibility form, without spaces and invisible characters."""
    seen = (
        each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) not in ("Cf", "Zs", "Cc")
    )
    return "".join(seen)


def invoice(name: str, title: str, **address: str) -> bytes:
    """Return the invoice of an order by this person for this item."""
    deliver_to("DE")
    order = buy(cart_of(article("10.00")))
    OrderAddress.objects.filter(order=order).update(name=name, **address)
    OrderLine.objects.filter(order=order).update(title=title)
    return draw_invoice(Order.objects.get(pk=order.pk))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def fonts_of(pdf: bytes) -> set[str]:
    found: set[str] = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        found |= {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in resources["/Font"].values()}
    return found


def lines(text: str, width: float = 80, country: str = "DE") -> list[Line]:
    pdf = FPDF()
    pdf.add_page()
    return Typesetter(pdf, country).lines(text, width, 10)


def shown(line: Line) -> list[str]:
    return [run.text for run in line.runs]


@pytest.mark.django_db
@pytest.mark.parametrize("writing", WRITTEN)
def test_an_invoice_has_every_character_of(writing: str) -> None:
    name, title = WRITTEN[writing]
    pdf = invoice(name, title)
    found = bare(text_of(pdf))
    for word in f"{name} {title}".split():
        if writing not in ("Hindi", "Bengali", "Tamil", "Telugu", "Khmer", "Burmese"):
            assert bare(word) in found
        # A glyph may stand for several characters, and glyphs are drawn in another order than typed.
        assert set(bare(word)) <= set(found)
    assert BOX not in found
    assert "€10.00" in found


@pytest.mark.django_db
def test_characters_that_no_font_has_are_printed_as_boxes() -> None:
    found = text_of(invoice("Ann \U00012345 Lee", "Mug \ue123"))
    assert f"Ann {BOX}Lee" in found.replace(f"{BOX} ", BOX)
    assert found.count(BOX) == 2


@pytest.mark.django_db
def test_an_invoice_embeds_only_the_fonts_it_needs() -> None:
    assert fonts_of(invoice("Ann Lee", "Mug")) == {"NotoSans", "NotoSansBold"}
    assert fonts_of(invoice("רבקה לוי", "Mug")) == {"NotoSans", "NotoSansBold", "NotoSansHebrew"}


@pytest.mark.django_db
def test_a_long_table_continues_with_its_headings_on_the_next_page() -> None:
    deliver_to("DE")
    order = buy(cart_of(*(article("1.00") for _ in range(45))))
    pages = [page.extract_text() for page in PdfReader(BytesIO(draw_invoice(order))).pages]
    assert len(pages) > 1
    assert all("Quantity" in page for page in pages)
    assert sum(page.count("Product ") for page in pages) == 45


def test_right_to_left_lines_run_right_to_left() -> None:
    line = lines("مصباح (كبير) Model X 12")[0]
    assert line.is_rtl
    first, *rest = shown(line)
    assert first == "Model X 12"
    assert "".join(reversed(rest)) == "مصباح (كبير) "
    assert [run.level % 2 for run in line.runs] == [0, *(1 for _run in rest)]


def test_foreign_words_keep_their_place_in_left_to_right_lines() -> None:
    line = lines("Zubehör מנורת שולחן (Größe 42)")[0]
    assert not line.is_rtl
    assert bare("".join(shown(line))) == bare("Zubehör מנורת שולחן (Größe 42)")


def test_numbers_in_an_address_stay_readable() -> None:
    line = lines("شارع الملك فهد 12، شقة 4")[0]
    assert [text.strip() for text in shown(line)] == ["4", "، شقة", "12", "شارع الملك فهد"]


def test_arabic_letters_are_joined() -> None:
    (joined,) = lines("ببب")[0].runs
    (alone,) = lines("ب")[0].runs
    assert joined.width < 2.5 * alone.width


def test_han_characters_take_the_form_of_the_country() -> None:
    assert lines("骨", country="CN")[0].language == "zh-Hans"
    assert lines("骨", country="JP")[0].language == ""
    assert lines("ひらがなの骨", country="DE")[0].language == ""


@pytest.mark.parametrize(
    "text",
    [
        "A long title of several words that does not fit on a single line of such a narrow column",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "مصباح مكتب طويل من الخشب والنحاس مع مفتاح كهربائي Model X-200 وكابل بطول مترين",
        "这是一个非常长的商品名称，没有任何空格，所以必须在文字之间换行，而不是在标点之前换行。",
        "ภาษาไทยเขียนติดกันโดยไม่มีช่องว่างระหว่างคำจึงต้องตัดบรรทัดให้ได้",
        "नमस्ते क्षत्रिय विश्वविद्यालय के विद्यार्थियों के लिए काँच की केतली",
    ],
)
def test_no_line_exceeds_its_column_and_no_text_is_lost(text: str) -> None:
    found = lines(text, 40)
    assert len(found) > 1
    assert all(line.width <= 40 for line in found)
    written = "".join("".join(shown(line)) for line in found)
    assert sorted(bare(written)) == sorted(bare(text))
    for line in found:
        first = shown(line)[0][0]
        assert unicodedata.category(first)[0] != "M"
        assert first not in "，。"


def test_a_column_narrower_than_a_character_has_one_per_line() -> None:
    assert [shown(line) for line in lines("ab", 0.1)] == [["a"], ["b"]]

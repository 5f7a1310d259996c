"""From the text of a page to HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.pages.text import as_html, filled_in
from shop.storefront.models import ShopSettings


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Who we are\nVesta", "<h2>Who we are</h2>\n<p>Vesta</p>"),
        ("## Small", "<h3>Small</h3>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("1 Long Street\nKiel\n\nNext", "<p>1 Long Street<br>Kiel</p>\n<p>Next</p>"),
        ("#1 in town", "<p>#1 in town</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("- 5 < 6", "<ul><li>5 &lt; 6</li></ul>"),
        ("", ""),
    ],
)
def test_text_becomes_html(text: str, html: str) -> None:
    assert as_html(text) == html


def test_addresses_become_links() -> None:
    html = as_html("See https://example.com/a?b=1&c=2 or write to shop@example.com.")
    assert '<a href="https://example.com/a?b=1&amp;c=2">' in html
    assert '<a href="mailto:shop@example.com">' in html


@given(st.text(alphabet="<>&\"'#-* 1.[]{}ab:/\n@", max_size=80))
def test_no_text_breaks_out_of_its_element(text: str) -> None:
    html = str(as_html(text))
    for tag in ("<a ", "</a>", "<p>", "</p>", "<br>", "<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>",
                "<h2>", "</h2>", "<h3>", "</h3>"):  # fmt: skip
        html = html.replace(tag, "")
    assert "<" not in html


def test_settings_fill_in_their_places() -> None:
    shop = ShopSettings(name="Vesta", address="Vesta\n1 Long Street", email="hello@vesta.test", tax_number="DE 1")
    text = filled_in("{name}: {address}, {email} {tax number} {phone}{other}", shop)
    assert text == "Vesta: Vesta\n1 Long Street, hello@vesta.test DE 1 {other}"
    assert filled_in("Email: {email}\nTelephone: {phone}", shop) == "Email: hello@vesta.test"

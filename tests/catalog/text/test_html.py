"""Descriptions in HTML: text and structure stay, everything else goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.text.html import clean_html, count_media, html_text, is_html, without_data


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ('<p class="x" onclick="y()">Soft <b>wool</b></p>', "<p>Soft <b>wool</b></p>"),
        ("<script>alert(1)</script><style>p{}</style><p>a</p>", "<p>a</p>"),
        ('<a href="javascript:x()">here</a>', "here"),
        ("<img src=x onerror=y><svg onload=z><p>a</p>", "<p>a</p>"),
        ("<h1>a</h1><h4>b</h4>", "<h2>a</h2><h3>b</h3>"),
        ("<h3>a</h3>", "<h2>a</h2>"),
        ("<p>&nbsp;</p><p><strong> </strong></p><p>a</p>", "<p>a</p>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<!-- note --><ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<math><mtext><table><mglyph><style><img src onerror=x>", ""),
    ],
)
def test_cleaning_keeps_text_and_structure(html: str, cleaned: str) -> None:
    assert clean_html(html) == cleaned
    assert clean_html(cleaned) == cleaned


def test_text_keeps_paragraphs_lists_and_cells_apart() -> None:
    html = "<h2>Care</h2><p>Wash\ncold.<br>Dry flat.</p><ul><li>a</li><li>b &amp; c</li></ul>"
    html += "<table><tr><td>x</td><td>y</td></tr></table>"
    assert html_text(html) == "Care\n\nWash cold.\nDry flat.\n\n• a\n• b & c\n\nx y"


def test_plain_text_is_not_taken_for_html() -> None:
    assert not any(map(is_html, ("2 < 3 > 1", "a <3 b", "x<y", "")))
    assert all(map(is_html, ("a<br>b", "<P>x", "x</b>")))


def test_embedded_files_do_not_count_as_text() -> None:
    html = f'<p>a<img src="data:image/png;base64,{"A" * 300_000}"></p>'
    assert without_data(html) == '<p>a<img src=""></p>'
    assert count_media(html) == 1


@given(st.text(alphabet="<>/ph1uliscrt\"'= &;a", max_size=60))
def test_cleaned_html_never_has_an_attribute_or_a_script(text: str) -> None:
    cleaned = clean_html(text)
    assert "<script" not in cleaned
    assert "=" not in "".join(part.partition(">")[0] for part in cleaned.split("<")[1:])

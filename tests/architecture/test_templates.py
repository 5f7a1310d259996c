"""Templates obey the content security policy; style sheets use the design tokens."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.template.loader import get_template

from tests.architecture.source import ROOT, files

TEMPLATES = files("templates/*.html")
FOREIGN_CLASSES = {"errorlist", "file-upload", "inline-group", "htmx-request"}  # of Django's admin and htmx
SHEETS = [path for path in files("static/css/*.css") if path.name != "tokens.css"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_templates_have_no_inline_style_or_script(template: Path) -> None:
    text = template.read_text()
    assert not re.findall(r"<style|<[^>{]*\sstyle=|<[^>{]*\son[a-z]+=|<script(?![^>]*\ssrc=)[^>]*>|javascript:", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_templates_reference_existing_files(template: Path) -> None:
    text = template.read_text()
    missing = [each for each in re.findall(r"{% static '([^']+)' %}", text) if not find(each)]  # ours or Django's own
    parts = re.findall(r"""{% (?:include|extends) "([^"]+)\"""", text)
    assert not missing
    for each in parts:
        get_template(each)  # ours or Django's own


def test_every_component_is_used() -> None:
    everything = "".join(path.read_text() for path in [*TEMPLATES, *files("*.py")])
    components = [path for path in TEMPLATES if path.parent.name == "components"]
    assert components
    assert not [each.name for each in components if f"components/{each.name}" not in everything]


def test_template_lines_are_short() -> None:
    long = [
        f"{name(path)}:{number}"
        for path in files("templates/*")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert not long


@pytest.mark.parametrize("sheet", SHEETS, ids=name)
def test_every_css_class_is_used(sheet: Path) -> None:
    sources = [*files("templates/*"), *files("static/js/*.js"), *files("shop/*.py"), *files("catalog/*.py")]
    words = set(re.findall(r"[\w-]+", " ".join(path.read_text() for path in sources)))
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", sheet.read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\.([a-z][\w-]*)", selectors)) - words - FOREIGN_CLASSES == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=name)
def test_style_sheets_take_colours_from_the_tokens(sheet: Path) -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)|\b(?:rgb|hsl|oklch)\(", sheet.read_text())

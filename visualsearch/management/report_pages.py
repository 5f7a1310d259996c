"""Report pages of the commands: single HTML files with the style sheet and all pictures inside."""

from collections.abc import Sequence
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from catalog.atomic_files import atomic_write_text
from visualsearch.embedding.data_uris import data_uri
from visualsearch.measuring.page import Section


def write_page(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write the page of a report."""
    sheets = [Path(finders.find(f"css/{name}.css") or "") for name in ("tokens", "measured")]
    style = data_uri("text/css", b"".join(sheet.read_bytes() for sheet in sheets))
    with atomic_write_text(path) as file:
        file.write(
            render_to_string("visualsearch/measured.html", {"title": title, "sections": sections, "style": style})
        )

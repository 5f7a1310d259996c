"""What a browser would send of a page's form, as it was served."""

from html.parser import HTMLParser
from typing import Any

SILENT = {"submit", "button", "file", "image", "reset"}


class _Reader(HTMLParser):
    def __init__(self, of: str) -> None:
        super().__init__()
        self.of, self.is_in, self.fields = of, False, dict[str, list[str]]()
        self.buttons = set[tuple[str, str]]()
        self._text: str | None = None
        self._select, self._options = "", list[tuple[str, bool]]()
        self._is_multiple = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        name = have.get("name", "")
        if tag == "form":
            self.is_in = have.get("id", "").endswith(self.of)
        elif not self.is_in or "disabled" in have:
            return
        elif tag == "button":
            self.buttons.add((name, have.get("value", "")))
        elif tag == "input" and name and have.get("type") not in SILENT:
            if have.get("type") not in ("checkbox", "radio"):
                self.fields.setdefault(name, []).append(have.get("value", ""))
            elif "checked" in have:
                self.fields.setdefault(name, []).append(have.get("value", "on"))
        elif tag == "textarea":
            self._text = ""
            self.fields.setdefault(name, [])
            self._select = name
        elif tag == "select":
            self._select, self._options, self._is_multiple = name, [], "multiple" in have
        elif tag == "option":
            self._options.append((have.get("value", ""), "selected" in have))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_in = False
        elif tag == "textarea" and self._text is not None:
            self.fields[self._select].append(self._text.removeprefix("\n").replace("\n", "\r\n"))
            self._text = None
        elif tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected]
            if not chosen and self._options and not self._is_multiple:
                chosen = [self._options[0][0]]
            if chosen:
                self.fields.setdefault(self._select, []).extend(chosen)
            self._select = ""


def filled(response: Any, of: str = "_form") -> dict[str, Any]:
    """The fields of the form whose id ends so, as they are sent untouched."""
    reader = _Reader(of)
    reader.feed(response.content.decode())
    assert reader.fields, "The page has no such form."
    return {name: values[0] if len(values) == 1 else values for name, values in reader.fields.items()}


def buttons(response: Any, of: str = "_form") -> set[tuple[str, str]]:
    """The names and values of the form's buttons."""
    reader = _Reader(of)
    reader.feed(response.content.decode())
    return reader.buttons

"""Read the forms of a page as a browser would submit them."""

from html.parser import HTMLParser
from typing import Any

NOT_SUBMITTED = {"submit", "button", "file", "image", "reset"}


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.is_in, self.fields = form_id, False, dict[str, list[str]]()
        self.buttons = set[tuple[str, str]]()
        self._text: str | None = None
        self._select, self._options = "", list[tuple[str, bool]]()
        self._is_multiple = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        if tag == "form":
            self.is_in = values.get("id", "").endswith(self.form_id)
        elif not self.is_in or "disabled" in values:
            return
        elif tag == "button":
            self.buttons.add((name, values.get("value", "")))
        elif tag == "input" and name and values.get("type") not in NOT_SUBMITTED:
            if values.get("type") not in ("checkbox", "radio"):
                self.fields.setdefault(name, []).append(values.get("value", ""))
            elif "checked" in values:
                self.fields.setdefault(name, []).append(values.get("value", "on"))
        elif tag == "textarea":
            self._text = ""
            self.fields.setdefault(name, [])
            self._select = name
        elif tag == "select":
            self._select, self._options, self._is_multiple = name, [], "multiple" in values
        elif tag == "option":
            self._options.append((values.get("value", ""), "selected" in values))

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


def form_data(response: Any, form_id: str = "_form") -> dict[str, Any]:
    """Return the fields, unchanged, of the form whose id ends with `form_id`."""
    reader = _Reader(form_id)
    reader.feed(response.content.decode())
    assert reader.fields, "The page has no such form."
    return {name: values[0] if len(values) == 1 else values for name, values in reader.fields.items()}


def form_buttons(response: Any, form_id: str = "_form") -> set[tuple[str, str]]:
    """Return the names and values of the form's buttons."""
    reader = _Reader(form_id)
    reader.feed(response.content.decode())
    return reader.buttons

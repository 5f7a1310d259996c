"""The values of a form as a browser sends them: to compare them, to write them and to put them into words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext

LONGEST_WORDS = 200


def sent_untouched(bound: forms.BoundField) -> Any:
    """Return what a browser sends where nobody touches the field: a string, a truth, or a list of either."""
    value = bound.field.prepare_value(bound.initial)
    return _normalised(bound.field, _sent(_widget(bound), value))


def sent(bound: forms.BoundField) -> Any:
    """Return what was sent, in the form of `sent_untouched`. A file that was chosen is its name."""
    value = bound.data
    if isinstance(_widget(bound), forms.FileInput):
        return sent_untouched(bound) if value is None else str(value)
    return _normalised(bound.field, value)


def is_omitted(bound: forms.BoundField) -> bool:
    """Return True if the field did not stand in what was sent."""
    form = bound.form
    return bool(bound.field.widget.value_omitted_from_data(form.data, form.files, bound.html_name))


def is_file(bound: forms.BoundField) -> bool:
    """Return True for a field that uploads a file, which no page can hold on to."""
    return isinstance(_widget(bound), forms.FileInput)


def write_sent(data: QueryDict, bound: forms.BoundField, value: Any) -> None:
    """Write a value of `sent_untouched` into what was sent."""
    widget, name = _widget(bound), bound.html_name
    if isinstance(widget, forms.FileInput):
        return  # without an upload, the file stays as it is
    if isinstance(widget, forms.MultiWidget):
        for end, each in zip(cast(Any, widget).widgets_names, value, strict=True):
            data[name + end] = each
    elif isinstance(value, list):
        data.setlist(name, value)
    elif isinstance(value, bool):
        data.pop(name, None)
        if value:
            data[name] = "on"
    else:
        data[name] = value


def fingerprint(value: Any) -> str:
    """Return a short text that differs where values differ."""
    return hashlib.blake2b(json.dumps(value, default=str).encode(), digest_size=8).hexdigest()


def in_words(bound: forms.BoundField, value: Any) -> str:
    """Return a value of `sent` as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    chosen = [str(each) for each in value if each] if isinstance(value, list) else [str(value)] if value else []
    words = ", ".join(_labels(bound.field, chosen)) if isinstance(bound.field, forms.ChoiceField) else " ".join(chosen)
    return Truncator(words).chars(LONGEST_WORDS) if words else gettext("nothing")


def _labels(field: forms.ChoiceField, chosen: list[str]) -> Iterable[str]:
    if isinstance(field, forms.ModelChoiceField):
        try:
            found = cast(Any, field.queryset).filter(**{f"{field.to_field_name or 'pk'}__in": chosen})
            return [str(field.label_from_instance(each)) for each in found]
        except (ValueError, TypeError):
            return chosen
    labels: dict[str, str] = {}
    for key, label in cast(Any, field.choices):
        grouped = label if isinstance(label, list | tuple) else [(key, label)]
        labels |= {str(each): str(name) for each, name in grouped}
    return [labels.get(each, each).replace("\N{NO-BREAK SPACE}", " ").strip() for each in chosen]


def _widget(bound: forms.BoundField) -> forms.Widget:
    """Return the widget itself, where the admin has wrapped links around it."""
    widget = bound.field.widget
    return cast(forms.Widget, getattr(widget, "widget", widget))


def _sent(widget: forms.Widget, value: Any) -> Any:
    if isinstance(widget, forms.MultiWidget):
        parts = value if isinstance(value, list | tuple) else widget.decompress(value)
        return [
            _sent(each, part) for each, part in zip(widget.widgets, parts or [None] * len(widget.widgets), strict=True)
        ]
    if isinstance(widget, forms.CheckboxInput):
        return bool(widget.check_test(value))
    if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple | forms.MultipleHiddenInput):
        return [str(each) for each in value or []]
    if isinstance(widget, forms.FileInput):
        return str(value) if value else ""
    written = widget.format_value(value)
    return written[0] if isinstance(written, list) and written else "" if isinstance(written, list) else written


def _normalised(field: forms.Field, value: Any) -> Any:
    if isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        return sorted(str(each) for each in value or [])
    if isinstance(value, list | tuple):
        return [_normalised(field, each) for each in value]
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value).replace("\r\n", "\n").strip()

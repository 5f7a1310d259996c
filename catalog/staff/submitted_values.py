"""Form values as a browser submits them: compare, overwrite and describe them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext

MAX_DESCRIPTION = 200  # characters


def untouched_value(bound: forms.BoundField) -> Any:
    """Return what a browser submits if the user leaves the field alone: a string, a boolean, or a list of either."""
    value = bound.field.prepare_value(bound.initial)
    return _normalised(bound.field, _rendered(_widget(bound), value))


def submitted_value(bound: forms.BoundField) -> Any:
    """Return the submitted value in the same shape as `untouched_value`. An upload is represented by its name."""
    value = bound.data
    if isinstance(_widget(bound), forms.FileInput):
        return untouched_value(bound) if value is None else str(value)
    return _normalised(bound.field, value)


def is_omitted(bound: forms.BoundField) -> bool:
    """Return True if the field is missing from the submitted data."""
    form = bound.form
    return bool(bound.field.widget.value_omitted_from_data(form.data, form.files, bound.html_name))


def is_file(bound: forms.BoundField) -> bool:
    return isinstance(_widget(bound), forms.FileInput)


def overwrite(data: QueryDict, bound: forms.BoundField, value: Any) -> None:
    """Replace the field's submitted data with a value of `untouched_value`."""
    widget, name = _widget(bound), bound.html_name
    if isinstance(widget, forms.FileInput):
        return  # without an upload, the file does not change
    if isinstance(widget, forms.MultiWidget):
        for suffix, each in zip(cast(Any, widget).widgets_names, value, strict=True):
            data[name + suffix] = each
    elif isinstance(value, list):
        data.setlist(name, value)
    elif isinstance(value, bool):
        data.pop(name, None)
        if value:
            data[name] = "on"
    else:
        data[name] = value


def fingerprint(value: Any) -> str:
    """Return a short hash of the value."""
    return hashlib.blake2b(json.dumps(value, default=str).encode(), digest_size=8).hexdigest()


def describe(bound: forms.BoundField, value: Any) -> str:
    """Return a submitted value as people read it, with the labels of choices."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    chosen = [str(each) for each in value if each] if isinstance(value, list) else [str(value)] if value else []
    words = ", ".join(_labels(bound.field, chosen)) if isinstance(bound.field, forms.ChoiceField) else " ".join(chosen)
    return Truncator(words).chars(MAX_DESCRIPTION) if words else gettext("nothing")


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
    """Return the field's widget without the wrapper that the admin adds for its links."""
    widget = bound.field.widget
    return cast(forms.Widget, getattr(widget, "widget", widget))


def _rendered(widget: forms.Widget, value: Any) -> Any:
    if isinstance(widget, forms.MultiWidget):
        parts = value if isinstance(value, list | tuple) else widget.decompress(value)
        parts = parts or [None] * len(widget.widgets)
        return [_rendered(each, part) for each, part in zip(widget.widgets, parts, strict=True)]
    if isinstance(widget, forms.CheckboxInput):
        return bool(widget.check_test(value))
    if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple | forms.MultipleHiddenInput):
        return [str(each) for each in value or []]
    if isinstance(widget, forms.FileInput):
        return str(value) if value else ""
    text = widget.format_value(value)
    return next(iter(text), "") if isinstance(text, list) else text


def _normalised(field: forms.Field, value: Any) -> Any:
    if isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        return sorted(str(each) for each in value or [])
    if isinstance(value, list | tuple):
        return [_normalised(field, each) for each in value]
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value).replace("\r\n", "\n").strip()

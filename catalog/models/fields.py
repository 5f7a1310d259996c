"""Fields whose text is cleaned by `catalog.text.cleaning`, whoever writes it or looks for it.

Migrations know them as the fields of Django that they are to the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models

from catalog.text.cleaning import clean_lines, clean_text

if TYPE_CHECKING:
    _CharField = models.CharField[Any, str]
    _TextField = models.TextField[Any, str]
else:
    _CharField, _TextField = models.CharField, models.TextField

LONGEST_DESCRIPTION = 100_000  # characters; the index of words of a row holds a megabyte


class LineFormField(forms.CharField):
    """One line of text in a form, clean before it is checked."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return clean_text(text) if isinstance(text, str) else text


class LinesFormField(forms.CharField):
    """A longer text in a form, clean before it is checked."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return clean_lines(text) if isinstance(text, str) else text


class LineField(_CharField):
    """One line of text, such as a name: what looks the same is stored and found as the same."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return clean_text(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return _cleaned(self, model_instance)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LineFormField, **kwargs})


class LinesField(_TextField):
    """A longer text, such as a description. `max_length` holds wherever a row is checked, not in forms only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return clean_lines(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return _cleaned(self, model_instance)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LinesFormField, **kwargs})


def _cleaned(field: LineField | LinesField, row: models.Model) -> Any:
    """Return the clean value and let the row show it, too."""
    value = getattr(row, field.attname)
    if isinstance(value, str):  # not an expression of the database
        value = field.to_python(value)
        setattr(row, field.attname, value)
    return value

"""Text fields that clean their values with `catalog.text.cleaning`, in forms and wherever rows are saved or filtered.

To migrations they are plain Django fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models

from catalog.text.cleaning import clean_lines, clean_text
from catalog.text.html import clean_html

if TYPE_CHECKING:
    _Field = models.Field[Any, str]
    _CharField = models.CharField[Any, str]
    _TextField = models.TextField[Any, str]
else:
    _Field, _CharField, _TextField = object, models.CharField, models.TextField

MAX_DESCRIPTION = 100_000  # characters; PostgreSQL limits a tsvector to one megabyte


class LineFormField(forms.CharField):
    """A form field for one line of text, cleaned before validation."""

    clean_value = staticmethod(clean_text)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.clean_value(text) if isinstance(text, str) else text


class LinesFormField(LineFormField):
    """A form field for several lines of text, cleaned before validation."""

    clean_value = staticmethod(clean_lines)


class HtmlFormField(LineFormField):
    """A form field for text with structure, cleaned before validation."""

    clean_value = staticmethod(clean_html)


class _CleanField(_Field):
    """Cleans a value on assignment from a form, in lookups and before it is saved."""

    django_path: ClassVar[str]
    form_class: ClassVar[type[LineFormField]]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.form_class.clean_value(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if isinstance(value, str):  # not a database expression
            value = self.to_python(value)
            setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, self.django_path, args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": self.form_class, **kwargs})


class LineField(_CleanField, _CharField):
    """One line of text, such as a name. Spellings that look alike are stored and found as one."""

    django_path = "django.db.models.CharField"
    form_class = LineFormField


class LinesField(_CleanField, _TextField):
    """Several lines of text, such as a description. `full_clean` also enforces `max_length`."""

    django_path = "django.db.models.TextField"
    form_class: ClassVar[type[LineFormField]] = LinesFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))


class HtmlField(LinesField):
    """Text with structure: HTML without links, pictures and attributes. See `catalog.text.html`."""

    form_class: ClassVar[type[LineFormField]] = HtmlFormField

"""What a variant is chosen by: texts by their names, such as {"size": "large"}."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from catalog.text.cleaning import clean_text

MOST_OPTIONS = 50  # of one variant
LONGEST_NAME = 60
LONGEST_VALUE = 200
NOT_AN_OBJECT = _('Options are names with texts, such as {"size": "large"}.')


def clean_options(value: Any) -> dict[str, str]:
    """Return clean names with clean texts; a number becomes its text. Raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError(NOT_AN_OBJECT, code="invalid")
    if len(value) > MOST_OPTIONS:
        raise ValidationError(_("A variant has at most %(most)d options."), params={"most": MOST_OPTIONS})
    options: dict[str, str] = {}
    for raw_name, raw in value.items():
        name, text = clean_text(str(raw_name)), _text(raw_name, raw)
        if not name or name in options:
            raise ValidationError(_("Each option needs a name of its own."), code="invalid")
        if len(name) > LONGEST_NAME or len(text) > LONGEST_VALUE:
            raise ValidationError(
                _("The option “%(name)s” is too long: a name has at most %(longest)d characters, a text %(most)d."),
                params={"name": name[:LONGEST_NAME], "longest": LONGEST_NAME, "most": LONGEST_VALUE},
            )
        options[name] = text
    return options


def _text(name: Any, raw: Any) -> str:
    text = clean_text(str(raw)) if isinstance(raw, str | int | float | Decimal) and not isinstance(raw, bool) else ""
    if not text:
        raise ValidationError(
            _("The option “%(name)s” is not a text, such as “large”."), params={"name": str(name)[:LONGEST_NAME]}
        )
    return text


class OptionsFormField(forms.JSONField):
    """Options as JSON. Nothing typed means no options."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show again what was typed."""
        return super().bound_data(data, initial) if self.disabled or data is None else InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return {}
        if isinstance(value, str):
            try:
                value = json.loads(value, object_pairs_hook=_once, parse_float=Decimal, parse_constant=_refuse)
            except RecursionError as error:
                raise ValidationError(NOT_AN_OBJECT, code="invalid") from error
            except ValueError as error:  # also of a number with thousands of digits
                raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from error
        return clean_options(value)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs of an object, which names nothing twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValidationError(_("Each option needs a name of its own."), code="invalid")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


class OptionsField(models.JSONField):
    """Options, checked with their row; the database checks that they are an object of texts."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(clean_options(value), model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": OptionsFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class IsObject(Func):
    """Whether a column of JSON holds an object."""

    template = "jsonb_typeof(%(expressions)s) = 'object'"
    output_field = models.BooleanField()


class HoldsMoreThanTexts(Func):
    """Whether an object holds anything but texts."""

    template = """jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() <> "string")', '{}', true)"""
    output_field = models.BooleanField()

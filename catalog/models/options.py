"""The options of a variant: strings by name, such as {"size": "large"}."""

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

MAX_OPTIONS = 50  # per variant
MAX_NAME = 60  # characters
MAX_VALUE = 200
NOT_AN_OBJECT = _('Enter options as names and texts, such as {"size": "large"}.')


def clean_options(value: Any) -> dict[str, str]:
    """Return the options with cleaned names and values. Numbers become strings. Raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError(NOT_AN_OBJECT, code="invalid")
    if len(value) > MAX_OPTIONS:
        raise ValidationError(_("A variant can have at most %(most)d options."), params={"most": MAX_OPTIONS})
    options: dict[str, str] = {}
    for raw_name, raw in value.items():
        name, text = clean_text(str(raw_name)), _text(raw_name, raw)
        if not name or name in options:
            raise ValidationError(_("Each option needs a unique name."), code="invalid")
        if len(name) > MAX_NAME or len(text) > MAX_VALUE:
            raise ValidationError(
                _("The option “%(name)s” is too long. Names can have %(longest)d characters, values %(most)d."),
                params={"name": name[:MAX_NAME], "longest": MAX_NAME, "most": MAX_VALUE},
            )
        options[name] = text
    return options


def _text(name: Any, raw: Any) -> str:
    text = clean_text(str(raw)) if isinstance(raw, str | int | float | Decimal) and not isinstance(raw, bool) else ""
    if not text:
        raise ValidationError(
            _("The option “%(name)s” needs a value, such as “large”."), params={"name": str(name)[:MAX_NAME]}
        )
    return text


class OptionsFormField(forms.JSONField):
    """Options as JSON. An empty field means no options."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show invalid input again."""
        return super().bound_data(data, initial) if self.disabled or data is None else InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return {}
        if isinstance(value, str):
            try:
                value = json.loads(value, object_pairs_hook=_unique_names, parse_float=Decimal, parse_constant=_reject)
            except RecursionError as error:
                raise ValidationError(NOT_AN_OBJECT, code="invalid") from error
            except ValueError as error:  # includes numbers with thousands of digits
                raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from error
        return clean_options(value)


def _unique_names(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dict. Raises ValidationError if a name repeats."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValidationError(_("Each option needs a unique name."), code="invalid")
    return found


def _reject(constant: str) -> Any:
    raise ValueError(constant)


class OptionsField(models.JSONField):
    """Options, validated with their row. A constraint ensures that they are an object of strings."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(clean_options(value), model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": OptionsFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class IsObject(Func):
    """True if a JSON column holds an object."""

    template = "jsonb_typeof(%(expressions)s) = 'object'"
    output_field = models.BooleanField()


class HoldsMoreThanTexts(Func):
    """True if a JSON object holds values other than strings."""

    template = """jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() <> "string")', '{}', true)"""
    output_field = models.BooleanField()

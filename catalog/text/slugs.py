"""Slugs in any script: /products/陶器-茶碗/ as well as /products/oak-table/.

Latin letters lose their accents; letters and vowel signs of other scripts stay. Slugs are in NFC, so that each URL has
one spelling. A row saved without a slug gets one derived from its name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from itertools import chain, count
from typing import Any

import regex
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import register_converter
from django.utils.translation import gettext_lazy as _

from catalog.text.folding import clean, fold

SLUG = regex.compile(r"[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*")
LATIN = regex.compile(r"\p{Latin}[\p{Latin}\p{M}]*")
APOSTROPHE = regex.compile(r"(?<=\p{L})'(?=\p{L})")
SEPARATOR = regex.compile(r"[^\p{L}\p{M}\p{N}_]+")
STRAY_MARK = regex.compile(r"(?<![\p{L}\p{M}\p{N}])\p{M}+")
UNNAMED = "x"  # slug of a name without letters and digits
INVALID = _("Use only letters and digits of any script, - and _.")


def make_slug(name: str) -> str:
    latin = LATIN.sub(lambda letters: fold(letters[0]), clean(name))
    bare = SEPARATOR.sub("-", APOSTROPHE.sub("", latin))
    return unicodedata.normalize("NFC", STRAY_MARK.sub("", bare)).strip("-_") or UNNAMED


def free_slug(name: str, max_length: int, is_taken: Callable[[str], bool], parent: str = "") -> str:
    """Return a slug for the name that is not taken; if needed, prefixed with the parent's slug and numbered."""
    own = make_slug(name)[: max_length - 7]
    tries = [own, *([f"{parent[: max_length // 2]}-{own}"[: max_length - 7]] if parent else [])]
    numbered = (f"{tries[-1]}-{number}" for number in count(2))
    return next(slug for slug in chain(tries, numbered) if not is_taken(slug))


def validate_slug(slug: str) -> None:
    """Raise ValidationError if the text is not a slug."""
    if not SLUG.fullmatch(slug):
        raise ValidationError(INVALID, code="invalid")


class SlugFormField(forms.CharField):
    """A slug in a form."""

    default_validators = [validate_slug]

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value) or "")


class SlugField(models.SlugField):  # type: ignore[type-arg]
    """A slug in any script. If empty, a free slug is derived from the field `source`, avoiding `reserved` ones."""

    default_validators = [validate_slug]

    def __init__(self, *args: Any, source: str = "name", reserved: Collection[str] = (), **kwargs: Any) -> None:
        self.source, self.reserved = source, reserved
        super().__init__(*args, **{"blank": True, **kwargs})

    def to_python(self, value: Any) -> Any:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else super().to_python(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        slug = super().pre_save(model_instance, add)
        if not slug:
            slug = free_slug(getattr(model_instance, self.source), self.max_length or 50, self._taken(model_instance))
            setattr(model_instance, self.attname, slug)
        return slug

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": SlugFormField, "max_length": self.max_length, **kwargs})

    def _taken(self, row: models.Model) -> Callable[[str], bool]:
        others = type(row)._default_manager.exclude(pk=row.pk)
        return lambda slug: slug in self.reserved or others.filter(**{self.attname: slug}).exists()


class SlugConverter:
    """The path converter `<name:slug>`."""

    regex = r"[^/\x00-\x20]+"

    def to_python(self, value: str) -> str:
        slug = unicodedata.normalize("NFC", value)
        if not SLUG.fullmatch(slug):
            raise ValueError("not a slug")
        return slug

    def to_url(self, value: str) -> str:
        return value


register_converter(SlugConverter, "name")

"""Names in addresses, in any script: /products/陶器-茶碗/ as well as /products/oak-table/.

Latin letters lose their accents, as people type addresses; letters of other scripts and their vowel signs stay. Slugs
are composed (NFC), so that one address is one text. A row that is saved without a slug gets one of its name.
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
BETWEEN = regex.compile(r"[^\p{L}\p{M}\p{N}_]+")
NO_BASE = regex.compile(r"(?<![\p{L}\p{M}\p{N}])\p{M}+")  # marks of nothing
UNNAMED = "x"  # for a name of signs only
INVALID = _("An address may have letters and digits of any script, - and _ only.")


def make_slug(name: str) -> str:
    """Return the slug of a name."""
    latin = LATIN.sub(lambda letters: fold(letters[0]), clean(name))
    bare = BETWEEN.sub("-", APOSTROPHE.sub("", latin))
    return unicodedata.normalize("NFC", NO_BASE.sub("", bare)).strip("-_") or UNNAMED


def free_slug(name: str, longest: int, is_taken: Callable[[str], bool], above: str = "") -> str:
    """Return a slug for the name that is not taken: alone, with the one above, or with a number."""
    own = make_slug(name)[: longest - 7]
    tries = [own, *([f"{above[: longest // 2]}-{own}"[: longest - 7]] if above else [])]
    numbered = (f"{tries[-1]}-{number}" for number in count(2))
    return next(slug for slug in chain(tries, numbered) if not is_taken(slug))


def validate_slug(slug: str) -> None:
    """Refuse what cannot stand in an address as one name."""
    if not SLUG.fullmatch(slug):
        raise ValidationError(INVALID, code="invalid")


class SlugFormField(forms.CharField):
    """A slug as staff type it."""

    default_validators = [validate_slug]

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value) or "")


class SlugField(models.SlugField):  # type: ignore[type-arg]
    """A slug of any script. Saved empty, it becomes a free one of the field `source`, and none that is `reserved`."""

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
    """A slug in an address, as `<name:slug>`."""

    regex = r"[^/\x00-\x20]+"

    def to_python(self, value: str) -> str:
        slug = unicodedata.normalize("NFC", value)
        if not SLUG.fullmatch(slug):
            raise ValueError("not a slug")
        return slug

    def to_url(self, value: str) -> str:
        return value


register_converter(SlugConverter, "name")

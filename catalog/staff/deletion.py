"""What a deletion in the admin would take along, what is in its way, and what the account may not delete."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import NestedObjects
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext

NAMED = 10  # of each kind; the rest is counted


@dataclass(frozen=True)
class Kind:
    """Rows of one kind: how many, and the names of the first, each with the address of its page in the admin or ""."""

    title: str
    number: int
    names: list[tuple[str, str]]
    is_link: bool = False  # these stay, and are no longer linked to what is deleted

    def __str__(self) -> str:
        named = f"{self.number} {self.title}"
        return gettext("%(named)s will no longer have it") % {"named": named} if self.is_link else named

    @property
    def more(self) -> int:
        """Return how many rows are counted and not named."""
        return self.number - len(self.names) if self.names else 0


class Deletion:
    """The deletion of rows of one model, with everything that the database would delete with them."""

    def __init__(self, rows: Iterable[Model], chosen: Iterable[Model], request: HttpRequest, site: AdminSite) -> None:
        """Look at the deletion of `rows`, of which the page names the `chosen` ones itself."""
        self._request, self._site, all_rows, named = request, site, list(rows), set(chosen)
        self._app = all_rows[0]._meta.app_label if all_rows else ""
        self._collector = NestedObjects(using=DEFAULT_DB_ALIAS, origin=all_rows)
        self._collector.collect(all_rows)
        collected: dict[type[Model], set[Any]] = cast(Any, self._collector).model_objs
        self._found = {model: sorted(found - named, key=lambda row: row.pk) for model, found in collected.items()}

    @cached_property
    def along(self) -> list[Kind]:
        """Return what goes along. Rows of a link table are shown as the rows that lose the link."""
        kinds = []
        for model, found in self._found.items():
            if found and model._meta.auto_created:
                kinds += self._losers(model, found)
            elif found:
                kinds.append(self._kind(model, found))
        return kinds

    @cached_property
    def in_the_way(self) -> list[Kind]:
        """Return what must be moved or deleted by itself first."""
        found: dict[type[Model], set[Any]] = {}
        for row in self._collector.protected:
            found.setdefault(type(row), set()).add(row)
        for model, rows in self._found.items():
            if rows and self._says(model, "stays"):
                found.setdefault(model, set()).update(rows)
        return [self._kind(model, sorted(rows, key=lambda row: row.pk)) for model, rows in found.items()]

    @cached_property
    def lacking(self) -> set[str]:
        """Return the kinds of rows that go along, are edited by themselves, and may not be deleted by this account."""
        return {
            str(model._meta.verbose_name_plural)
            for model, rows in self._found.items()
            if rows and self._site.is_registered(model)
            if not (self._says(model, "goes_along") or self._says(model, "stays"))
            if not self._site.get_model_admin(model).has_delete_permission(self._request)
        }

    def _says(self, model: type[Model], attribute: str) -> bool:
        return self._site.is_registered(model) and getattr(self._site.get_model_admin(model), attribute, False)

    def _kind(self, model: type[Model], rows: Collection[Any]) -> Kind:
        title = str(model._meta.verbose_name if len(rows) == 1 else model._meta.verbose_name_plural)
        first = list(rows)[:NAMED] if self._may_name(model) else []
        return Kind(title, len(rows), [(str(row), self._address(row)) for row in first])

    def _may_name(self, model: type[Model]) -> bool:
        """Return True where the account may see these rows, and not only how many there are."""
        if self._site.is_registered(model):
            return self._site.get_model_admin(model).has_view_permission(self._request)
        return model._meta.app_label == self._app and model.__str__ is not Model.__str__

    def _losers(self, model: type[Model], links: list[Any]) -> list[Kind]:
        owner: Any = model._meta.auto_created
        if owner in self._collector.model_objs:
            return []  # the links of a row that is deleted are a part of it
        column = next(field for field in model._meta.fields if field.related_model is owner)
        keys = sorted({getattr(link, column.attname) for link in links})
        kind = self._kind(owner, list(owner._base_manager.filter(pk__in=keys[:NAMED]).order_by("pk")))
        name = owner._meta.verbose_name if len(keys) == 1 else owner._meta.verbose_name_plural
        return [Kind(str(name), len(keys), kind.names, is_link=True)]

    def _address(self, row: Model) -> str:
        meta = row._meta
        if not self._site.is_registered(type(row)):
            return ""
        try:
            return reverse(f"{self._site.name}:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        except NoReverseMatch:
            return ""

"""The effects of a deletion in the admin: cascading rows, blockers and missing permissions."""

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

MAX_NAMES = 10  # per kind; the rest are only counted


@dataclass(frozen=True)
class AffectedRows:
    """Rows of one model that a deletion affects: their number, and the names and admin addresses of the first few.

    An address is empty if the row has no page in the admin.
    """

    title: str
    number: int
    names: list[tuple[str, str]]
    is_unlinked: bool = False  # the rows stay and lose their link to what is deleted

    def __str__(self) -> str:
        rows = f"{self.number} {self.title}"
        return gettext("%(rows)s (link removed)") % {"rows": rows} if self.is_unlinked else rows

    @property
    def more(self) -> int:
        """The number of rows that are not named."""
        return self.number - len(self.names) if self.names else 0


class Deletion:
    """A deletion of rows of one model, with all rows that would be deleted with them."""

    def __init__(
        self, rows: Iterable[Model], selected: Iterable[Model], request: HttpRequest, site: AdminSite
    ) -> None:
        """Collect what deleting `rows` affects. The page already names the `selected` rows."""
        self._request, self._site, all_rows, named = request, site, list(rows), set(selected)
        self._app = all_rows[0]._meta.app_label if all_rows else ""
        self._collector = NestedObjects(using=DEFAULT_DB_ALIAS, origin=all_rows)
        self._collector.collect(all_rows)
        collected: dict[type[Model], set[Any]] = cast(Any, self._collector).model_objs
        self._found = {model: sorted(found - named, key=lambda row: row.pk) for model, found in collected.items()}

    @cached_property
    def cascade(self) -> list[AffectedRows]:
        """Rows that are deleted as well. For a link table, the rows on its other side, which lose the link."""
        kinds = []
        for model, found in self._found.items():
            if found and model._meta.auto_created:
                kinds += self._unlinked(model, found)
            elif found:
                kinds.append(self._affected(model, found))
        return kinds

    @cached_property
    def blockers(self) -> list[AffectedRows]:
        """Rows that must be moved or deleted first."""
        found: dict[type[Model], set[Any]] = {}
        for row in self._collector.protected:
            found.setdefault(type(row), set()).add(row)
        for model, rows in self._found.items():
            if rows and self._admin_flag(model, "blocks_deletion"):
                found.setdefault(model, set()).update(rows)
        return [self._affected(model, sorted(rows, key=lambda row: row.pk)) for model, rows in found.items()]

    @cached_property
    def missing_permissions(self) -> set[str]:
        """The kinds of rows in the cascade that this account may not delete."""
        return {
            str(model._meta.verbose_name_plural)
            for model, rows in self._found.items()
            if rows and self._site.is_registered(model)
            if not (self._admin_flag(model, "deleted_with_parent") or self._admin_flag(model, "blocks_deletion"))
            if not self._site.get_model_admin(model).has_delete_permission(self._request)
        }

    def _admin_flag(self, model: type[Model], flag: str) -> bool:
        return self._site.is_registered(model) and getattr(self._site.get_model_admin(model), flag, False)

    def _affected(self, model: type[Model], rows: Collection[Any]) -> AffectedRows:
        title = str(model._meta.verbose_name if len(rows) == 1 else model._meta.verbose_name_plural)
        first = list(rows)[:MAX_NAMES] if self._may_name(model) else []
        return AffectedRows(title, len(rows), [(str(row), self._address(row)) for row in first])

    def _may_name(self, model: type[Model]) -> bool:
        """Return True if the account may see these rows, not only their number."""
        if self._site.is_registered(model):
            return self._site.get_model_admin(model).has_view_permission(self._request)
        return model._meta.app_label == self._app and model.__str__ is not Model.__str__

    def _unlinked(self, model: type[Model], links: list[Any]) -> list[AffectedRows]:
        owner: Any = model._meta.auto_created
        if owner in self._collector.model_objs:
            return []  # the owner is deleted itself
        column = next(field for field in model._meta.fields if field.related_model is owner)
        keys = sorted({getattr(link, column.attname) for link in links})
        named = self._affected(owner, list(owner._base_manager.filter(pk__in=keys[:MAX_NAMES]).order_by("pk")))
        title = owner._meta.verbose_name if len(keys) == 1 else owner._meta.verbose_name_plural
        return [AffectedRows(str(title), len(keys), named.names, is_unlinked=True)]

    def _address(self, row: Model) -> str:
        meta = row._meta
        if not self._site.is_registered(type(row)):
            return ""
        try:
            return reverse(f"{self._site.name}:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        except NoReverseMatch:
            return ""

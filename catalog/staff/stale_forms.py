"""Forms that merge concurrent edits, so that saving an old page does not undo other people's changes.

Each page carries a fingerprint of every value it shows. A submitted field therefore has three versions: the value on
the page, the submitted value, and the current value of the row. A field that the user left alone keeps the current
value. A field that both sides changed becomes an error with a button for each version. The caller must lock the row
before reading it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.forms.models import BaseModelFormSet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from catalog.staff.submitted_values import (
    describe,
    fingerprint,
    is_file,
    is_omitted,
    overwrite,
    submitted_value,
    untouched_value,
)

SHOWN, SETTLE = "_shown", "_settle"  # names of the hidden field and of the buttons
NAME, CASCADE = ".", ".along"  # keys alongside the field names: the row's name, the confirmed cascade of its deletion
MINE, THEIRS = "mine", "theirs"
Fingerprints = dict[str, str]


class PageState:
    """The values on the page that submitted a form, and what the merge did with them."""

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        state = _parse(str(data.get(SHOWN, ""))) if data else {}
        self.rows: dict[str, Fingerprints] = state.get("rows", {})
        self.conflicts: Fingerprints = state.get("conflicts", {})
        self._choice, _colon, self._settled = str(data.get(SETTLE, "") if data else "").partition(":")
        self.merged_fields: list[str] = []  # changed by others only
        self.deleted_rows: list[str] = []
        self.cascade: Callable[[Model], str] = lambda row: ""  # describes what is deleted together with a row

    def choice(self, html_name: str) -> str:
        """Return MINE or THEIRS if the user pressed a button that settles this field, else an empty string."""
        is_settled = self._settled == html_name or (self._settled == "*" and html_name in self.conflicts)
        return self._choice if is_settled else ""


class MergingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form that keeps other people's concurrent changes.

    A form that merges some fields itself lists them in `self_merged_fields`.
    """

    page: PageState | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflicts: Fingerprints = {}  # current values by HTML name
        self._current: Fingerprints = {}
        self._messages: dict[str, SafeString] = {}
        self._was_changed = self._is_copied = False
        if self.instance.pk is None:
            return
        # Read now: cleaning the form writes into the row.
        free = [name for name in self.base_fields if name in self.fields and not self.fields[name].disabled]
        self._current = {name: fingerprint(untouched_value(self[name])) for name in free}
        self._current[NAME] = str(self.instance)[:80]
        if not self.is_bound:
            return
        page = self.page or PageState(self.data)
        self._shown = page.rows.get(self.row_key, {})
        ignored = (NAME, *getattr(self, "self_merged_fields", ()))
        for name in self._shown:
            if name in self._current and name not in ignored:
                self._merge(page, name)
        self._confirm_deletion(page)

    @property
    def row_key(self) -> str:
        """The row's key in the page state: formset prefix and primary key."""
        return f"{(self.prefix or '').rpartition('-')[0]}:{self.instance.pk}"

    def fingerprints(self) -> Fingerprints:
        """Return current fingerprints; unresolved conflicts keep the first page's fingerprints."""
        unresolved = {name: self._shown[name] for name in self._messages if self.add_prefix(name) in self.conflicts}
        return self._current | unresolved

    def state_input(self) -> SafeString:
        """Return the hidden field for a page that shows this form alone."""
        return state_input([self]) if self._current else SafeString()

    def conflict_messages(self) -> list[tuple[str, SafeString]]:
        """Return the label of each field in conflict and its message."""
        found = [
            (name, message) for name, message in self._messages.items() if self.add_prefix(name) in self.conflicts
        ]
        return [(self._full_label(self[name]), message) for name, message in found]

    def full_clean(self) -> None:
        super().full_clean()
        for name, message in self._messages.items():
            self.add_error(name or None, forms.ValidationError(message, code="changed_meanwhile"))

    def _merge(self, page: PageState, name: str) -> None:
        bound, before = self[name], self._shown[name]
        mine, theirs, choice = submitted_value(bound), untouched_value(bound), page.choice(bound.html_name)
        current = self._current[name]
        if choice == MINE:
            before = page.conflicts.get(bound.html_name, before)
        self._was_changed |= current != before
        if choice == THEIRS or is_omitted(bound) or fingerprint(mine) == before:
            if mine != theirs:
                overwrite(self._own_data(), bound, theirs)
                if choice != THEIRS and current != before:
                    page.merged_fields.append(self._full_label(bound))
        elif current not in (before, fingerprint(mine)):
            if is_file(bound):  # a page cannot keep an upload; choosing it again confirms the replacement
                message = gettext("Someone else has replaced this file. Choose your file again to replace theirs.")
                self._messages[name] = format_html("{}", message)
            else:
                self.conflicts[bound.html_name] = current
                self._messages[name] = _conflict_message(bound, mine, theirs)

    def _confirm_deletion(self, page: PageState) -> None:
        """Cancel a deletion if the row, or what would be deleted with it, differs from the page."""
        tick = self.add_prefix("DELETE")
        if not (self._shown and self.prefix and tick in self.data):
            return
        cascade = page.cascade(self.instance)
        if self._was_changed:
            message = gettext("Someone else has changed this row. Mark it again to delete it.")
        elif cascade and self._shown.get(CASCADE) != fingerprint(cascade):
            message = gettext("This also deletes or changes: %(cascade)s. Mark the row again to confirm.")
            message %= {"cascade": cascade}
        else:
            return
        self._current[CASCADE] = fingerprint(cascade)
        self._messages[""] = format_html("{}", message)
        del self._own_data()[tick]

    def _own_data(self) -> Any:
        """Return a mutable copy of the submitted data that belongs to this form alone."""
        if not self._is_copied:
            self.data, self._is_copied = self.data.copy(), True  # type: ignore[attr-defined]
        return self.data

    def _full_label(self, bound: forms.BoundField) -> str:
        label = str(bound.label)
        return f"{self.instance}: {label}" if self.prefix else label


class MergingFormSet(BaseModelFormSet):  # type: ignore[type-arg]
    """A formset that skips rows deleted by others. Edits to such rows are reported as an error once."""

    page: PageState

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        self._lost: list[str] = []
        if data is not None:
            kwargs["prefix"] = kwargs.get("prefix") or self.get_default_prefix()
            data, files = self._without_deleted(kwargs["prefix"], data.copy(), files, self._lock_rows(**kwargs))
        super().__init__(data, files, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self._lost:
            message = gettext("Someone else deleted these rows, so your edits to them are lost: %(rows)s. Save again.")
            raise forms.ValidationError(message % {"rows": ", ".join(self._lost)}, code="deleted_meanwhile")

    def _lock_rows(self, queryset: Any, instance: Any = None, **_: Any) -> set[str]:
        """Lock the rows in key order and return their keys as text."""
        if instance is not None:
            queryset = queryset.filter(**{self.fk.name: instance}) if instance.pk else queryset.none()  # type: ignore[attr-defined]
        return {str(row.pk) for row in queryset.order_by("pk").select_for_update(of=("self",), no_key=True)}

    def _without_deleted(self, prefix: str, data: Any, files: Any, existing: set[str]) -> tuple[Any, Any]:
        total, initial = (_number(data, f"{prefix}-{name}_FORMS") for name in ("TOTAL", "INITIAL"))
        key = cast(Any, self.model)._meta.pk.name
        indexes = range(min(initial, self.absolute_max))
        keys = {index: str(data.get(f"{prefix}-{index}-{key}", "")) for index in indexes}
        deleted = [index for index, each in keys.items() if each not in existing and each.isdecimal()]
        for index in deleted:
            row = self.page.rows.get(f"{prefix}:{keys[index]}", {})
            self.page.deleted_rows.append(row.get(NAME, keys[index]))
            if _is_edited(data, f"{prefix}-{index}-", row):
                self._lost.append(row.get(NAME, keys[index]))
        if not deleted:
            return data, files
        remaining = [index for index in range(min(total, self.absolute_max)) if index not in deleted]
        data, files = (_renumbered(each, prefix, remaining) for each in (data, files or MultiValueDict()))
        data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = len(remaining), initial - len(deleted)
        return data, files


def state_input(forms_on_page: Iterable[MergingForm]) -> SafeString:
    """Return the hidden field that carries the fingerprints of these forms."""
    rows: dict[str, Fingerprints] = {}
    conflicts: Fingerprints = {}
    for form in forms_on_page:
        if form.instance.pk is not None:
            rows[form.row_key] = form.fingerprints()
            conflicts |= form.conflicts
    value = json.dumps({"rows": rows, "conflicts": conflicts}, separators=(",", ":"))
    return format_html('<input type="hidden" name="{}" value="{}">', SHOWN, value)


def merging_form(form: type[Any], page: PageState) -> type[Any]:
    """Return a subclass of the form class that merges concurrent edits."""
    return type(form.__name__, (MergingForm, form), {"page": page, "__module__": __name__})


def merging_formset(formset: type[Any], page: PageState) -> type[Any]:
    """Return a subclass of the formset class that merges concurrent edits."""
    return type(formset.__name__, (MergingFormSet, formset), {"page": page, "form": merging_form(formset.form, page)})


def _parse(text: str) -> dict[str, Any]:
    """Return the page state in the hidden field; an empty dict if it is malformed."""
    try:
        read = json.loads(text)
        rows = {str(key): {str(name): str(each) for name, each in row.items()} for key, row in read["rows"].items()}
        return {"rows": rows, "conflicts": {str(name): str(each) for name, each in read["conflicts"].items()}}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _conflict_message(bound: forms.BoundField, mine: Any, theirs: Any) -> SafeString:
    return format_html(
        '{} <button type="submit" name="{}" value="{}:{}">{}</button> '
        '<button type="submit" name="{}" value="{}:{}">{}</button>',
        gettext("Someone else changed this to “%(theirs)s” after you opened the page; you entered “%(mine)s”.")
        % {"theirs": describe(bound, theirs), "mine": describe(bound, mine)},
        SETTLE, MINE, bound.html_name, gettext("Keep mine"),
        SETTLE, THEIRS, bound.html_name, gettext("Use theirs"),
    )  # fmt: skip


def _number(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _is_edited(data: Mapping[str, Any], prefix: str, row: Fingerprints) -> bool:
    """Return True if the submitted data of a deleted row differs from the page.

    There is no form to normalise the values, so this may report unchanged rows, but never misses an edit.
    """
    for name, before in row.items():
        value = data.get(prefix + name)
        plain = str(value).replace("\r\n", "\n").strip() if value is not None else ""
        versions = [plain, [plain], True] if value is not None else ["", [], False]
        if name not in (NAME, CASCADE) and before not in map(fingerprint, versions):
            return True
    return False


def _renumbered(data: Any, prefix: str, indexes: list[int]) -> Any:
    """Return the data of these formset rows only, numbered from 0."""
    new = {str(index): str(number) for number, index in enumerate(indexes)}
    result: Any = QueryDict(mutable=True) if isinstance(data, QueryDict) else MultiValueDict()
    for name, values in data.lists():
        for start in (f"{prefix}-", f"initial-{prefix}-"):
            index, dash, rest = name.removeprefix(start).partition("-")
            if name.startswith(start) and dash and index.isdecimal():
                if index in new:
                    result.setlist(f"{start}{new[index]}-{rest}", values)
                break
        else:
            result.setlist(name, values)
    return result

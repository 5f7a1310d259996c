"""Forms that were opened a while ago do not undo what others have changed meanwhile.

A page carries a fingerprint of every value that it shows. When the form comes back, each value has three versions:
what the page showed, what was sent, and what the row holds now. A field that nobody touched keeps what the row holds.
One that was changed both here and elsewhere is an error of that field, with a button for either version. The caller
locks the row before reading it.
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

from catalog.staff.submitted_values import fingerprint, in_words, is_file, is_omitted, sent, sent_untouched, write_sent

SHOWN, SETTLE = "_shown", "_settle"  # fields of the page
NAME, ALONG = ".", ".along"  # in the first of them: what a row is called, and what was said to go along with it
MINE, THEIRS = "mine", "theirs"
Row = dict[str, str]


class Page:
    """What the page had shown that sent this form, and what has become of it."""

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        read = _read(str(data.get(SHOWN, ""))) if data else {}
        self.rows: dict[str, Row] = read.get("rows", {})
        self.asked: Row = read.get("asked", {})
        self.verb, _colon, self.settled = str(data.get(SETTLE, "") if data else "").partition(":")
        self.kept: list[str] = []  # names of fields that others have changed, and that stay so
        self.gone: list[str] = []  # names of rows that others have deleted
        self.along: Callable[[Model], str] = lambda row: ""  # what is deleted with a row, in words

    def choice(self, html_name: str) -> str:
        """Return MINE or THEIRS where a button was pressed that settles this field."""
        return self.verb if self.settled == html_name or (self.settled == "*" and html_name in self.asked) else ""


class MergingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form of a row that leaves alone what others have changed.

    A form that merges some fields by itself names them in `differences`.
    """

    page: Page | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: Row = {}  # the fingerprints of theirs, by the name of the field as it is sent
        self._now: Row = {}
        self._both: dict[str, SafeString] = {}  # what to say about fields that were changed twice
        self._was_changed = self._is_copied = False
        if self.instance.pk is None:
            return
        # Read before the form is cleaned, which writes into the row.
        free = [name for name in self.base_fields if name in self.fields and not self.fields[name].disabled]
        self._now = {name: fingerprint(sent_untouched(self[name])) for name in free} | {NAME: str(self.instance)[:80]}
        if not self.is_bound:
            return
        page = self.page or Page(self.data)
        self._shown = page.rows.get(self.row_key, {})
        for name in self._compared(self._shown):
            self._merge(page, name)
        self._ask_before_deleting(page)

    @property
    def row_key(self) -> str:
        """What the page calls this row: its key, after the name of the set of forms it stands in."""
        return f"{(self.prefix or '').rpartition('-')[0]}:{self.instance.pk}"

    def shown_now(self) -> Row:
        """Return the fingerprints of the row's values; of conflicting fields, the fingerprints of the first page."""
        still = {name: self._shown[name] for name in self._both if self.add_prefix(name) in self.asked}
        return self._now | still

    def shown_input(self) -> SafeString:
        """Return the hidden field of a page that shows this form alone."""
        return shown_by([self]) if self._now else SafeString()

    def questions(self) -> list[tuple[str, SafeString]]:
        """Return the names of the fields in question, each with what is asked."""
        both = [(name, said) for name, said in self._both.items() if self.add_prefix(name) in self.asked]
        return [(self._full_name(self[name]), said) for name, said in both]

    def full_clean(self) -> None:
        super().full_clean()
        for name, said in self._both.items():
            self.add_error(name or None, forms.ValidationError(said, code="changed_meanwhile"))

    def _compared(self, shown: Row) -> list[str]:
        by_itself = getattr(self, "differences", ())
        return [name for name in shown if name in self._now and name not in (NAME, *by_itself)]

    def _merge(self, page: Page, name: str) -> None:
        bound, before = self[name], self._shown[name]
        mine, theirs, choice = sent(bound), sent_untouched(bound), page.choice(bound.html_name)
        now = self._now[name]
        if choice == MINE:
            before = page.asked.get(bound.html_name, before)
        self._was_changed |= now != before
        if choice == THEIRS or is_omitted(bound) or fingerprint(mine) == before:
            if mine != theirs:
                write_sent(self._own_data(), bound, theirs)
                if choice != THEIRS and now != before:
                    page.kept.append(self._full_name(bound))
        elif now not in (before, fingerprint(mine)):
            if is_file(bound):  # no page can hold on to an upload: whoever chooses it again has seen the new one
                self._both[name] = _plain(
                    gettext("Someone else has replaced this meanwhile. Choose your file again to replace it.")
                )
            else:
                self.asked[bound.html_name] = now
                self._both[name] = _question(bound, mine, theirs)

    def _ask_before_deleting(self, page: Page) -> None:
        tick = self.add_prefix("DELETE")
        if not (self._shown and self.prefix and tick in self.data):
            return
        along = page.along(self.instance)
        if self._was_changed:
            said = gettext("Someone else has changed this row meanwhile. Mark it again to delete it.")
        elif along and self._shown.get(ALONG) != fingerprint(along):
            said = gettext("This goes with it: %(along)s. Mark it again to delete it.") % {"along": along}
        else:
            return
        self._now[ALONG] = fingerprint(along)
        self._both[""] = _plain(said)
        del self._own_data()[tick]

    def _own_data(self) -> Any:
        """Return what was sent, to be changed for this form alone."""
        if not self._is_copied:
            self.data, self._is_copied = self.data.copy(), True  # type: ignore[attr-defined]
        return self.data

    def _full_name(self, bound: forms.BoundField) -> str:
        label = str(bound.label)
        return f"{self.instance}: {label}" if self.prefix else label


class MergingFormSet(BaseModelFormSet):  # type: ignore[type-arg]
    """Rows of forms, without those that others have deleted: what was typed into such a row is an error, once."""

    page: Page

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        self._lost: list[str] = []
        if data is not None:
            kwargs["prefix"] = kwargs.get("prefix") or self.get_default_prefix()
            data, files = self._without_deleted(kwargs["prefix"], data.copy(), files, self._lock_rows(**kwargs))
        super().__init__(data, files, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self._lost:
            said = gettext("Deleted by someone else meanwhile, with what you changed: %(rows)s. Save again to go on.")
            raise forms.ValidationError(said % {"rows": ", ".join(self._lost)}, code="deleted_meanwhile")

    def _lock_rows(self, queryset: Any, instance: Any = None, **_: Any) -> set[str]:
        """Lock the rows in the order of their keys, and return the keys as text."""
        if instance is not None:
            queryset = queryset.filter(**{self.fk.name: instance}) if instance.pk else queryset.none()  # type: ignore[attr-defined]
        return {str(row.pk) for row in queryset.order_by("pk").select_for_update(of=("self",), no_key=True)}

    def _without_deleted(self, prefix: str, data: Any, files: Any, there: set[str]) -> tuple[Any, Any]:
        total, initial = (_number(data, f"{prefix}-{name}_FORMS") for name in ("TOTAL", "INITIAL"))
        key = cast(Any, self.model)._meta.pk.name
        keys = {
            index: str(data.get(f"{prefix}-{index}-{key}", "")) for index in range(min(initial, self.absolute_max))
        }
        gone = [index for index, each in keys.items() if each not in there and each.isdecimal()]
        for index in gone:
            row = self.page.rows.get(f"{prefix}:{keys[index]}", {})
            self.page.gone.append(row.get(NAME, keys[index]))
            if _is_touched(data, f"{prefix}-{index}-", row):
                self._lost.append(row.get(NAME, keys[index]))
        if not gone:
            return data, files
        places = [index for index in range(min(total, self.absolute_max)) if index not in gone]
        data, files = _renumbered(data, prefix, places), _renumbered(files or MultiValueDict(), prefix, places)
        data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = len(places), initial - len(gone)
        return data, files


def shown_by(shown: Iterable[MergingForm]) -> SafeString:
    """Return the hidden field by which a page says what its forms show."""
    rows: dict[str, Row] = {}
    asked: Row = {}
    for form in shown:
        if form.instance.pk is not None:
            rows[form.row_key] = form.shown_now()
            asked |= form.asked
    value = json.dumps({"rows": rows, "asked": asked}, separators=(",", ":"))
    return format_html('<input type="hidden" name="{}" value="{}">', SHOWN, value)


def merging(form: type[Any], page: Page) -> type[Any]:
    """Return the form class, made to merge what it is sent with what others have changed since the page was shown."""
    return type(form.__name__, (MergingForm, form), {"page": page, "__module__": __name__})


def merging_set(formset: type[Any], page: Page) -> type[Any]:
    """Return the class of a set of forms, made to merge as `merging` does."""
    return type(formset.__name__, (MergingFormSet, formset), {"page": page, "form": merging(formset.form, page)})


def _read(text: str) -> dict[str, Any]:
    """Return what a page had shown; an empty dict if it is malformed."""
    try:
        read = json.loads(text)
        rows = {str(key): {str(name): str(each) for name, each in row.items()} for key, row in read["rows"].items()}
        return {"rows": rows, "asked": {str(name): str(each) for name, each in read["asked"].items()}}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _question(bound: forms.BoundField, mine: Any, theirs: Any) -> SafeString:
    return format_html(
        '{} <button type="submit" name="{}" value="{}:{}">{}</button> '
        '<button type="submit" name="{}" value="{}:{}">{}</button>',
        gettext("This was changed to “%(theirs)s” since you opened the page; you entered “%(mine)s”.")
        % {"theirs": in_words(bound, theirs), "mine": in_words(bound, mine)},
        SETTLE, MINE, bound.html_name, gettext("Keep mine"),
        SETTLE, THEIRS, bound.html_name, gettext("Take the other"),
    )  # fmt: skip


def _plain(said: str) -> SafeString:
    return format_html("{}", said)


def _number(data: Mapping[str, Any], name: str) -> int:
    sent_number = str(data.get(name, ""))
    return int(sent_number) if sent_number.isdecimal() and len(sent_number) < 6 else 0


def _is_touched(data: Mapping[str, Any], prefix: str, row: Row) -> bool:
    """Return True if a row without a form differs from what was shown; it is asked for too often rather than lost."""
    for name, before in row.items():
        value = data.get(prefix + name)
        plain = str(value).replace("\r\n", "\n").strip() if value is not None else ""
        versions = [plain, [plain], True] if value is not None else ["", [], False]
        if name not in (NAME, ALONG) and before not in map(fingerprint, versions):
            return True
    return False


def _renumbered(data: Any, prefix: str, places: list[int]) -> Any:
    """Return the data with these rows only, numbered from 0."""
    new = {str(index): str(number) for number, index in enumerate(places)}
    kept: Any = QueryDict(mutable=True) if isinstance(data, QueryDict) else MultiValueDict()
    for name, values in data.lists():
        for start in (f"{prefix}-", f"initial-{prefix}-"):
            index, dash, rest = name.removeprefix(start).partition("-")
            if name.startswith(start) and dash and index.isdecimal():
                if index in new:
                    kept.setlist(f"{start}{new[index]}-{rest}", values)
                break
        else:
            kept.setlist(name, values)
    return kept

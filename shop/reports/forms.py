"""The form that chooses the period of a report."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from catalog.dates import FIRST_DAY, LAST_DAY
from shop.reports.period import MAX_ROWS, Period, Step

ISO = "%Y-%m-%d"


def _day(label: Any) -> forms.DateField:
    within = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    widget = forms.DateInput({"type": "date"}, format=ISO)
    return forms.DateField(label=label, input_formats=[ISO], widget=widget, validators=within)


class PeriodForm(forms.Form):
    """Submitted by GET, so that every report has a URL."""

    since = _day(_("From"))
    until = _day(_("Until"))
    by = forms.ChoiceField(label=_("By"), choices=Step.choices, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"since", "until", "by"} <= set(data):
            return data
        if data["since"] > data["until"]:
            self.add_error("until", _("The last day is before the first day. Change one of them."))
        elif any(islice(self.period.steps(), MAX_ROWS, None)):
            self.add_error("by", _("This report would have too many rows. Choose longer steps or a shorter period."))
        return data

    @property
    def period(self) -> Period:
        """The chosen period. The form must be valid."""
        data = self.cleaned_data
        return Period(data["since"], data["until"], Step(data["by"] or Step.DAY))

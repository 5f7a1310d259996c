"""Which days a report is about."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from catalog.dates import FIRST_DAY, LAST_DAY
from shop.reports.period import MOST_ROWS, Period, Step

ISO = "%Y-%m-%d"


def _day(label: Any) -> forms.DateField:
    within = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    widget = forms.DateInput({"type": "date"}, format=ISO)
    return forms.DateField(label=label, input_formats=[ISO], widget=widget, validators=within)


class PeriodForm(forms.Form):
    """Sent by GET, so that a report has an address."""

    since = _day(_("From"))
    until = _day(_("Until"))
    by = forms.ChoiceField(label=_("By"), choices=Step.choices, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse what no table could show."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"since", "until", "by"} <= set(said):
            return said
        if said["since"] > said["until"]:
            self.add_error("until", _("The last day lies before the first one. Change one of them."))
        elif any(islice(self.period.steps(), MOST_ROWS, None)):
            self.add_error("by", _("That would be very many rows. Choose longer steps or fewer days."))
        return said

    @property
    def period(self) -> Period:
        """What a valid form says."""
        said = self.cleaned_data
        return Period(said["since"], said["until"], Step(said["by"] or Step.DAY))

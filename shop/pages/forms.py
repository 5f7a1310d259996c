"""The contact form."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineFormField, LinesFormField

MAX_MESSAGE_LENGTH = 5_000


class ContactForm(forms.Form):
    """A message to the owner. People do not see `website`; programs that fill in every field do."""

    name = LineFormField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    order = LineFormField(label=_("Order number"), max_length=40, required=False)
    message = LinesFormField(
        label=_("Message"), max_length=MAX_MESSAGE_LENGTH, widget=forms.Textarea(attrs={"rows": 8})
    )
    website = forms.CharField(required=False, max_length=200)

    @property
    def is_from_a_program(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.cleaned_data.get("website"))

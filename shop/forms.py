"""The admin's form of an API key."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.models import ApiKey


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An API key and what it allows."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "rate", "expires_at")

"""The form of the waitlist."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WaitForm(forms.Form):
    """A sold-out variant and the email address to notify."""

    variant = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": _("Choose an option first.")}
    )
    email = forms.EmailField(label=_("Email address"), max_length=254)

"""“Tell me when it is back.”"""

from django import forms
from django.utils.translation import gettext_lazy as _


class WaitForm(forms.Form):
    """A variant that has sold out, and where to write to."""

    variant = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": _("Choose a version first.")}
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254)

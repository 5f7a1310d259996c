"""The form of the shop's settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.pictures.checking import PictureRefused
from shop.orders.models import Order
from shop.postal.countries import countries
from shop.storefront.colours import ACCENT, PAPER
from shop.storefront.logos import remove_logo, set_logo
from shop.storefront.models import ShopSettings


class ShopSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The shop's settings, with an upload for the logo."""

    logo_file = forms.FileField(
        label=gettext_lazy("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=gettext_lazy("PNG with a transparent background is best. It is shown 36 pixels high."),
    )  # fmt: skip
    removes_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=ShopSettings._meta.get_field("country").help_text,
    )

    class Meta:
        model = ShopSettings
        exclude: tuple[str, ...] = ()
        widgets = {"address": forms.Textarea(attrs={"rows": 5, "cols": 50})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "country" in self.fields:
            self.fields["country"].choices = countries()  # type: ignore[attr-defined]
        for name, standard in (("accent", ACCENT), ("background", PAPER)):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"data-colour": "", "placeholder": standard, "class": "vTextField"}

    def clean_accent(self) -> str:
        return str(self.cleaned_data["accent"]).lower()

    def clean_background(self) -> str:
        return str(self.cleaned_data["background"]).lower()

    def clean_currency(self) -> str:
        """Refuse another currency once something is sold."""
        code = str(self.cleaned_data["currency"]).upper()
        old = str(self.initial.get("currency", code))
        if code != old and Order.objects.exists():
            sentence = _(
                "Orders were placed in %(currency)s, so the currency stays: refunds, invoices and reports add up "
                "amounts of one currency. For another one, open a second shop."
            )
            raise forms.ValidationError(sentence % {"currency": old})
        return code

    def clean(self) -> dict[str, Any]:
        """Put the logo into the row."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        upload = data.get("logo_file")
        if upload:
            try:
                set_logo(self.instance, upload.read())
            except PictureRefused as refused:
                self.add_error("logo_file", refused.detail)
        elif data.get("removes_logo"):
            remove_logo(self.instance)
        return data

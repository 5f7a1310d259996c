"""The forms of the account area."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.staff.stale_forms import MergingForm
from shop.accounts.models import Address, Customer
from shop.postal.countries import countries
from shop.postal.rules import CONDITIONAL, clean_address
from shop.tasks import pretend_mail


class SignupForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """allauth's own, where two may sign up with one address at the same instant."""

    def try_save(self, request: HttpRequest) -> tuple[Customer | None, HttpResponse | None]:
        """The new customer, or nobody and the page that says that a mail was sent.

        Who comes second by a moment reads the same as who came first. The mail is the first one's: a second one would
        say that the address is known, to somebody who perhaps only pressed the button twice.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # a new customer's takes as long, and both get a mail
        try:
            with transaction.atomic():
                saved: tuple[Customer | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            email = self.cleaned_data["email"]
            if not Customer.objects.filter(email__iexact=email).exists():
                raise
            said = {"email": email, "login": False, "signup": True}
            get_adapter().add_message(request, messages.INFO, "account/messages/email_confirmation_sent.txt", said)
            return None, get_adapter().respond_email_verification_sent(request, None)
        return saved


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """allauth's own, which takes as long for an address that nobody has."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Queue the mail with the link; for an unknown address, do the same work and keep nothing of it."""
        if not self.users:
            default_token_generator.make_token(Customer(pk=0, email=self.cleaned_data["email"]))
            pretend_mail("accounts/reset_password", self.cleaned_data["email"], timezone.now())
        return str(super().save(request, **kwargs))


class NameForm(MergingForm):
    class Meta:
        model = Customer
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class AddressForm(MergingForm):
    """An address that its country's post would take: what has to be there, and how a postal code looks."""

    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: [("", _("Choose a country")), *countries()],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )

    class Meta:
        model = Address
        fields = (
            "name", "company", "line1", "line2", "postal_code", "city", "region", "country", "phone",
            "is_default_shipping", "is_default_billing",
        )  # fmt: skip
        labels = {"is_default_shipping": _("Deliver here by default"), "is_default_billing": _("Invoices go here")}
        widgets = {
            field: forms.TextInput(attrs={"autocomplete": autocomplete})
            for field, autocomplete in {
                "name": "name", "company": "organization", "line1": "address-line1", "line2": "address-line2",
                "postal_code": "postal-code", "city": "address-level2", "region": "address-level1",
            }.items()
        } | {"phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"})}  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CONDITIONAL:
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # the country says whether it is needed

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        return clean_address(self, data) if data.get("country") else data

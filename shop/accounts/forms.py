"""Forms of the account area."""

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
from shop.postal.forms import PostalAddressForm
from shop.postal.models import ADDRESS_FIELDS
from shop.tasks import simulate_mail


class SignupForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """allauth's form, made safe against two concurrent sign-ups with one address."""

    def try_save(self, request: HttpRequest) -> tuple[Customer | None, HttpResponse | None]:
        """Return the new customer, or None with the page that confirms that an email was sent.

        The second of two concurrent sign-ups gets the same page but sends no email. The email would say that the
        address is already registered, and the customer may only have submitted the form twice.
        """
        if self.account_already_exists:
            make_password(
                self.cleaned_data["password1"]
            )  # takes as long as a new account, so that timing reveals nothing
        try:
            with transaction.atomic():
                saved: tuple[Customer | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            email = self.cleaned_data["email"]
            if not Customer.objects.filter(email__iexact=email).exists():
                raise
            context = {"email": email, "login": False, "signup": True}
            get_adapter().add_message(request, messages.INFO, "account/messages/email_confirmation_sent.txt", context)
            return None, get_adapter().respond_email_verification_sent(request, None)
        return saved


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """allauth's form, with equal response times for known and unknown addresses."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Queue the email with the link. For an unknown address, do the same work without an email."""
        if not self.users:
            default_token_generator.make_token(Customer(pk=0, email=self.cleaned_data["email"]))
            simulate_mail("accounts/reset_password", self.cleaned_data["email"], timezone.now())
        return str(super().save(request, **kwargs))


class NameForm(MergingForm):
    class Meta:
        model = Customer
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class AddressForm(MergingForm, PostalAddressForm):
    """An entry of the address book."""

    country = forms.ChoiceField(label=_("Country"), choices=lambda: [("", _("Choose a country")), *countries()])

    class Meta(PostalAddressForm.Meta):
        model = Address
        fields = (*ADDRESS_FIELDS, "is_default_shipping", "is_default_billing")
        labels = {
            "is_default_shipping": _("Default delivery address"),
            "is_default_billing": _("Default billing address"),
        }

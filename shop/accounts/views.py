"""The account area: name, address book, data export and erasure."""

from typing import cast

from allauth.account.forms import ReauthenticateForm
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.addresses import AddressBookFullError, save_address
from shop.accounts.forms import AddressForm, NameForm
from shop.accounts.models import Address, Customer
from shop.accounts.personal_data import StaffAccountError, erase_customer, export_data
from shop.http.throttling import LOGIN_RETRY_SECONDS, exceeds_login_limit

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/overview.html")


@form_page
@login_required
def change_name(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        form = NameForm(request.POST or None, instance=_lock_customer(request))
        is_saved = form.is_valid()
        if is_saved:
            form.save()
    if is_saved:
        messages.success(request, _("Your name has been saved."))
        return redirect("accounts:overview")
    return _form(request, "accounts/name.html", form)


@require_safe
@login_required
def address_list(request: HttpRequest) -> HttpResponse:
    return _address_book(request)


@form_page
@login_required
def add_address(request: HttpRequest) -> HttpResponse:
    return _edit_address(request, Address(name=_customer(request).name))


@form_page
@login_required
def change_address(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        if request.method == "POST":
            _lock_customer(request)  # the same lock order as in `save_address`
        address = Address.objects.filter(pk=pk, customer=_customer(request)).first()
        if address is None:
            messages.warning(request, _("This address is not in your address book. It may have been deleted."))
            return _address_book(request, status=404)
        return _edit_address(request, address)


@require_POST
@login_required
def delete_address(request: HttpRequest, pk: int) -> HttpResponse:
    Address.objects.filter(pk=pk, customer=_customer(request)).delete()
    messages.success(request, _("The address has been deleted."))
    return redirect("accounts:addresses")


@require_safe
@login_required
def data(request: HttpRequest) -> HttpResponse:
    """Offer the export and the erasure of the customer's data."""
    return render(request, "accounts/data.html", {"form": ReauthenticateForm(user=_customer(request))})


@require_POST
@login_required
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """Return the customer's data as a JSON file."""
    response = JsonResponse(export_data(_customer(request)), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_POST
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account after the password is confirmed. Attempts are rate-limited."""
    customer = _customer(request)
    form = ReauthenticateForm(request.POST, user=customer)
    if not form.is_valid():
        return _form(request, "accounts/data.html", form)
    try:
        erase_customer(customer, timezone.now())
    except StaffAccountError:
        form.add_error(
            None, _("Staff accounts cannot be deleted. Ask another member of staff to revoke your staff status first.")
        )
        return _form(request, "accounts/data.html", form)
    logout(request)
    messages.success(request, _("Your account has been deleted. We keep only what the law requires."))
    return redirect("catalog:home")


def _address_book(request: HttpRequest, status: int = 200) -> HttpResponse:
    addresses = list(Address.objects.of(_customer(request)))
    context = {"addresses": addresses, "has_room": len(addresses) < settings.MAX_ADDRESSES}
    return render(request, "accounts/address_list.html", context, status=status)


def _edit_address(request: HttpRequest, address: Address) -> HttpResponse:
    form = AddressForm(request.POST or None, instance=address)
    if form.is_valid():
        try:
            save_address(_customer(request), form.save(commit=False))
        except AddressBookFullError:
            form.add_error(None, _("Your address book is full. Delete an address to add another."))
        else:
            messages.success(request, _("The address has been saved."))
            return redirect("accounts:addresses")
    return _form(request, "accounts/address.html", form)


def _form(request: HttpRequest, template: str, form: object) -> HttpResponse:
    """Render a form, with status 400 if it has errors and 429 if it is rate-limited."""
    if exceeds_login_limit(form):
        page = render(request, template, {"form": form}, status=429)
        page.headers["Retry-After"] = str(LOGIN_RETRY_SECONDS)
        return page
    return render(request, template, {"form": form}, status=400 if getattr(form, "errors", None) else 200)


def _lock_customer(request: HttpRequest) -> Customer:
    """Lock the customer's row for this transaction and return the customer."""
    return Customer.objects.select_for_update().get(pk=_customer(request).pk)


def _customer(request: HttpRequest) -> Customer:
    return cast(Customer, request.user)

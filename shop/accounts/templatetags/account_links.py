"""The navigation of the account area."""

from typing import NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()
# Pages by URL name, since accounts must not import other apps. Pages that do not exist are left out.
PAGES: list[tuple[str, Promise | str, Promise | str]] = [
    ("orders:history", _("Orders"), _("Your purchases and their delivery.")),
    ("accounts:addresses", _("Addresses"), _("Where we send parcels and invoices.")),
    ("wishlist:list", _("Wishlist"), _("Products you have saved.")),
    ("reviews:mine", _("Reviews"), _("Your product reviews.")),
    ("accounts:name", _("Name"), _("The name on your account.")),
    ("account_email", _("Email address"), _("For logging in, and for emails from us.")),
    ("account_change_password", _("Password"), _("Change your password.")),
    ("mfa_index", _("Two-factor authentication"), _("Protect your account with a code from your phone.")),
    ("accounts:data", _("Your data"), _("Download or delete it.")),
]


class Link(NamedTuple):
    """A page of the account area."""

    url: str
    title: Promise | str
    text: Promise | str


@register.simple_tag
def account_links() -> list[Link]:
    """Return the pages that exist, without a query."""
    found = []
    for name, title, text in PAGES:
        try:
            found.append(Link(reverse(name), title, text))
        except NoReverseMatch:
            continue
    return found

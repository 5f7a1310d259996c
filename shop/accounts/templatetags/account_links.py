"""The pages of the account area, also those of rooms that accounts know nothing of."""

from typing import NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()
# URL names, in the order of the list. One that does not exist leaves its link out: a room fills its place by its name.
PAGES: list[tuple[str, Promise | str, Promise | str]] = [
    ("orders:history", _("Orders"), _("What you bought, and where it is.")),
    ("accounts:addresses", _("Addresses"), _("Where parcels and invoices go.")),
    ("wishlist:list", _("Wishlist"), _("What you may want one day.")),
    ("reviews:mine", _("Reviews"), _("What you said of what you bought.")),
    ("accounts:name", _("Name"), _("How we address you.")),
    ("account_email", _("E-mail address"), _("What you log in with, and where we write to.")),
    ("account_change_password", _("Password"), _("Choose another one.")),
    ("mfa_index", _("Second factor"), _("A code from your phone, beside the password.")),
    ("accounts:data", _("Your data"), _("Take it along, or have it erased.")),
]


class Link(NamedTuple):
    """One page of the account area."""

    url: str
    title: Promise | str
    text: Promise | str


@register.simple_tag
def account_links() -> list[Link]:
    """The pages that there are; no query."""
    found = []
    for name, title, text in PAGES:
        try:
            found.append(Link(reverse(name), title, text))
        except NoReverseMatch:
            continue
    return found

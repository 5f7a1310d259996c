"""Menus, and links to what customers must be able to read before they buy."""

from typing import NamedTuple

from django import template
from django.conf import settings

from shop.pages.menu import Entry, page_of, published_pages
from shop.pages.models import Page

register = template.Library()


class Legal(NamedTuple):
    """The published pages that an order refers to."""

    terms: Entry | None
    withdrawal: Entry | None
    privacy: Entry | None


@register.simple_tag
def footer_pages() -> list[Entry]:
    """Return the pages in the footer."""
    return [entry for entry in published_pages() if entry.is_in_footer]


@register.simple_tag
def header_pages() -> list[Entry]:
    """Return the pages in the header."""
    return [entry for entry in published_pages() if entry.is_in_header]


@register.simple_tag
def legal_pages() -> Legal:
    """Return the pages that an order refers to."""
    return Legal(page_of(Page.Kind.TERMS), page_of(Page.Kind.WITHDRAWAL), page_of(Page.Kind.PRIVACY))


@register.filter
def at_site(entry: Entry) -> str:
    """Return the address of the page for emails, with the host."""
    return f"{settings.SITE_URL}{entry.url}"

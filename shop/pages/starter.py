"""Drafts of the pages that a shop in the EU needs, in `drafts/`. What only the owner knows is in square brackets.

They are written for a small shop and are no legal advice. A page with brackets cannot be published.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from shop.pages.models import Page

FOLDER = Path(__file__).resolve().parent / "drafts"


class Draft(NamedTuple):
    """A page to begin with. Its text is in the file with the name of its slug."""

    kind: Page.Kind
    slug: str
    title: str

    @property
    def text(self) -> str:
        return (FOLDER / f"{self.slug}.txt").read_text()


DRAFTS = [
    Draft(Page.Kind.ABOUT, "about", "About us"),
    Draft(Page.Kind.CONTACT, "contact", "Contact"),
    Draft(Page.Kind.DELIVERY, "delivery", "Delivery and payment"),
    Draft(Page.Kind.WITHDRAWAL, "returns", "Returns and right of withdrawal"),
    Draft(Page.Kind.TERMS, "terms", "Terms and conditions"),
    Draft(Page.Kind.PRIVACY, "privacy", "Privacy"),
    Draft(Page.Kind.IMPRINT, "imprint", "Imprint"),
]

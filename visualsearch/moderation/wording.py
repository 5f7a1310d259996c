"""What a supplier or customer reads about a picture: what happened, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from visualsearch.models import Reason, Verdict, VerdictState

# Codes in API answers.
IMAGE_REFUSED, IMAGE_WAITING = "image_refused", "image_waiting"

_WAITING = _("We look at this picture before customers see it. There is nothing for you to do.")
_REFUSED = {
    Reason.UNSAFE: _("This picture may not be safe to show. Upload another one, or tell us why it should be shown."),
    Reason.SEEN: _("We refused this picture before. Upload another one."),
    Reason.COPY: _("This is a picture of another product. Upload a picture of this one."),
    Reason.QUALITY: _(
        "This picture does not show the product well enough. Upload a sharp, bright one of the product alone, "
        "without text over it."
    ),
    Reason.PLACE: _(
        "This picture does not fit the product's category. Choose another picture, or correct the category."
    ),
    Reason.RULE: _("We do not sell what this picture shows. Upload another one."),
    Reason.UNCHECKED: _("This picture could not be read. Save it as JPEG or PNG and upload it again."),
}
_OTHER = _("We cannot show this picture. Upload another one.")


def sentence(verdict: Verdict | None) -> str:
    """Return what to tell the person who uploaded the picture; "" if customers see it."""
    told = code(verdict)
    if verdict is None or told == IMAGE_WAITING:
        return gettext(str(_WAITING))
    if not told:
        return ""
    found = str(_REFUSED.get(Reason(verdict.reason), _OTHER) if verdict.reason else _OTHER)
    return f"{found} {verdict.note}" if verdict.note else found


def code(verdict: Verdict | None) -> str:
    """Return the code in API answers; "" if customers see the picture."""
    if verdict is None or (verdict.state == VerdictState.LOOK and not verdict.image.is_public):
        return IMAGE_WAITING
    return IMAGE_REFUSED if verdict.state == VerdictState.REFUSED else ""


def code_name(code: str) -> str:
    """Return what a check found, in words. Checks name their codes in English, such as `too_small`."""
    return str(_CODES.get(code, code.replace("_", " ")))


def fact(name: str, value: Any) -> str:
    """Return a piece of evidence in words."""
    shown = f"{value:.2f}" if isinstance(value, float) else str(value)
    return pgettext("evidence", "%(name)s: %(value)s") % {"name": name.replace("_", " "), "value": shown}


_CODES = {
    "same_file": _("It is the same file."),
    "same_picture": _("It is the same picture."),
    "same_product": _("It may be the same product."),
    "refused_before": _("It looks like a picture that staff refused."),
    "unreadable": _("The file cannot be read."),
    "nudity": _("The classifier sees nudity."),
    "category": _("It looks like goods of another category."),
    "too_small": _("It is too small."),
    "blurred": _("It is blurred."),
    "dark": _("It is too dark."),
    "overexposed": _("It is burnt out."),
    "text": _("Text or a watermark lies over it."),
    "collage": _("It is put together from several pictures."),
    "screenshot": _("It is a screenshot."),
    "empty": _("It shows a backdrop without goods."),
    "learnt": _("It looks like pictures that staff refused."),
}

"""Template tags of the moderation, for pages of the admin."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext

from catalog.models import Product
from catalog.staff.alerts import StaffAlert
from visualsearch.embedding.data_uris import data_uri
from visualsearch.models import RefusedPicture, Verdict, VerdictState
from visualsearch.moderation import drift, queue, wording
from visualsearch.moderation_admin_pages import small_url as url_of_small

register = template.Library()

check_name = register.filter(queue.check_name)
sentence = register.filter(wording.sentence)
small_url = register.simple_tag(url_of_small)


@register.filter
def remembered(refused: RefusedPicture) -> str:
    """Return a refused picture, small, as a data URI: its file may be gone."""
    return data_uri("image/jpeg", bytes(refused.small))


@register.simple_tag
def moderation_alerts() -> Sequence[StaffAlert]:
    """Return alerts about pictures that wait for staff, with the age of the oldest, or for a check. Three queries."""
    found = queue.backlog()
    address = reverse("admin:visualsearch_verdict_changelist")
    title = gettext("Pictures to look at")
    if found.oldest_at:
        age = timesince(found.oldest_at, timezone.now(), depth=1)
        title = gettext("Pictures to look at, the oldest for %(age)s") % {"age": age}
    alerts = [
        StaffAlert(title, found.waiting, address),
        StaffAlert(gettext("Pictures that nobody has checked"), found.unchecked, address),
    ]
    return [each for each in alerts if each.count]


@register.simple_tag
def drift_alerts() -> Sequence[StaffAlert]:
    """Return an alert for each share of verdicts that has moved beyond chance. Two queries."""
    address = reverse("admin:visualsearch_checksetting_changelist")
    return [StaffAlert(_drift(each), each.pictures, address) for each in drift.find(timezone.localdate())]


def _drift(found: drift.Drift) -> str:
    titles = {
        (VerdictState.LOOK, False): gettext(
            "Pictures that need a look: %(share)s of the last week’s, usually %(usual)s"
        ),
        (VerdictState.REFUSED, False): gettext(
            "Pictures refused by checks: %(share)s of the last week’s, usually %(usual)s"
        ),
        (VerdictState.REFUSED, True): gettext(
            "Pictures refused by staff: %(share)s of the last week’s, usually %(usual)s"
        ),
    }
    share, usual = (f"{number_format(round(100 * each, 1), 1)}%" for each in (found.share, found.before))
    return titles[found.state, found.by_staff] % {"share": share, "usual": usual}


@register.inclusion_tag("admin/_product_pictures.html", takes_context=True)
def product_verdicts(context: template.Context, product: Product) -> dict[str, Any]:
    """Show which pictures of the product customers do not see, and why, with a form to appeal. One query."""
    hidden = Verdict.objects.filter(image__product=product, image__is_public=False, image__is_from_customer=False)
    return {
        "verdicts": hidden.select_related("image").order_by("image__position", "image"),
        "may_appeal": context.get("has_change_permission", False),
        "perms": context.get("perms"),
        "csrf_token": context.get("csrf_token"),
    }

"""Template tag that reports stuck emails in the admin."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from catalog.staff.alerts import StaffAlert, staff_alert
from shop.models import Mail

register = template.Library()
TITLES = {Mail.Status.FAILED: _("Failed emails"), Mail.Status.UNSURE: _("Emails possibly sent")}


@register.simple_tag
def mail_alerts() -> dict[str, StaffAlert]:
    """Return alerts about stuck emails, by status. Two queries."""
    stuck = Mail.objects.stuck()
    found = {
        str(status): staff_alert(title, stuck.filter(status=status), "shop_mail", f"status__exact={status}")
        for status, title in TITLES.items()
    }
    return {status: each for status, each in found.items() if each.count}

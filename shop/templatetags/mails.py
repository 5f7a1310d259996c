"""Mails that nobody sends unless staff say so, in the templates of the admin."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from catalog.staff.alerts import StaffAlert, staff_alert
from shop.models import Mail

register = template.Library()
TITLES = {Mail.Status.FAILED: _("Mails that were not sent"), Mail.Status.UNSURE: _("Mails that were perhaps sent")}


@register.simple_tag
def mail_alerts() -> dict[str, StaffAlert]:
    """What there is of them, by status; two queries."""
    stuck = Mail.objects.stuck()
    found = {
        str(status): staff_alert(title, stuck.filter(status=status), "shop_mail", f"status__exact={status}")
        for status, title in TITLES.items()
    }
    return {status: each for status, each in found.items() if each.count}

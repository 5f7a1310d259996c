"""Record what the owner confirms, and send test emails."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from shop.mail import deliver_mail, queue_mail
from shop.models import Mail
from shop.opening.steps import TEST_MAIL
from shop.storefront.current import settings_row


@transaction.atomic
def confirm_step(name: str) -> None:
    """Record that the owner has checked this step."""
    row = settings_row()
    if name not in row.confirmed:
        row.confirmed = [*row.confirmed, name]
        row.save(update_fields=["confirmed", "changed_at"])


def send_test_mail(recipient: str, now: datetime) -> Mail:
    """Send an email at once, as a worker would, and return its row with what became of it."""
    mail = queue_mail(TEST_MAIL, recipient, uuid.uuid4().hex, {}, now)
    deliver_mail(mail.pk, now)
    mail.refresh_from_db()
    return mail

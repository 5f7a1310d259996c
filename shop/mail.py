"""Every mail of the shop: written as a row within the caller's transaction, sent by a worker, never twice.

Always: queue the mail in the transaction whose news it brings. Never: send one yourself, or put an object into its
context. docs/mail.md says how to add a mail.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from shop.languages import offered
from shop.models import Mail, MailQuerySet

ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)  # doubled after every attempt: the last one comes two hours after the first
SWEEP = 100  # mails at a time
_keeps_mails: ContextVar[bool] = ContextVar("keeps_mails", default=False)


class MailNotSentError(RuntimeError):
    """The mail server was not reached or said no, so the mail surely did not leave."""


def queue_mail(
    kind: str, recipient: str, reference: str, context: Mapping[str, Any], now: datetime, language: str = ""
) -> Mail:
    """The one mail of that kind to that address about that reference; asking again gives the same row.

    `context` is plain JSON (amounts and dates as text): the mail says what was true when it was queued. It is written
    in `language`, else in the visitor's. A worker sends it once the transaction has committed.
    """
    keeps = _keeps_mails.get()
    mail, _ = Mail.objects.get_or_create(
        kind=kind,
        recipient=recipient,
        reference=reference,
        defaults={
            "status": Mail.Status.KEPT if keeps else Mail.Status.WAITING,
            "context": {} if keeps else dict(context),
            "language": language or get_language() or settings.LANGUAGE_CODE,
            "created_at": now,
            "due_at": now,
        },
    )
    return mail


@contextmanager
def keeping_mails() -> Iterator[None]:
    """What is queued within becomes a row that is never sent: for what is entered long after it happened."""
    token = _keeps_mails.set(True)
    try:
        yield
    finally:
        _keeps_mails.reset(token)


def deliver_mail(mail_id: int, now: datetime) -> bool:
    """Send the mail if it is due and nobody else is at it; whether this call sent it.

    The row is claimed and committed before the mail server hears of it. A worker that dies in between leaves a row
    that `give_up_abandoned` marks for staff, since nobody can know whether that mail went out.
    """
    claimed = (
        Mail.objects.due(now)
        .filter(pk=mail_id)
        .update(status=Mail.Status.SENDING, attempts=F("attempts") + 1, due_at=now)
    )
    if not claimed:
        return False
    mail = Mail.objects.get(pk=mail_id)
    try:
        _send(mail)
    except MailNotSentError as error:
        _put_off(mail, str(error), now)
        return False
    except Exception as error:
        _note(mail, Mail.Status.UNSURE, error=f"{type(error).__name__}: {error}")
        raise
    # The context may hold a secret link, and has done its work.
    _note(mail, Mail.Status.SENT, error="", context={}, sent_at=now)
    return True


def due_mails(now: datetime) -> list[int]:
    """Keys of the mails that are to be sent, the longest due first."""
    return list(Mail.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:SWEEP])


def give_up_abandoned(now: datetime) -> int:
    """Mark the mails whose worker died while it sent them, for staff to look at; how many."""
    return Mail.objects.abandoned(now).update(
        status=Mail.Status.UNSURE, error="The worker ended while it sent this mail. It may have gone out."
    )


def send_again(mails: MailQuerySet, now: datetime) -> int:
    """Let those that failed, or of which nobody knows, be sent by the next sweep; how many. Staff decide."""
    return mails.wanting_a_look().update(status=Mail.Status.WAITING, attempts=0, error="", due_at=now)


def render(mail: Mail) -> EmailMultiAlternatives:
    """The mail in text and HTML. The first line of the text is the subject."""
    context = {
        **mail.context, "shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL, "recipient": mail.recipient
    }  # fmt: skip
    with override(offered(mail.language)):
        subject, _, text = render_to_string(f"mail/{mail.kind}.txt", context).strip().partition("\n")
        html = render_to_string(f"mail/{mail.kind}.html", {**context, "subject": subject})
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()), body=f"{text.strip()}\n", from_email=_sender(), to=[mail.recipient]
    )
    message.attach_alternative(html, "text/html")
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    if "unsubscribe_url" in context:
        message.extra_headers["List-Unsubscribe"] = f"<{context['unsubscribe_url']}>"
        message.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _send(mail: Mail) -> None:
    try:
        message = render(mail)
        connection = get_connection()
        connection.open()
    except Exception as error:
        raise MailNotSentError(f"{type(error).__name__}: {error}") from error
    try:
        connection.send_messages([message])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        raise MailNotSentError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _sender() -> str:
    address = settings.DEFAULT_FROM_EMAIL
    return address if "<" in address else formataddr((settings.SHOP_NAME, address))


def _put_off(mail: Mail, error: str, now: datetime) -> None:
    if mail.attempts >= ATTEMPTS:
        _note(mail, Mail.Status.FAILED, error=error)
    else:
        _note(mail, Mail.Status.WAITING, error=error, due_at=now + FIRST_PAUSE * 2 ** (mail.attempts - 1))


def _note(mail: Mail, status: Mail.Status, **fields: Any) -> None:
    Mail.objects.filter(pk=mail.pk).update(status=status, **fields)

"""The email queue: an email is a row in the caller's transaction, and a worker sends it once after commit.

Queue an email in the transaction of the change that it reports, with plain JSON as its context. docs/mail.md explains
how to add one.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from shop.storefront.current import mail_colours, shop_settings

MAX_ATTEMPTS = 8
FIRST_DELAY = timedelta(minutes=1)  # doubled after every attempt: the last comes two hours after the first
BATCH_SIZE = 100
_files: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {}  # by the kind of email
_is_suppressed: ContextVar[bool] = ContextVar("is_suppressed", default=False)


class MailNotSentError(RuntimeError):
    """The mail server was unreachable or refused the email, so the email was certainly not sent."""


def queue_mail(
    kind: str, recipient: str, reference: str, context: Mapping[str, Any], now: datetime, language: str = ""
) -> Mail:
    """Queue an email, at most one per kind, recipient and reference; later calls return the same row.

    `context` is JSON with amounts and dates as text, so that the email reports the state at this moment. It is
    written in `language`, or else in the visitor's.
    """
    is_suppressed = _is_suppressed.get()
    mail, _ = Mail.objects.get_or_create(
        kind=kind,
        recipient=recipient,
        reference=reference,
        defaults={
            "status": Mail.Status.SUPPRESSED if is_suppressed else Mail.Status.WAITING,
            "context": {} if is_suppressed else dict(context),
            "language": language or get_language() or settings.LANGUAGE_CODE,
            "created_at": now,
            "due_at": now,
        },
    )
    return mail


@contextmanager
def suppressed_mails() -> Iterator[None]:
    """Record emails without sending them, for orders entered long after they happened."""
    token = _is_suppressed.set(True)
    try:
        yield
    finally:
        _is_suppressed.reset(token)


def deliver_mail(mail_id: int, now: datetime) -> bool:
    """Send the email if it is due and no other worker has claimed it. Return True if this call sent it.

    The claim is committed before the mail server is contacted. If a worker dies in between, it is unknown whether the
    email was sent: `mark_abandoned` leaves it to staff.
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
        _delay(mail, str(error), now)
        return False
    except Exception as error:
        _update(mail, Mail.Status.UNSURE, error=f"{type(error).__name__}: {error}")
        raise
    # The context may hold a secret link.
    _update(mail, Mail.Status.SENT, error="", context={}, sent_at=now)
    return True


def due_mails(now: datetime) -> list[int]:
    """Return the keys of due emails, the longest overdue first."""
    return list(Mail.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH_SIZE])


def mark_abandoned(now: datetime) -> int:
    """Mark emails whose worker died while sending as possibly sent, for staff to decide. Return their number."""
    return Mail.objects.abandoned(now).update(
        status=Mail.Status.UNSURE, error="The worker died while it was sending this email. It may have been sent."
    )


def resend(mails: MailQuerySet, now: datetime) -> int:
    """Queue stuck emails again for the next sweep. Return their number."""
    return mails.stuck().update(status=Mail.Status.WAITING, attempts=0, error="", due_at=now)


def attach_to(kind: str, files: Callable[[], Iterable[tuple[str, str]]]) -> None:
    """Attach the text files that `files` returns, as name and text, to every email of this kind."""
    _files[kind] = files


def render(mail: Mail) -> EmailMultiAlternatives:
    """Return the email as text and HTML. The first line of the text template is the subject."""
    shop = shop_settings()
    context = {
        **mail.context, "shop_name": shop.name, "site_url": settings.SITE_URL, "recipient": mail.recipient,
        "storefront": shop, "colours": mail_colours(shop.accent, shop.background),
    }  # fmt: skip
    with override(offered(mail.language)):
        subject, _, text = render_to_string(f"mail/{mail.kind}.txt", context).strip().partition("\n")
        html = render_to_string(f"mail/{mail.kind}.html", {**context, "subject": subject})
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()), body=f"{text.strip()}\n", from_email=_sender(), to=[mail.recipient]
    )
    message.attach_alternative(html, "text/html")
    for name, content in _files.get(mail.kind, list)():
        message.attach(name, content, "text/plain")
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    if "reply_to" in context:
        message.reply_to = [context["reply_to"]]
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
    shop, configured = shop_settings(), str(settings.DEFAULT_FROM_EMAIL)
    if "<" in configured and not shop.is_saved:
        return configured
    return formataddr((shop.name, shop.sender))


def _delay(mail: Mail, error: str, now: datetime) -> None:
    if mail.attempts >= MAX_ATTEMPTS:
        _update(mail, Mail.Status.FAILED, error=error)
    else:
        _update(mail, Mail.Status.WAITING, error=error, due_at=now + FIRST_DELAY * 2 ** (mail.attempts - 1))


def _update(mail: Mail, status: Mail.Status, **fields: Any) -> None:
    Mail.objects.filter(pk=mail.pk).update(status=status, **fields)

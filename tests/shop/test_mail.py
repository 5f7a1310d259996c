"""Every mail is sent exactly once, despite failures."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from shop import mail
from shop.accounts.models import Customer
from shop.management.commands.make_roles import make_roles
from shop.models import Mail
from shop.tasks import sweep_mail

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def queue(reference: str = "key:1", recipient: str = "alice@example.com", **context: str) -> Mail:
    context = {"url": "https://shop.test/confirm/secret/", **context}
    return mail.queue_mail("accounts/verify_email", recipient, reference, context, NOW)


class AwayBackend(BaseEmailBackend):
    """An unreachable mail server."""

    def open(self) -> bool:
        raise ConnectionRefusedError("nobody listens")


class LostBackend(BaseEmailBackend):
    """A mail server that stops responding after it received the mail."""

    def send_messages(self, email_messages: Any) -> int:
        raise TimeoutError("no answer")


class SlowBackend(BaseEmailBackend):
    """A slow mail server, so that two workers overlap."""

    delivered: list[Any] = []
    meeting = threading.Barrier(2)
    meeting_timeout = 1.0  # seconds for which the first worker waits for the second

    def send_messages(self, email_messages: Any) -> int:
        with suppress(threading.BrokenBarrierError):
            self.meeting.wait(self.meeting_timeout)
        self.delivered.extend(email_messages)
        return len(email_messages)


def test_a_mail_has_text_html_and_a_subject() -> None:
    assert mail.deliver_mail(queue().pk, NOW)
    (sent,) = outbox.outbox
    assert sent.to == ["alice@example.com"]
    assert "\n" not in sent.subject
    assert "https://shop.test/confirm/secret/" in sent.body
    assert isinstance(sent, EmailMultiAlternatives)
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert 'href="https://shop.test/confirm/secret/"' in str(html)
    assert sent.from_email == "Semblance <shop@localhost>"


def test_the_context_is_cleared_after_sending() -> None:
    queued = queue()
    mail.deliver_mail(queued.pk, NOW)
    queued.refresh_from_db()
    assert (queued.status, queued.context, queued.sent_at) == (Mail.Status.SENT, {}, NOW)


def test_customer_input_is_escaped_in_mails() -> None:
    message = mail.render(queue(url="https://shop.test/?<script>alert(1)</script>"))
    assert "<script>" not in str(message.alternatives[0][0])


def test_a_mail_queued_twice_is_sent_once() -> None:
    assert queue() == queue()
    assert queue("key:2") != queue()
    for _ in range(2):
        mail.deliver_mail(queue().pk, NOW)
    assert len(outbox.outbox) == 1


def test_a_mail_is_sent_after_its_transaction_commits(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]], tasks_at_once: None
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        queue()
        assert outbox.outbox == []
    assert len(outbox.outbox) == 1


def test_a_rolled_back_transaction_queues_no_mail() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_an_unreachable_server_is_retried_a_limited_number_of_times(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
    queued, now = queue(), NOW
    pauses = []
    while not mail.deliver_mail(queued.pk, now):
        queued.refresh_from_db()
        if queued.status == Mail.Status.FAILED:
            break
        assert not mail.deliver_mail(queued.pk, now)  # it is not due yet
        pauses.append(queued.due_at - now)
        now = queued.due_at
    assert queued.attempts == mail.MAX_ATTEMPTS
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert "nobody listens" in queued.error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.resend(Mail.objects.all(), now) == 1
    assert mail.deliver_mail(queued.pk, now)
    assert len(outbox.outbox) == 1


def test_a_possibly_sent_mail_is_not_resent_automatically(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.LostBackend"
    queued = queue()
    with pytest.raises(TimeoutError):
        mail.deliver_mail(queued.pk, NOW)
    queued.refresh_from_db()
    assert queued.status == Mail.Status.UNSURE
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.due_mails(NOW + timedelta(days=1)) == []
    assert not mail.deliver_mail(queued.pk, NOW + timedelta(days=1))


def test_a_mail_whose_worker_died_is_left_to_staff() -> None:
    queued = queue()
    Mail.objects.update(status=Mail.Status.SENDING)
    assert mail.mark_abandoned(NOW + timedelta(minutes=5)) == 0
    assert mail.mark_abandoned(NOW + timedelta(minutes=16)) == 1
    queued.refresh_from_db()
    assert queued.status == Mail.Status.UNSURE


def test_the_sweep_sends_mails_that_the_queue_lost(tasks_at_once: None) -> None:
    queue()
    for _ in range(2):
        sweep_mail()
    assert len(outbox.outbox) == 1


@pytest.fixture
def two_workers(transactional_db: None, settings: Any) -> Callable[..., int]:
    """Deliver one mail with two workers over a slow server, and return the number of sent mails."""
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"

    def work(mail_id: int) -> None:
        mail.deliver_mail(mail_id, NOW)
        connection.close()

    def deliver(timeout: float = 1.0) -> int:
        SlowBackend.meeting_timeout = timeout
        SlowBackend.delivered.clear()
        SlowBackend.meeting.reset()
        queued = queue()
        workers = [threading.Thread(target=work, args=[queued.pk]) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return len(SlowBackend.delivered)

    return deliver


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_mail_send_it_once(two_workers: Callable[..., int]) -> None:
    assert two_workers() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_two_workers_send_it_twice(two_workers: Callable[..., int]) -> None:
    with connection.cursor() as cursor:  # a rule that undoes the claim, so that the row looks unclaimed
        cursor.execute(
            "CREATE FUNCTION forget_claim() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.status = 'sending' THEN NEW.status := 'waiting'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER forget_claim BEFORE UPDATE ON shop_mail FOR EACH ROW EXECUTE FUNCTION forget_claim()"
        )
    try:
        assert two_workers(timeout=30) == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION forget_claim CASCADE")


def test_without_a_mail_server_mails_are_files(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    mail.deliver_mail(queue().pk, NOW)
    (file,) = settings.EMAIL_FILE_PATH.iterdir()
    assert "https://shop.test/confirm/secret/" in file.read_text()
    assert django_settings.DATA_DIR not in file.parents


def test_staff_see_the_error_of_a_mail_but_not_its_context(client: Client) -> None:
    queued = queue()
    Mail.objects.update(status=Mail.Status.FAILED, error="nobody listens")
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    page = client.get(f"/admin/shop/mail/{queued.pk}/change/").content.decode()
    assert "nobody listens" in page
    assert "secret" not in page
    chosen = {"action": "send_again", "_selected_action": [queued.pk]}
    client.post("/admin/shop/mail/", chosen)
    assert mail.due_mails(timezone.now()) == [queued.pk]


@pytest.mark.parametrize(
    ("status", "alert", "button"),
    [("failed", "Failed emails", "Resend"), ("unsure", "Emails possibly sent", "Resend (may arrive twice)")],
)
def test_the_admin_index_shows_stuck_mails_and_resends_them(
    client: Client, status: str, alert: str, button: str
) -> None:
    queued, sent = queue(), queue("key:2")
    Mail.objects.filter(pk=sent.pk).update(status=Mail.Status.SENT)
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    assert alert not in client.get("/admin/").content.decode()
    Mail.objects.filter(pk=queued.pk).update(status=status, attempts=8)
    page = client.get("/admin/").content.decode()
    assert button in page
    assert page.count(alert) == 1
    assert f"/admin/shop/mail/?status__exact={status}" in page
    assert (
        "1 email will be resent."
        in client.post(f"/admin/shop/mail/send-again/{status}/", follow=True).content.decode()
    )
    assert mail.due_mails(timezone.now()) == [queued.pk]
    client.post("/admin/shop/mail/send-again/sent/")
    assert mail.due_mails(timezone.now()) == [queued.pk]


def test_resending_mails_needs_permission(client: Client) -> None:
    make_roles()
    queue()
    Mail.objects.update(status=Mail.Status.FAILED)
    address = "/admin/shop/mail/send-again/failed/"
    for role, shown, status in (("orders", False, 403), ("support", True, 302), ("catalogue", None, 403)):
        person = Customer.objects.create_user(f"{role}@example.com", is_staff=True)
        person.groups.set(Group.objects.filter(name=role))
        client.force_login(person)
        page = client.get("/admin/").content.decode()
        assert ("Failed emails" in page) == (shown is not None)
        assert (address in page) == bool(shown)
        assert client.post(address).status_code == status
    assert client.get(address).status_code == 405


def test_suppressed_mails_are_recorded_but_not_sent(
    tasks_at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), mail.suppressed_mails():
        kept = queue()
    assert (kept.status, kept.context) == (Mail.Status.SUPPRESSED, {})
    sweep_mail()
    mail.resend(Mail.objects.all(), timezone.now())
    assert not mail.deliver_mail(kept.pk, timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        queue("key:2")
    assert len(outbox.outbox) == 1

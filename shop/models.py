"""Rows about the running of the shop itself: its heartbeat, and every mail that it owes or has sent."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When the timetable, the queue and a worker were last seen working together; one row a name."""

    name = models.CharField(primary_key=True, max_length=50)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beaten_at:%H:%M:%S}"


class MailQuerySet(models.QuerySet["Mail"]):
    """Filters that read as sentences."""

    def due(self, now: datetime) -> Self:
        """Those that wait, and whose next attempt may be made."""
        return self.filter(status=Mail.Status.WAITING, due_at__lte=now)

    def abandoned(self, now: datetime) -> Self:
        """Those that a worker began to send and never came back to."""
        return self.filter(status=Mail.Status.SENDING, due_at__lte=now - Mail.LONGEST_ATTEMPT)

    def wanting_a_look(self) -> Self:
        """Those that nobody will send unless staff say so."""
        return self.filter(status__in=[Mail.Status.UNSURE, Mail.Status.FAILED])


class Mail(models.Model):
    """One mail to one person about one thing. The row is the promise that it is sent, and sent once."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        UNSURE = "unsure", _("perhaps sent")
        FAILED = "failed", _("not sent")
        KEPT = "kept", _("not to be sent")

    LONGEST_ATTEMPT = timedelta(minutes=15)  # well above the time limit of a task

    kind = models.CharField(_("kind"), max_length=60, help_text=_("Names the templates: mail/<kind>.txt and .html."))
    recipient = models.EmailField(_("recipient"))
    reference = models.CharField(
        _("about"), max_length=200, help_text=_("What it is about, such as order:17:shipment:2.")
    )
    language = models.CharField(_("language"), max_length=15)
    context = models.JSONField(
        _("what the templates say"), default=dict, blank=True, help_text=_("Emptied once the mail is sent.")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), default="", blank=True)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("next attempt"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [models.UniqueConstraint(fields=["kind", "recipient", "reference"], name="mail_once")]
        indexes = [models.Index(fields=["status", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class IdempotentCall(models.Model):
    """A write of the API that was named by its client, with the answer that it got: the same name gets it again."""

    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    begun_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotent_call_once")]

    def __str__(self) -> str:
        return self.key


class SharedValue(models.Model):
    """One entry of the cache that all processes share: counts of guesses and calls. The key is a hash."""

    key = models.CharField(primary_key=True, max_length=64)
    value = models.JSONField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} until {self.ends_at:%H:%M:%S}"

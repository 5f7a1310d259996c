"""Tables for running the shop itself: heartbeat, emails, API keys, API answers, search times and the shared cache."""

from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.dates import BoundedDateTimeField, within_bounds
from catalog.models.fields import LineField


class Heartbeat(models.Model):
    """The last time that Celery beat, the queue and a worker worked together. One row per name."""

    name = models.CharField(primary_key=True, max_length=50)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beaten_at:%H:%M:%S}"


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> Self:
        """Emails that are waiting and due for their next attempt."""
        return self.filter(status=Mail.Status.WAITING, due_at__lte=now)

    def abandoned(self, now: datetime) -> Self:
        """Emails whose worker died while it was sending them."""
        return self.filter(status=Mail.Status.SENDING, due_at__lte=now - Mail.ATTEMPT_TIMEOUT)

    def stuck(self) -> Self:
        """Emails that are not sent unless staff resend them."""
        return self.filter(status__in=[Mail.Status.UNSURE, Mail.Status.FAILED])


class Mail(models.Model):
    """An email to one recipient about one subject, queued with the change that it reports and sent once."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        UNSURE = "unsure", _("possibly sent")
        FAILED = "failed", _("failed")
        SUPPRESSED = "kept", _("suppressed")

    ATTEMPT_TIMEOUT = timedelta(minutes=15)  # well above the time limit of a task

    kind = models.CharField(_("kind"), max_length=60, help_text=_("Name of the templates: mail/<kind>.txt and .html."))
    recipient = models.EmailField(_("recipient"))
    reference = models.CharField(
        _("reference"), max_length=200, help_text=_("What the mail is about, such as order:17:shipment:2.")
    )
    language = models.CharField(_("language"), max_length=15)
    context = models.JSONField(
        _("template context"), default=dict, blank=True, help_text=_("Cleared once the mail is sent.")
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
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        constraints = [models.UniqueConstraint(fields=["kind", "recipient", "reference"], name="mail_once")]
        indexes = [models.Index(fields=["status", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class IdempotentCall(models.Model):
    """An API write with an Idempotency-Key, and the answer that a repeated request gets."""

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
    """An entry of the shared cache: log-in attempts and throttle counts. The key is a hash."""

    key = models.CharField(primary_key=True, max_length=64)
    value = models.JSONField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} until {self.ends_at:%H:%M:%S}"


class ApiKey(models.Model):
    """The key of an API client. The database holds only its hash; `prefix` is the part that staff recognise it by."""

    class Scope(models.TextChoices):
        CATALOGUE = "catalogue:read", _("read the catalogue and search with words")
        PHOTO = "search:photo", _("search by photo")
        RECOMMENDATIONS = "recommendations", _("read recommendations")
        ORDERS = "orders", _("use carts, place orders and announce returns")
        MODERATION = "moderation", _("see hidden pictures and decide on them")

    name = LineField(_("name"), max_length=100, help_text=_("Who uses it, and for what."))
    prefix = models.CharField(_("begins with"), max_length=20, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), verbose_name=_("scopes"))
    rate = models.PositiveIntegerField(
        _("calls per minute"),
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Counts all calls with this key. Replaces the limits that apply to visitors."),
    )
    expires_at = BoundedDateTimeField(_("expires"), help_text=_("Leave empty for a key that does not expire."))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False, help_text=_("Exact to the hour."))

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [within_bounds("apikey", "expires_at")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SearchTime(models.Model):
    """How many searches of a day took up to `at_most_ms` milliseconds, and longer than the step before."""

    class Kind(models.TextChoices):
        WORDS = "words", _("by words")
        PHOTO = "photo", _("by photo")

    day = models.DateField()
    kind = models.CharField(max_length=5, choices=Kind)
    at_most_ms = models.PositiveIntegerField()
    searches = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "kind", "at_most_ms"], name="search_time_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} up to {self.at_most_ms} ms: {self.searches}"

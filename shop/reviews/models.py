"""Product reviews and the log of their moderation."""

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.models.fields import LineField, LinesField
from shop.accounts.models import Customer


class ReviewQuerySet(models.QuerySet["Review"]):
    def approved(self) -> Self:
        """Published reviews, newest first."""
        return self.filter(state=Review.State.APPROVED).order_by("-created_at", "-pk")


class Review(models.Model):
    """A customer's review of a product, published once staff approve it. Every change needs a new approval.

    A database trigger (migration 0002) keeps `Product.rating_count` and `rating_average` up to date.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("pending")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews", verbose_name=_("product"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="reviews", verbose_name=_("customer"))
    author = LineField(_("display name"), max_length=60, help_text=_("Shown next to your review."))
    rating = models.PositiveSmallIntegerField(
        _("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)], help_text=_("1 (poor) to 5 (excellent)")
    )
    title = LineField(_("title"), max_length=120, blank=True)
    text = LinesField(_("review"), max_length=4000, blank=True)
    is_verified_purchase = models.BooleanField(_("verified purchase"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("written"))
    changed_at = models.DateTimeField(_("changed"))

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["customer", "product"], name="review_one_per_customer"),
            models.CheckConstraint(name="review_one_to_five_stars", condition=Q(rating__range=(1, 5))),
        ]
        indexes = [
            models.Index(fields=["product", "state", "-created_at", "-id"], name="review_of_product"),
            models.Index(fields=["state", "-created_at"], name="review_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5 {self.product} ({self.author})"


class Decision(models.Model):
    """An entry of the moderation log."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="decisions")
    state = models.CharField(_("decision"), max_length=10, choices=Review.State)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ["-decided_at", "-pk"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.decided_at:%Y-%m-%d %H:%M}"

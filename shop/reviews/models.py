"""Product reviews, their photos, and the log of their moderation."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, ProductImage
from catalog.models.fields import LineField, LinesField
from shop.accounts.models import Customer
from visualsearch.models import Verdict, VerdictState
from visualsearch.moderation.wording import sentence

MAX_PHOTOS = 4  # of a review
PHOTO_FACTS = ("id", "product_id", "sha256", "width", "height", "rendition_widths")


class ReviewQuerySet(models.QuerySet["Review"]):
    def approved(self) -> Self:
        """Published reviews, newest first."""
        return self.filter(state=Review.State.APPROVED).order_by("-created_at", "-pk")

    def with_photos(self) -> Self:
        """Load what `shown_photos` shows, in the same query."""
        photos = ReviewPhoto.objects.shown().filter(review=OuterRef("pk")).order_by("position", "pk")
        facts = {name: f"image__{name}" for name in PHOTO_FACTS}
        return self.annotate(photo_facts=ArraySubquery(photos.values(facts=JSONObject(**facts))))

    def illustrated(self) -> Self:
        """Reviews with a photo that customers may see, once the review is approved."""
        return self.filter(Exists(ReviewPhoto.objects.shown().filter(review=OuterRef("pk"))))


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

    @cached_property
    def shown_photos(self) -> list[ProductImage]:
        """The photos that customers see with the approved review. Loaded by `with_photos`."""
        facts: list[dict[str, Any]] = getattr(self, "photo_facts", [])
        alt = gettext("Photo by %(author)s") % {"author": self.author}
        return [ProductImage(**each, alt=alt, is_from_customer=True) for each in facts]


class ReviewPhotoQuerySet(models.QuerySet["ReviewPhoto"]):
    def shown(self) -> Self:
        """Photos that customers see if the review is approved: those that are public and have renditions."""
        return self.filter(image__is_public=True).exclude(image__rendition_widths=[])

    def for_author(self) -> Self:
        """Load what the author sees of their photos."""
        return self.select_related("image__verdict").order_by("position", "pk")


class ReviewPhoto(models.Model):
    """A photo that a customer took, with their review. It is a picture of the product that only reviews show.

    Deleting the photo deletes its picture (`receivers`).
    """

    class State(models.TextChoices):
        """The state of a photo, as its author sees it."""

        WAITING = "waiting", _("Waiting to be checked")
        ALLOWED = "allowed", _("Checked")
        REFUSED = "refused", _("Refused")

    image = models.OneToOneField(ProductImage, models.CASCADE, related_name="review_photo", verbose_name=_("picture"))
    review = models.ForeignKey(Review, models.CASCADE, related_name="photos", verbose_name=_("review"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ReviewPhotoQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return f"{self.review_id}: {self.image_id}"

    @property
    def verdict(self) -> Verdict | None:
        """What the checks or staff say of these bytes, if anything yet."""
        found = getattr(self.image, "verdict", None)
        return found if found and found.image_sha256 == self.image.sha256 else None

    @property
    def state(self) -> State:
        if self.image.is_public:
            return self.State.ALLOWED
        is_refused = self.verdict is not None and self.verdict.state == VerdictState.REFUSED
        return self.State.REFUSED if is_refused else self.State.WAITING

    @property
    def refusal(self) -> str:
        """Why the photo is refused and what to do, or no text."""
        return sentence(self.verdict) if self.state == self.State.REFUSED else ""

    @property
    def appeal(self) -> str:
        """The author's appeal that staff have yet to answer."""
        return self.verdict.appeal if self.verdict else ""


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

"""Reviews and their photos in the API."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.serializers import ImageSerializer, absolute_url
from shop.reviews.models import Review, ReviewPhoto
from visualsearch.moderation.wording import IMAGE_REFUSED


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A published review. All texts are plain text, not HTML."""

    photos = ImageSerializer(source="shown_photos", many=True, read_only=True)

    class Meta:
        model = Review
        fields: tuple[str, ...] = ("author", "rating", "title", "text", "is_verified_purchase", "created_at", "photos")
        read_only_fields: tuple[str, ...] = ("is_verified_purchase", "created_at")


class RefusalSerializer(serializers.Serializer[Any]):
    """Why a photo is refused and what to do about it."""

    code = serializers.ChoiceField(choices=[IMAGE_REFUSED])
    detail = serializers.CharField()


class OwnPhotoSerializer(serializers.ModelSerializer[ReviewPhoto]):
    """A photo of the customer's own review. `url` needs their log-in; `state` is waiting, allowed or refused."""

    url = serializers.SerializerMethodField()
    width = serializers.IntegerField(source="image.width")
    height = serializers.IntegerField(source="image.height")
    state = serializers.ChoiceField(choices=ReviewPhoto.State.choices)
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = ReviewPhoto
        fields = ("id", "url", "width", "height", "state", "refusal")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, photo: ReviewPhoto) -> str:
        return absolute_url(self, reverse("reviews:picture", args=[photo.pk]))

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, photo: ReviewPhoto) -> dict[str, str] | None:
        if photo.state != ReviewPhoto.State.REFUSED:
            return None
        return {"code": IMAGE_REFUSED, "detail": photo.refusal}


class OwnReviewSerializer(serializers.ModelSerializer[Review]):
    """The customer's own review. `state` is waiting, approved or rejected."""

    photos = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ("author", "rating", "title", "text", "is_verified_purchase", "created_at", "state", "photos")
        read_only_fields = ("is_verified_purchase", "created_at", "state")
        extra_kwargs = {"title": {"default": ""}, "text": {"default": ""}}

    @extend_schema_field(OwnPhotoSerializer(many=True))
    def get_photos(self, review: Review) -> Any:
        return OwnPhotoSerializer(review.photos.for_author(), many=True, context=self.context).data


class NewPhotoSerializer(serializers.Serializer[Any]):
    """A photo to add: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF."""

    photo = serializers.FileField()

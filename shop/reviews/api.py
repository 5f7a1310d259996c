"""API of reviews: a product's published reviews, and the customer's own review."""

from typing import cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.former_slugs import get_product
from catalog.models import Product
from shop.accounts.models import Customer
from shop.models import ApiKey
from shop.reviews.models import Review
from shop.reviews.purchases import has_bought
from shop.reviews.services import MayNotReviewError, withdraw_review, write_review


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A published review. All texts are plain text, not HTML."""

    class Meta:
        model = Review
        fields: tuple[str, ...] = ("author", "rating", "title", "text", "is_verified_purchase", "created_at")
        read_only_fields: tuple[str, ...] = ("is_verified_purchase", "created_at")


class OwnReviewSerializer(serializers.ModelSerializer[Review]):
    """The customer's own review. `state` is waiting, approved or rejected."""

    class Meta:
        model = Review
        fields = ("author", "rating", "title", "text", "is_verified_purchase", "created_at", "state")
        read_only_fields = ("is_verified_purchase", "created_at", "state")
        extra_kwargs = {"title": {"default": ""}, "text": {"default": ""}}


class ReviewsView(generics.ListAPIView[Review]):
    """Return the published reviews of a product, newest first."""

    key_scope = ApiKey.Scope.CATALOGUE
    serializer_class = ReviewSerializer
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.approved().filter(product=_product(self.kwargs["slug"]))


class OwnReviewView(APIView):
    """The customer's own review. PUT creates or replaces it, pending approval. All methods are idempotent."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "account"

    @extend_schema(responses=OwnReviewSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return the customer's own review."""
        review = Review.objects.filter(customer=cast(Customer, request.user), product=_product(slug)).first()
        if review is None:
            raise NotFound("You have not reviewed this product.")
        return Response(OwnReviewSerializer(review).data)

    @extend_schema(request=OwnReviewSerializer, responses=OwnReviewSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Write or replace the customer's own review. It is published after staff approve it."""
        customer, product = cast(Customer, request.user), _product(slug)
        words = OwnReviewSerializer(data=request.data)
        words.is_valid(raise_exception=True)
        bought = has_bought(customer, product)
        try:
            review = write_review(customer, product, words.validated_data, timezone.now(), has_bought=bought)
        except MayNotReviewError as error:
            raise PermissionDenied(
                "Only customers who bought this product can review it.", code="not_bought"
            ) from error
        return Response(OwnReviewSerializer(review).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Withdraw the customer's own review."""
        withdraw_review(cast(Customer, request.user), _product(slug))
        return Response(status=204)


def _product(slug: str) -> Product:
    return get_product(Product.objects.visible(timezone.now()), slug)

"""API of reviews: a product's published reviews, and the customer's own review."""

from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.former_slugs import get_product
from catalog.models import Product
from catalog.pictures.checking import PictureRefused, retry_after
from catalog.serializers import ErrorSerializer
from shop.accounts.models import Customer
from shop.http.parsers import MultiPartParser
from shop.models import ApiKey
from shop.reviews.models import Review
from shop.reviews.photos import read_photo
from shop.reviews.purchases import has_bought
from shop.reviews.serializers import NewPhotoSerializer, OwnPhotoSerializer, OwnReviewSerializer, ReviewSerializer
from shop.reviews.services import (
    MayNotReviewError,
    add_photo,
    remove_photo,
    withdraw_review,
    write_review,
)

NOT_REVIEWED = gettext_lazy("You have not reviewed this product.")
# Every other refusal is a 400.
STATUS = {"image_too_large": 413, "image_format_unsupported": 415, "too_many_photos": 409, "too_busy": 503}


class PhotoRefused(APIException):
    """The photo cannot be used. The page shows the same sentence."""

    def __init__(self, refused: PictureRefused) -> None:
        super().__init__(refused.detail, refused.code)
        self.status_code = STATUS.get(refused.code, 400)
        self.wait = retry_after() if self.status_code == 503 else None  # becomes the header Retry-After


class ReviewsView(generics.ListAPIView[Review]):
    """Return the published reviews of a product, newest first."""

    key_scope = ApiKey.Scope.CATALOGUE
    serializer_class = ReviewSerializer
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.approved().filter(product=_product(self.kwargs["slug"])).with_photos()


class OwnReviewView(APIView):
    """The customer's own review. PUT creates or replaces it, pending approval. All methods are idempotent.

    Its photos stay as they are.
    """

    permission_classes = (IsAuthenticated,)
    throttle_scope = "account"

    @extend_schema(responses=OwnReviewSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return the customer's own review."""
        review = Review.objects.filter(customer=cast(Customer, request.user), product=_product(slug)).first()
        if review is None:
            raise NotFound(NOT_REVIEWED)
        return Response(OwnReviewSerializer(review, context={"request": request}).data)

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
        return Response(OwnReviewSerializer(review, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Withdraw the customer's own review."""
        withdraw_review(cast(Customer, request.user), _product(slug))
        return Response(status=204)


class OwnPhotosView(APIView):
    """The photos of the customer's own review, at most four. Others see them once they and the review are approved."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)
    throttle_scope = "review"

    @extend_schema(
        request={"multipart/form-data": NewPhotoSerializer},
        responses={201: OwnPhotoSerializer, 409: ErrorSerializer, 503: ErrorSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add a photo to the customer's own review, which then needs a new approval. Adding it twice adds it once.

        The photo is stored upright and without metadata.
        """
        customer, product = cast(Customer, request.user), _product(slug)
        if not Review.objects.filter(customer=customer, product=product).exists():
            raise NotFound(NOT_REVIEWED)
        try:
            photo = add_photo(customer, product, read_photo(_upload(request)), timezone.now())
        except PictureRefused as refused:
            raise PhotoRefused(refused) from refused
        except Review.DoesNotExist as error:  # withdrawn meanwhile
            raise NotFound(NOT_REVIEWED) from error
        return Response(OwnPhotoSerializer(photo, context={"request": request}).data, status=201)


class OwnPhotoView(APIView):
    """A photo of the customer's own review."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "account"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, photo_id: int) -> Response:
        """Remove a photo of the customer's own review. The rest of the review stays approved."""
        remove_photo(cast(Customer, request.user), _product(slug), photo_id)
        return Response(status=204)


def _upload(request: Request) -> "UploadedFile[Any]":
    """Return the photo of the request. Raises PictureRefused."""
    files = request.FILES.getlist("photo")
    if getattr(request._request, "upload_too_large", False):
        sentence = _("The photo is larger than this shop accepts. Make it smaller and try again.")
        raise PictureRefused("image_too_large", sentence)
    if len(files) != 1:
        raise PictureRefused("photo_missing", _("Send one photo at a time, in the field “photo”."))
    upload: UploadedFile[Any] = files[0]
    return upload


def _product(slug: str) -> Product:
    return get_product(Product.objects.visible(timezone.now()), slug)

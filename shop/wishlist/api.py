"""API of the wishlist, for logged-in customers."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.former_slugs import get_product
from catalog.models import Product
from catalog.serializers import ProductSerializer
from shop.accounts.models import Customer
from shop.wishlist import services


class WishlistFull(APIException):
    status_code, default_code = 409, "wishlist_full"
    default_detail = f"A wishlist holds {services.MAX_ITEMS} products. Remove one to add another."


class WishlistSerializer(serializers.Serializer[Any]):
    """The products, newest first. Products that are no longer visible are left out."""

    count = serializers.IntegerField()
    results = ProductSerializer(many=True)


class WishlistView(APIView):
    """Return the products on the customer's wishlist."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "account"

    @extend_schema(responses=WishlistSerializer)
    def get(self, request: Request) -> Response:
        products = services.wished_products(services.wished_ids(cast(Customer, request.user)), timezone.now())
        answer = {"count": len(products), "results": products}
        return Response(WishlistSerializer(answer, context={"request": request}).data)


class WishView(APIView):
    """A product on the wishlist. Both methods are idempotent."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "account"

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, slug: str) -> Response:
        """Add a product to the wishlist."""
        product = get_product(Product.objects.visible(timezone.now()), slug)
        try:
            services.add_products(cast(Customer, request.user), [product.pk], timezone.now())
        except services.WishlistFullError as error:
            raise WishlistFull from error
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Remove a product from the wishlist."""
        product = get_product(Product.objects.all(), slug)
        services.remove_product(cast(Customer, request.user), product.pk)
        return Response(status=204)

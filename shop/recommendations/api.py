"""API of what goes well with a product."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import CATALOGUE
from catalog.former_slugs import get_product
from catalog.models import Product
from shop.recommendations.services import goes_with
from visualsearch.api import LIMIT, read_limit
from visualsearch.serializers import RecommendationsSerializer


class GoesWithView(APIView):
    """Return products of other kinds, in stock, that go well with this one: bought together first, then by looks."""

    key_scope = CATALOGUE

    @extend_schema(parameters=[LIMIT], responses=RecommendationsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        now, limit = timezone.now(), read_limit(request)
        product = get_product(Product.objects.visible(now).select_related("category"), slug)
        found = goes_with([product], now, limit)
        return Response(RecommendationsSerializer({"results": found}, context={"request": request}).data)

"""The API of the visual search."""

from django.core.exceptions import TooManyFilesSent
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from catalog.api import CATALOGUE, NARROWING, WORDS, valid_filters
from catalog.former_slugs import get_product
from catalog.forms import ProductFilterForm
from catalog.models import Product
from catalog.search.queries import MAX_QUERY_LENGTH
from catalog.serializers import ErrorSerializer
from visualsearch.alike import look_alikes
from visualsearch.answers import answer
from visualsearch.forms import LimitForm, PhotoForm, SearchRefused, too_many_photos
from visualsearch.networks import registry, serving, split
from visualsearch.pictured import find_pictured
from visualsearch.recommendations import MAX_VIEWED, recommend, recommend_instead
from visualsearch.responses import keep_choice, name_network
from visualsearch.serializers import (
    LookAlikesSerializer,
    NetworkSerializer,
    PhotoSearchSerializer,
    PhotoSerializer,
    PicturedSerializer,
    RecommendationsSerializer,
    SteeringSerializer,
)

DEFAULT_LIMIT = 24
DEFAULT_SIMILAR = 12
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 100}, description="Number of results, from 1 to 100."
)
VIEWED = OpenApiParameter("viewed", str, many=True, description="Slugs of viewed products, the latest last.")


class SimilarView(APIView):
    """Return products that look like this one: of the same kind first, then others that clearly look like it.

    In each group the nearest come first and sold-out ones last. The product itself and its family are left out.
    """

    key_scope = CATALOGUE

    @extend_schema(parameters=[LIMIT], responses=LookAlikesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        visible, limit = Product.objects.visible(timezone.now()), read_limit(request)
        product = get_product(visible.select_related("category"), slug)
        found = look_alikes(product, visible, same_kind=limit, other_kinds=limit)
        groups = [("same_kind", each) for each in found.same_kind] + [
            ("other_kind", each) for each in found.other_kinds
        ]
        results = [{"group": group, "product": each.product, "score": each.score} for group, each in groups[:limit]]
        return Response(LookAlikesSerializer({"results": results}, context={"request": request}).data)


class PhotoSearchView(APIView):
    """Search products by photo, or by a product of the shop. Photos are held in memory, never stored or logged.

    There may be fewer results than `limit`: they end where likeness ends.

    A client that computes the vector itself, as described at `search/photo/network/`, sends `vector` and `network`
    instead of `photo`. A 409 means that this network is no longer live.
    """

    parser_classes = (MultiPartParser,)
    throttle_scope: str | None = "photo"
    key_scope = "search:photo"

    def get_throttles(self) -> list[BaseThrottle]:
        """Limit photos, which are decoded and embedded. Products have stored vectors. Keys have a rate for both."""
        self.throttle_scope = "photo" if self.request.method == "POST" else None
        return super().get_throttles()

    @extend_schema(
        parameters=[SteeringSerializer, LIMIT],
        responses={200: PhotoSearchSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        """Find products that look like the product `like`, or like those in `more`, by their stored vectors."""
        query = request.GET.copy()
        query.pop("look", None)
        return self._answer(request, PhotoForm(query), valid_filters(request.GET, is_search=True))

    @extend_schema(
        request={"multipart/form-data": PhotoSerializer},
        responses={200: PhotoSearchSerializer, 404: ErrorSerializer, 409: ErrorSerializer, 503: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        form = _photo_form(request)
        form.check()
        return self._answer(request, form, valid_filters(request.POST, is_search=True))

    def _answer(self, request: Request, form: PhotoForm, filters: ProductFilterForm) -> Response:
        form.check()
        limit = form.cleaned_data["limit"] or DEFAULT_LIMIT
        found = answer(form, filters, _visitor(request, form.cleaned_data["network"]), limit)
        response = Response(PhotoSearchSerializer(found, context={"request": request}).data)
        return keep_choice(name_network(response, found.network), found.subject.cookie)


class PicturedView(APIView):
    """Find products whose pictures show the words of a search. Products that `search/` finds are left out.

    The words are those that the shop's own catalogue has taught. A query with any other word finds nothing.
    """

    key_scope = CATALOGUE

    @extend_schema(parameters=[WORDS, *NARROWING, LIMIT], responses=PicturedSerializer)
    def get(self, request: Request) -> Response:
        filters, limit = valid_filters(request.GET, is_search=True), read_limit(request)
        narrowed = filters.narrow(Product.objects.visible(timezone.now()))
        found = find_pictured(request.GET.get("q", "")[:MAX_QUERY_LENGTH], narrowed, limit)
        return Response(PicturedSerializer({"results": found}, context={"request": request}).data)


class NetworkView(APIView):
    """Return the live network, for clients that compute the vector of a photo themselves."""

    key_scope = "search:photo"

    @extend_schema(responses={200: NetworkSerializer})
    def get(self, request: Request) -> Response:
        choice = split.choose(serving.current(), _visitor(request))
        card = NetworkSerializer(registry.local_card(choice.network), context={"request": request})
        return keep_choice(Response(card.data, headers={"Cache-Control": "no-cache"}), choice.cookie)


class SubstitutesView(APIView):
    """Return what to offer instead of this product: the nearest of its kind in stock and in the same price band."""

    key_scope = CATALOGUE

    @extend_schema(parameters=[LIMIT], responses=RecommendationsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        visible, limit = Product.objects.visible(timezone.now()), read_limit(request)
        found = recommend_instead(get_product(visible.select_related("category"), slug), visible, limit)
        return Response(RecommendationsSerializer({"results": found}, context={"request": request}).data)


class RecommendationsView(APIView):
    """Recommend products in stock that look like those a visitor has viewed, each with its reason."""

    key_scope = "recommendations"

    @extend_schema(parameters=[VIEWED, LIMIT], responses={200: RecommendationsSerializer})
    def get(self, request: Request) -> Response:
        viewed = request.GET.getlist("viewed")
        if len(viewed) > MAX_VIEWED:
            sentence = _("Name at most %(limit)d viewed products.") % {"limit": MAX_VIEWED}
            raise SearchRefused("too_many_viewed", sentence)
        found = recommend(viewed, Product.objects.visible(timezone.now()), read_limit(request))
        return Response(RecommendationsSerializer({"results": found}, context={"request": request}).data)


def _photo_form(request: Request) -> PhotoForm:
    """Return the form of a request. Its `look`, which repeats a search of the page, is not part of the API."""
    try:
        files = request.FILES
    except TooManyFilesSent as error:
        refused = too_many_photos()
        raise SearchRefused(str(refused.code), refused.messages[0]) from error
    fields = request.POST.copy()
    fields.pop("look", None)
    is_too_large = getattr(request._request, "upload_too_large", False)
    return PhotoForm(fields, files, is_too_large=is_too_large)


def _visitor(request: Request, network: str = "") -> split.Visitor:
    return split.Visitor(request.COOKIES.get(split.COOKIE), is_client=True, network=network)


def read_limit(request: Request) -> int:
    """Return the number of results that the request asks for. Raises SearchRefused."""
    form = LimitForm(request.GET)
    form.check()
    return form.cleaned_data["limit"] or DEFAULT_SIMILAR

"""The visual search's calls of the API."""

from time import perf_counter

from django.core.exceptions import TooManyFilesSent
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import valid_filters
from catalog.former_slugs import get_product
from catalog.models import Product
from catalog.pictures.checking import PictureRefused, retry_after
from catalog.search_counts import count_photo
from visualsearch import photo, search
from visualsearch.answered import keep_choice, say_who_answered
from visualsearch.embedding.preprocess import Region
from visualsearch.forms import STATUS, LimitForm, PhotoForm
from visualsearch.looks import Look
from visualsearch.models import Network
from visualsearch.networks import registry, serving, split
from visualsearch.recommendations import LARGEST_HISTORY, recommend
from visualsearch.serializers import (
    ErrorSerializer,
    NetworkSerializer,
    PhotoSearchSerializer,
    PhotoSerializer,
    SimilarSerializer,
)

DEFAULT_LIMIT = 24
LIMIT = OpenApiParameter("limit", int, description="How many, from 1 to 100.")
VIEWED = OpenApiParameter(
    "viewed", str, many=True, description="Slugs of products that were viewed, the last one last."
)


class InputRefused(APIException):
    """What was sent cannot be used."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.wait = retry_after() if status == 503 else None  # becomes the header Retry-After


class SimilarView(APIView):
    """Products that look like this one, the nearest first; never the product itself."""

    @extend_schema(parameters=[LIMIT], responses={200: SimilarSerializer, 400: ErrorSerializer, 404: ErrorSerializer})
    def get(self, request: Request, slug: str) -> Response:
        visible = Product.objects.visible(timezone.now())
        product = get_product(visible, slug)
        found = search.similar_to(product, visible, _limit(request, 12))
        return Response(SimilarSerializer({"results": found}, context={"request": request}).data)


class PhotoSearchView(APIView):
    """Products that look like a photo. The photo is looked at in memory, and neither kept nor logged.

    A client that computes the vector itself, as `search/photo/network/` describes, sends `vector` and `network` in the
    photo's place; a 409 then says that another network serves by now.
    """

    parser_classes = (MultiPartParser,)
    throttle_scope = "photo"

    @extend_schema(
        request={"multipart/form-data": PhotoSerializer},
        responses={200: PhotoSearchSerializer, 400: ErrorSerializer, 409: ErrorSerializer, 411: ErrorSerializer,
                   413: ErrorSerializer, 415: ErrorSerializer, 429: ErrorSerializer, 503: ErrorSerializer},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        started = perf_counter()
        form = _photo_form(request)
        filters = valid_filters(request.POST, is_search=True)
        region = form.cleaned_data["region"]
        now_live = serving.current()
        look, choice = form.cleaned_data["vector"], None
        if look is None:
            choice = _choice(request, now_live, request.POST.get("network", ""))
            look = _look_at(form.cleaned_data["photo"], choice.network, region)
        now = timezone.now()
        visible = Product.objects.visible(now)
        limit = form.cleaned_data["limit"] or DEFAULT_LIMIT
        found = photo.find(look, filters.narrow(visible), limit, form.cleaned_data["q"], filters.ordered)
        took_ms = round((perf_counter() - started) * 1000)
        split.count(now_live, look.network)
        count_photo(found=found.is_match, now=now)
        answer = {"results": found.results, "verdict": found.verdict, "region": list(region), "took_ms": took_ms,
                  "network": look.network.identity}  # fmt: skip
        response = Response(PhotoSearchSerializer(answer, context={"request": request}).data)
        say_who_answered(response, look.network)
        return keep_choice(response, choice) if choice else response


class NetworkView(APIView):
    """The network that looks at photos now, for clients that compute a photo's vector themselves."""

    @extend_schema(responses={200: NetworkSerializer})
    def get(self, request: Request) -> Response:
        choice = _choice(request, serving.current())
        answer = NetworkSerializer(registry.local_card(choice.network), context={"request": request})
        return keep_choice(Response(answer.data, headers={"Cache-Control": "no-cache"}), choice)


class RecommendationsView(APIView):
    """Products for a browsing history: what looks like the viewed products, never one of them."""

    @extend_schema(parameters=[VIEWED, LIMIT], responses={200: SimilarSerializer, 400: ErrorSerializer})
    def get(self, request: Request) -> Response:
        viewed = request.GET.getlist("viewed")
        if len(viewed) > LARGEST_HISTORY:
            raise InputRefused(
                "too_many_viewed", _("Name at most %(most)d viewed products.") % {"most": LARGEST_HISTORY}
            )
        found = recommend(viewed, Product.objects.visible(timezone.now()), _limit(request, 12))
        return Response(SimilarSerializer({"results": found}, context={"request": request}).data)


def _photo_form(request: Request) -> PhotoForm:
    """The valid form of a request with a photo. Raises InputRefused."""
    try:
        files = request.FILES
    except TooManyFilesSent as error:
        raise InputRefused("too_many_photos", _("Search with one photo at a time.")) from error
    is_too_large = getattr(request._request, "upload_too_large", False)
    form = PhotoForm({**request.POST.dict(), "look": ""}, files, is_too_large=is_too_large)
    if not form.is_valid():
        raise InputRefused(form.code, form.detail, form.status)
    return form


def _choice(request: Request, live: serving.Serving, name: str = "") -> split.Choice:
    """The network that the client names; else that of its cookie, else the live one. Raises InputRefused."""
    if name:
        if named := split.answering(live, name):
            return split.Choice(named)
        raise InputRefused("unknown_network", _("No network of that name answers here. Leave it out."))
    mark = request.COOKIES.get(split.COOKIE)
    return split.choose(live, mark) if mark else split.Choice(live.network)


def _look_at(data: bytes, network: Network, region: Region) -> Look:
    try:
        seen = photo.read_photo(data, network, region)
    except PictureRefused as refused:
        raise InputRefused(refused.code, refused.detail, STATUS.get(refused.code, 400)) from refused
    return photo.look_at(seen, network)


def _limit(request: Request, default: int) -> int:
    form = LimitForm(request.GET)
    if not form.is_valid():
        raise InputRefused(form.code, form.detail, form.status)
    return form.cleaned_data["limit"] or default

"""API views of the catalogue."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length, Substr
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from catalog.former_slugs import get_product
from catalog.forms import SORTS, ProductFilterForm
from catalog.models import Category, Product, ProductQuerySet
from catalog.pagination import answer_list
from catalog.prices import shop_currency
from catalog.search import find, suggest
from catalog.search_counts import count_text_search
from catalog.serializers import (
    CategorySerializer,
    ProductDetailSerializer,
    ProductListSerializer,
    SearchResultsSerializer,
    SuggestionsSerializer,
)

CATALOGUE = "catalogue:read"  # the scope that an API key needs
SUGGESTIONS_FRESH = 60  # seconds
WORDS = OpenApiParameter("q", str, description="The search query.")
AMOUNT = {"type": "number", "minimum": 0, "maximum": 9_999_999_999.99}
NARROWING = [
    OpenApiParameter("category", str, description="The slug of a category. Includes its subcategories."),
    OpenApiParameter("min_price", AMOUNT),
    OpenApiParameter("max_price", AMOUNT),
    OpenApiParameter("in_stock", bool),
    OpenApiParameter(
        "attributes",
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        style="form",
        explode=True,
        description="An attribute's slug and a value's slug, such as `colour=blue`. Can be repeated.",
    ),
]
FILTERS = [*NARROWING, OpenApiParameter("sort", str, enum=SORTS)]

PAGES = [
    OpenApiParameter("page", {"type": "integer", "minimum": 1}, description="The number of the page."),
    OpenApiParameter(
        "cursor", str, allow_blank=True,
        description="Instead of `page`: read the list by cursor, so that products that come and go do not shift its "
        "pages. Begin with an empty cursor, then follow `next` and `previous`.",
    ),
]  # fmt: skip


def valid_filters(query: QueryDict, *, is_search: bool = False) -> ProductFilterForm:
    """Validate the filters. Raises ValidationError with the code `invalid_filter` and the errors by field."""
    form = ProductFilterForm(query, is_search=is_search)
    if not form.is_valid():
        errors = {field: [str(message) for message in messages] for field, messages in form.errors.items()}
        raise ValidationError(errors, code="invalid_filter")
    return form


@extend_schema_view(
    list=extend_schema(parameters=[*FILTERS, *PAGES], responses=ProductListSerializer),
    retrieve=extend_schema(summary="Return a product", description="The slug may be a former one."),
)
class ProductViewSet(viewsets.ReadOnlyModelViewSet[Product]):
    """Published products, with the same filters and orders as the shop's pages."""

    key_scope = CATALOGUE
    lookup_field = "slug"
    queryset = Product.objects.none()

    def get_serializer_class(self) -> type[BaseSerializer[Product]]:
        return ProductDetailSerializer if self.action == "retrieve" else ProductListSerializer

    def get_object(self) -> Product:
        """Return the product with this slug, current or former."""
        return get_product(self.get_queryset(), self.kwargs["slug"])

    def get_queryset(self) -> ProductQuerySet:
        return Product.objects.visible(timezone.now()).for_page()

    def list(self, request: Request) -> Response:
        """Return a page of products, with facets. By default, the newest come first."""
        form, products = valid_filters(request.GET), Product.objects.visible(timezone.now())
        listed = answer_list(request, products, form, scope="all", counted=Q())
        return Response(ProductListSerializer(listed, context={"request": request}).data)


@extend_schema_view(
    list=extend_schema(summary="Return a page of the categories, in tree order"),
    retrieve=extend_schema(summary="Return a category"),
)
class CategoryViewSet(viewsets.ReadOnlyModelViewSet[Category]):
    """All categories, in tree order."""

    key_scope = CATALOGUE
    lookup_field = "slug"
    serializer_class = CategorySerializer
    queryset = Category.objects.none()

    def get_queryset(self) -> QuerySet[Category]:
        above = Category.objects.filter(path=Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Category.steplen))
        found: QuerySet[Category] = Category.objects.annotate(parent_slug=Subquery(above.values("slug")))
        return found.order_by("path")


class SearchView(APIView):
    """Search products by words. The answer has facets."""

    key_scope = CATALOGUE

    @extend_schema(parameters=[WORDS, *FILTERS, *PAGES], responses=SearchResultsSerializer)
    def get(self, request: Request) -> Response:
        form, now = valid_filters(request.GET, is_search=True), timezone.now()
        found = find(Product.objects.visible(now), request.GET.get("q", ""), form.narrow_before_ranking)
        listed = answer_list(request, found.products, form, f"words:{found.query}", found.keys, found.counted)
        if set(request.GET) - {"cursor"} == {"q"} and not request.GET.get("cursor"):  # no filters, first page
            count_text_search(found.query, found=found.is_answered, now=now)
        results = {
            **listed,
            "corrected_query": found.corrected_query,
            "suggested_query": found.suggested_query,
            "understood": found.understood,
            "is_count_exact": not found.is_cut,
        }
        return Response(SearchResultsSerializer(results, context={"request": request}).data)


class SuggestView(APIView):
    """Suggest searches that others had success with, categories and products. For a search box."""

    throttle_scope = "suggest"
    key_scope = CATALOGUE

    @extend_schema(parameters=[WORDS], responses=SuggestionsSerializer)
    def get(self, request: Request) -> Response:
        now = timezone.now()
        found = suggest(Product.objects.visible(now), request.GET.get("q", ""), now)
        search = reverse("catalog:search")
        rows = [_suggestion("query", each, f"{search}?{urlencode({'q': each})}") for each in found.queries]
        rows += [_suggestion("category", each.name, each.get_absolute_url()) for each in found.categories]
        rows += [_suggestion("product", each.title, each.get_absolute_url(), each) for each in found.products]
        for row in rows:
            row["url"] = request.build_absolute_uri(row["url"])
        data = SuggestionsSerializer({"results": rows}, context={"request": request}).data
        return Response(data, headers={"Cache-Control": f"max-age={SUGGESTIONS_FRESH}"})


def _suggestion(kind: str, title: str, url: str, product: Product | None = None) -> dict[str, Any]:
    more: dict[str, Any] = {"image": None, "price": None, "currency": None}
    if product is not None:
        more = {"image": product.cover, "price": product.price_amount, "currency": shop_currency()}
    return {"kind": kind, "title": title, "url": url, **more}

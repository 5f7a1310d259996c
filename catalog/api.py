"""API views of the catalogue."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Length, Substr
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from catalog.former_slugs import get_product
from catalog.forms import SORTS, ProductFilterForm
from catalog.listing import list_products
from catalog.models import Category, Product, ProductQuerySet
from catalog.search import find, suggest
from catalog.search_counts import count_text_search
from catalog.serializers import (
    CategorySerializer,
    ProductDetailSerializer,
    ProductSerializer,
    SearchResultsSerializer,
    SuggestionsSerializer,
)

WORDS = OpenApiParameter("q", str, description="The search query.")
FILTERS = [
    OpenApiParameter("category", str, description="The slug of a category. Includes its subcategories."),
    OpenApiParameter("min_price", OpenApiTypes.DECIMAL),
    OpenApiParameter("max_price", OpenApiTypes.DECIMAL),
    OpenApiParameter("in_stock", bool),
    OpenApiParameter("sort", str, enum=SORTS),
    OpenApiParameter(
        "attributes",
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        style="form",
        explode=True,
        description="An attribute's slug and a value's slug, such as `colour=blue`. Can be repeated.",
    ),
]


def valid_filters(query: QueryDict, *, is_search: bool = False) -> ProductFilterForm:
    """Validate the filters. Raises ValidationError with the code `invalid_filter` and the errors by field."""
    form = ProductFilterForm(query, is_search=is_search)
    if not form.is_valid():
        errors = {field: [str(message) for message in messages] for field, messages in form.errors.items()}
        raise ValidationError(errors, code="invalid_filter")
    return form


@extend_schema_view(list=extend_schema(parameters=FILTERS))
class ProductViewSet(viewsets.ReadOnlyModelViewSet[Product]):
    """Published products, with the same filters and orders as the shop's pages."""

    lookup_field = "slug"
    queryset = Product.objects.none()

    def get_serializer_class(self) -> type[BaseSerializer[Product]]:
        return ProductDetailSerializer if self.action == "retrieve" else ProductSerializer

    def get_object(self) -> Product:
        """Return the product with this slug, current or former."""
        return get_product(self.get_queryset(), self.kwargs["slug"])

    def get_queryset(self) -> ProductQuerySet:
        visible = Product.objects.visible(timezone.now())
        if self.action == "retrieve":
            return visible.for_page()
        form = valid_filters(self.request.GET)
        return form.ordered(form.narrow(visible)).for_cards()


class CategoryViewSet(viewsets.ReadOnlyModelViewSet[Category]):
    """All categories, in tree order."""

    lookup_field = "slug"
    serializer_class = CategorySerializer
    queryset = Category.objects.none()

    def get_queryset(self) -> QuerySet[Category]:
        above = Category.objects.filter(path=Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Category.steplen))
        found: QuerySet[Category] = Category.objects.annotate(parent_slug=Subquery(above.values("slug")))
        return found.order_by("path")


class SearchView(APIView):
    """Product search by words, with facets."""

    @extend_schema(parameters=[WORDS, *FILTERS, OpenApiParameter("page", int)], responses=SearchResultsSerializer)
    def get(self, request: Request) -> Response:
        form, now = valid_filters(request.GET, is_search=True), timezone.now()
        found = find(Product.objects.visible(now), request.GET.get("q", ""))
        number = request.GET.get("page", "1")
        listing = list_products(found.products, form, number, scope=f"words:{found.query}")
        if number != str(listing.page.number):
            raise NotFound(f"Page {number[:20]} does not exist. The last page is {listing.page.paginator.num_pages}.")
        if set(request.GET) == {"q"}:
            count_text_search(found.query, found=listing.result_count > 0, now=now)
        results = {
            "count": listing.result_count,
            **_page_links(request, listing.page),
            "corrected_query": found.corrected_query,
            "facets": listing.facets,
            "results": list(listing.page),
        }
        return Response(SearchResultsSerializer(results, context={"request": request}).data)


class SuggestView(APIView):
    """Product and category suggestions for a search box."""

    @extend_schema(parameters=[WORDS], responses=SuggestionsSerializer)
    def get(self, request: Request) -> Response:
        found = suggest(Product.objects.visible(timezone.now()), request.GET.get("q", ""))
        rows: list[tuple[str, str, Category | Product]] = [("category", each.name, each) for each in found.categories]
        rows += [("product", each.title, each) for each in found.products]
        results = [
            {"kind": kind, "title": title, "url": request.build_absolute_uri(each.get_absolute_url())}
            for kind, title, each in rows
        ]
        return Response(SuggestionsSerializer({"results": results}).data)


def _page_links(request: Request, page: Any) -> dict[str, str | None]:
    here = request.build_absolute_uri()
    following = replace_query_param(here, "page", page.next_page_number()) if page.has_next() else None
    before = None
    if page.has_previous():
        first = page.previous_page_number() == 1
        before = remove_query_param(here, "page") if first else replace_query_param(here, "page", page.number - 1)
    return {"next": following, "previous": before}

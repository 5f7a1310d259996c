"""API representations of the catalogue."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from catalog.models import Category, Product, ProductImage, Swatch, Variant, upload_url
from catalog.prices import round_amount, shop_currency


@extend_schema_field(OpenApiTypes.STR)
class PriceField(serializers.Field[Any, Any, str, Any]):
    """An amount as a string, rounded to the precision of the shop's currency."""

    def to_representation(self, value: Any) -> str:
        return str(round_amount(value))


@extend_schema_field(OpenApiTypes.URI)
class PageUrlField(serializers.Field[Any, Any, str, Any]):
    """The absolute URL of an object's page."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, value: Any) -> str:
        return absolute_url(self, value.get_absolute_url())


def absolute_url(field: serializers.Field[Any, Any, Any, Any], url: str) -> str:
    """Return the URL with scheme and host; a background task has no request to take them from."""
    request = field.context.get("request")
    return str(request.build_absolute_uri(url)) if request else url


class ImageSerializer(serializers.Serializer[ProductImage]):
    """The widest JPEG rendition of a picture, or the upload if there are no renditions yet."""

    place = -1  # among the widths of the renditions, which ascend

    url = serializers.SerializerMethodField()
    width = serializers.SerializerMethodField()
    height = serializers.SerializerMethodField()
    alt = serializers.CharField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, image: ProductImage) -> str:
        if not image.rendition_widths:
            return absolute_url(self, upload_url(image.sha256))
        return absolute_url(self, image.rendition_url(image.rendition_widths[self.place], "jpg"))

    def get_width(self, image: ProductImage) -> int:
        return image.rendition_widths[self.place] if image.rendition_widths else image.width

    def get_height(self, image: ProductImage) -> int:
        return max(1, round(image.height * self.get_width(image) / image.width)) if image.width else 0


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product in a list. Prices are strings, or null if the product has no variants."""

    url = PageUrlField()
    category = serializers.SlugRelatedField[Category](slug_field="slug", read_only=True)
    price = PriceField(source="price_amount", allow_null=True)
    compare_at_price = PriceField(source="compare_at_amount", allow_null=True)
    currency = serializers.SerializerMethodField()
    in_stock = serializers.BooleanField(source="is_in_stock")
    image = ImageSerializer(source="cover", allow_null=True)

    class Meta:
        model = Product
        fields = (
            "slug", "title", "url", "brand", "category", "price", "compare_at_price", "currency", "in_stock", "image",
        )  # fmt: skip
        read_only_fields = fields

    def get_currency(self, product: Product) -> str:
        return shop_currency()


class VariantSerializer(serializers.ModelSerializer[Variant]):
    """A variant that can be bought."""

    price = PriceField(source="price_amount")
    compare_at_price = PriceField(source="compare_at_amount", allow_null=True)
    in_stock = serializers.SerializerMethodField()

    class Meta:
        model = Variant
        fields = ("sku", "options", "price", "compare_at_price", "in_stock")
        read_only_fields = fields

    def get_in_stock(self, variant: Variant) -> bool:
        return variant.available > 0


class VersionSerializer(serializers.Serializer[Swatch]):
    """A member of the product's family, such as another colour, and what tells it apart."""

    url = serializers.SerializerMethodField()
    label = serializers.CharField()  # type: ignore[assignment]
    in_stock = serializers.BooleanField(source="is_in_stock")
    is_current = serializers.BooleanField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, swatch: Swatch) -> str:
        return absolute_url(self, swatch.url)


class ProductDetailSerializer(ProductSerializer):
    """A product with its pictures, variants, attributes, and the versions of its family, itself included."""

    images = ImageSerializer(many=True)
    variants = VariantSerializer(many=True)
    versions = VersionSerializer(source="swatches", many=True)
    attributes = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (*ProductSerializer.Meta.fields, "description", "images", "variants", "versions", "attributes")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}})
    def get_attributes(self, product: Product) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for value in product.attribute_values.all():
            found.setdefault(value.attribute.slug, []).append(value.value)
        return found


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category. `parent` is the slug of its parent category, or null for a top category."""

    url = PageUrlField()
    parent = serializers.CharField(source="parent_slug", allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = Category
        fields = ("slug", "name", "description", "parent", "url")
        read_only_fields = fields


class FacetValueSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    slug = serializers.CharField()
    count = serializers.IntegerField()
    chosen = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    slug = serializers.CharField()
    values = FacetValueSerializer(many=True)


class CategoryCountSerializer(serializers.Serializer[Any]):
    """A category and its number of products, subcategories included."""

    slug = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    count = serializers.IntegerField()
    chosen = serializers.BooleanField()


@extend_schema_serializer(component_name="PaginatedProductList", many=False)
class ProductListSerializer(serializers.Serializer[Any]):
    """A page of products, with the number of products that each further filter would leave.

    The counts of a facet ignore the values chosen for it; the counts of `categories` ignore the chosen category.
    """

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    facets = FacetSerializer(many=True)
    categories = CategoryCountSerializer(many=True)
    results = ProductSerializer(many=True)


class UnderstoodSerializer(serializers.Serializer[Any]):
    """A part of a query that the search understood. `rest` is the query without it."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    rest = serializers.CharField()


@extend_schema_serializer(component_name="SearchResults")
class SearchResultsSerializer(ProductListSerializer):
    """A page of search results. If the query itself had no results, `corrected_query` is the query that was used.

    `suggested_query` is another spelling that finds more; it was not searched. At most 2,000 products are ranked. If
    more match, `is_count_exact` is false, and every count is that of the ranked ones.
    """

    corrected_query = serializers.CharField(allow_null=True)
    suggested_query = serializers.CharField(allow_null=True)
    understood = UnderstoodSerializer(many=True)
    is_count_exact = serializers.BooleanField()


class ThumbnailSerializer(ImageSerializer):
    """The narrowest JPEG rendition of a picture, or the original if there are no renditions yet."""

    place = 0


class SuggestionSerializer(serializers.Serializer[Any]):
    """A suggested search, category or product. Only products have a price, and an image if they have a picture."""

    kind = serializers.ChoiceField(["query", "category", "product"])
    title = serializers.CharField()
    url = serializers.URLField()
    image = ThumbnailSerializer(allow_null=True)
    price = PriceField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class SuggestionsSerializer(serializers.Serializer[Any]):
    results = SuggestionSerializer(many=True)


class ErrorSerializer(serializers.Serializer[Any]):
    """An error: a code for programs and a sentence for people. Invalid input has its errors by field, too."""

    code = serializers.CharField()
    detail = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Add `fields`, a name that the serializer itself uses."""
        return {**super().get_fields(), "fields": serializers.DictField(required=False)}

"""The catalogue as the API gives it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Category, Product, ProductImage, Variant
from catalog.prices import round_amount


@extend_schema_field(OpenApiTypes.STR)
class PriceField(serializers.Field[Any, Any, str, Any]):
    """An amount as text, at the precision of the shop's currency."""

    def to_representation(self, value: Any) -> str:
        return str(round_amount(value))


class ImageSerializer(serializers.Serializer[ProductImage]):
    """The widest JPEG of a picture; the stored file while there is none."""

    url = serializers.SerializerMethodField()
    width = serializers.SerializerMethodField()
    height = serializers.SerializerMethodField()
    alt = serializers.CharField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, image: ProductImage) -> str:
        widths = image.rendition_widths
        url = image.rendition_url(widths[-1], "jpg") if widths else image.file.url
        request = self.context.get("request")
        return str(request.build_absolute_uri(url)) if request else url

    def get_width(self, image: ProductImage) -> int:
        return image.rendition_widths[-1] if image.rendition_widths else image.width

    def get_height(self, image: ProductImage) -> int:
        return max(1, round(image.height * self.get_width(image) / image.width)) if image.width else 0


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product in a list. Prices are strings; null where there is nothing to buy."""

    url = serializers.SerializerMethodField()
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

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, product: Product) -> str:
        request = self.context.get("request")
        url = product.get_absolute_url()
        return str(request.build_absolute_uri(url)) if request else url

    def get_currency(self, product: Product) -> str:
        return settings.CURRENCY


class VariantSerializer(serializers.ModelSerializer[Variant]):
    """What can be bought."""

    price = PriceField(source="price_amount")
    compare_at_price = PriceField(source="compare_at_amount", allow_null=True)
    in_stock = serializers.SerializerMethodField()

    class Meta:
        model = Variant
        fields = ("sku", "options", "price", "compare_at_price", "in_stock")
        read_only_fields = fields

    def get_in_stock(self, variant: Variant) -> bool:
        return variant.available > 0


class ProductDetailSerializer(ProductSerializer):
    """A product with all that its page shows."""

    images = ImageSerializer(many=True)
    variants = VariantSerializer(many=True)
    attributes = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (*ProductSerializer.Meta.fields, "description", "images", "variants", "attributes")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}})
    def get_attributes(self, product: Product) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for value in product.attribute_values.all():
            found.setdefault(value.attribute.slug, []).append(value.value)
        return found


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category. `parent` is the slug of the one above, null at the top."""

    url = serializers.SerializerMethodField()
    parent = serializers.CharField(source="parent_slug", allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = Category
        fields = ("slug", "name", "description", "parent", "url")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, category: Category) -> str:
        request = self.context.get("request")
        url = category.get_absolute_url()
        return str(request.build_absolute_uri(url)) if request else url


class FacetValueSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    slug = serializers.CharField()
    count = serializers.IntegerField()
    chosen = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    slug = serializers.CharField()
    values = FacetValueSerializer(many=True)


class SearchResultsSerializer(serializers.Serializer[Any]):
    """An answer to words. `corrected_query` says which words were found instead of those that were typed."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    corrected_query = serializers.CharField(allow_null=True)
    facets = FacetSerializer(many=True)
    results = ProductSerializer(many=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    """A product or category that somebody may be about to type."""

    kind = serializers.ChoiceField(["product", "category"])
    title = serializers.CharField()
    url = serializers.URLField()


class SuggestionsSerializer(serializers.Serializer[Any]):
    results = SuggestionSerializer(many=True)

"""Requests and responses of the visual search API."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.forms import SORTS
from catalog.serializers import ImageSerializer, ProductSerializer, UnderstoodSerializer
from visualsearch.answers import Answer
from visualsearch.closeness import PHOTO, PRODUCT, STEPS
from visualsearch.embedding.card import Card, CardFile
from visualsearch.examples import MAX_EXAMPLES
from visualsearch.forms import MAX_BY_COLOUR, MAX_PHOTOS
from visualsearch.likely_kind import LikelyKind
from visualsearch.photo import Item
from visualsearch.recommendations import REASONS, Recommendation
from visualsearch.search import Result


class SimilarResultSerializer(serializers.Serializer[Result]):
    """A product and its similarity: the cosine, 1 for the same picture."""

    product = ProductSerializer()
    score = serializers.FloatField()


class LookAlikeSerializer(SimilarResultSerializer):
    """A look-alike. `other_kind` is of a category that is not the product's own."""

    group = serializers.ChoiceField(choices=["same_kind", "other_kind"])


class LookAlikesSerializer(serializers.Serializer[Any]):
    results = LookAlikeSerializer(many=True)


class RecommendationSerializer(serializers.Serializer[Recommendation]):
    """A recommended product. `because` is the product that it is recommended for, `reason` says so in words.

    `score` is the similarity of `viewed`, `looks` and `substitute`, and for `bought_together` how often that is.
    """

    product = ProductSerializer()
    score = serializers.FloatField()
    kind = serializers.ChoiceField(choices=list(REASONS))
    because = serializers.SlugField(source="because.slug")
    reason = serializers.CharField()


class RecommendationsSerializer(serializers.Serializer[Any]):
    results = RecommendationSerializer(many=True)


class PhotoResultSerializer(SimilarResultSerializer):
    """A product, its similarity, and its most similar picture."""

    image = ImageSerializer()


class PicturedSerializer(serializers.Serializer[Any]):
    results = PhotoResultSerializer(many=True)


class FoundRegionSerializer(serializers.Serializer[Item]):
    """A thing in the photo: its box as x, y, width and height in fractions of the photo, and how certain it is."""

    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    score = serializers.FloatField()


class LikelyKindSerializer(serializers.Serializer[LikelyKind]):
    """A kind of goods, its name in words such as “an umbrella”, and how likely the photo shows one, from 0 to 1."""

    kind = serializers.CharField(source="name")
    name = serializers.CharField(source="phrase")
    probability = serializers.FloatField()


class PhotoSearchSerializer(serializers.Serializer[Answer]):
    """`verdict` says whether the shop sells the item in the photo: `match` if so, `no_match` if hardly.

    With `unsure`, ask the customer: “Is it one of these?” With `no_match` there are only a few results. `regions` are
    the things found in a single photo without a crop, the most prominent first. Send the photo again with the box of
    one as `region` to search for it. With `no_match`, `kind` names what the photo probably shows, or is null.
    """

    results = PhotoResultSerializer(many=True)
    verdict = serializers.ChoiceField(choices=["match", "unsure", "no_match"])
    kind = LikelyKindSerializer(allow_null=True)
    understood = UnderstoodSerializer(many=True)
    region = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    regions = FoundRegionSerializer(many=True, source="subject.embedding.items")
    took_ms = serializers.IntegerField()
    network = serializers.CharField(
        source="network.identity", help_text="Network that answered: its name and the start of its hash."
    )


class SteeringSerializer(serializers.Serializer[Any]):
    """What changes a search by picture, for the schema. `forms.SteeringForm` validates it."""

    like = serializers.CharField(
        required=False, help_text="Instead of a photo: the slug of a product, which is left out of the results."
    )
    q = serializers.CharField(
        required=False,
        help_text="Words. Products of a category, colour or other value that they name come first; prices, stock and "
        "“not” filter; other words raise the products that have them.",
    )
    by_colour = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_BY_COLOUR, default=0, help_text="Rank by shape (0) or colour (100)."
    )
    closeness = serializers.ChoiceField(
        required=False,
        choices=list(STEPS),
        help_text=f"From exactly this (exact) to things like this (kind). Default: {PHOTO} for a photo, {PRODUCT} for "
        "products. Without effect if the network has no measured axes.",
    )
    more = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Slugs of products to search towards."
    )
    less = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=f"Slugs of products to search away from; at most {MAX_EXAMPLES} in “more” and “less” together.",
    )


class PhotoSerializer(SteeringSerializer):
    """The fields of a photo search for the schema. `forms.PhotoForm` and the filters validate them."""

    photo = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        help_text=f"JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF; up to {MAX_PHOTOS} photos of one thing. Required without "
        "a vector or product.",
    )
    vector = serializers.CharField(
        required=False,
        help_text="Instead of the photo: its vector of unit length, as little-endian float16 or float32 in base64.",
    )
    network = serializers.CharField(
        required=False,
        help_text="Network to search with during a split, by default the live one. Required with a vector: the sha256 "
        "of the network that computed it, or at least its first 12 digits.",
    )
    region = serializers.CharField(
        required=False,
        help_text="Crop to search with: x,y,w,h as fractions of the photo. A vector is already of the crop.",
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=24)
    category = serializers.CharField(required=False, help_text="A category's slug.")
    min_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    max_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    in_stock = serializers.BooleanField(required=False)
    sort = serializers.ChoiceField(required=False, choices=SORTS)


class CardFileSerializer(serializers.Serializer[CardFile]):
    """A file of a network. Its URL contains its hash, so it can be cached forever."""

    url = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    bytes = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, file: CardFile) -> str:
        url = reverse("visualsearch:network-file", args=[file.sha256, file.path.suffix.removeprefix(".")])
        request = self.context.get("request")
        return str(request.build_absolute_uri(url)) if request else url

    def get_bytes(self, file: CardFile) -> int:
        return file.path.stat().st_size


class NetworkSerializer(serializers.Serializer[Card]):
    """How to compute a vector. Send `network` along with it.

    Turn the photo upright, take a centred square of `crop` times the short side, resize it to `input_size` pixels a
    side, scale the values to [0, 1], subtract `mean` and divide by `std`. The graph is ONNX, with input `pictures`
    (n, 3, size, size) and output `vectors` (n, dimensions). Its external data `weights` is the weights file.
    """

    network = serializers.CharField(source="weights_sha256")
    dimensions = serializers.IntegerField()
    input_size = serializers.IntegerField()
    crop = serializers.FloatField()
    mean = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    std = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    graph = CardFileSerializer()
    weights = CardFileSerializer()

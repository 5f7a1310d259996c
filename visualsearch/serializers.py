"""The answers of the visual search's calls."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.forms import SORTS
from catalog.serializers import ImageSerializer, ProductSerializer
from visualsearch.answers import Answer
from visualsearch.embedding.card import Card, CardFile
from visualsearch.search import Result


class SimilarResultSerializer(serializers.Serializer[Result]):
    """A product and how much it looks alike: the cosine, 1 for the same picture."""

    product = ProductSerializer()
    score = serializers.FloatField()


class SimilarSerializer(serializers.Serializer[Any]):
    results = SimilarResultSerializer(many=True)


class PhotoResultSerializer(SimilarResultSerializer):
    """A product, how much it looks alike, and the picture of it that does so most."""

    image = ImageSerializer()


class PhotoSearchSerializer(serializers.Serializer[Answer]):
    """`verdict` says whether the best result is likely to be what is on the photo."""

    results = PhotoResultSerializer(many=True)
    verdict = serializers.ChoiceField(choices=["match", "no_match"])
    region = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    took_ms = serializers.IntegerField()
    network = serializers.CharField(
        source="network.identity", help_text="Network that answered: its name and the start of its hash."
    )


class PhotoSerializer(serializers.Serializer[Any]):
    """What a photo search takes, as it is described; `forms.PhotoForm` and the filters check it."""

    photo = serializers.FileField(
        required=False, help_text="JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF. Needed where there is no vector."
    )
    vector = serializers.CharField(
        required=False,
        help_text="In the photo's place: its vector of unit length, little-endian float16 or float32 in base64.",
    )
    network = serializers.CharField(
        required=False,
        help_text="Which network answers, where visitors are split between two; else the live one does. Needed with a "
        "vector: the sha256 of the network it was computed with, or its first 12 digits and more.",
    )
    q = serializers.CharField(required=False, help_text="Words that the products should fit as well.")
    region = serializers.CharField(
        required=False, help_text="x,y,w,h: the part to look at, as fractions. A vector is of that part already."
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=24)
    category = serializers.CharField(required=False, help_text="A category's slug.")
    min_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    max_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    in_stock = serializers.BooleanField(required=False)
    sort = serializers.ChoiceField(required=False, choices=SORTS)


class CardFileSerializer(serializers.Serializer[CardFile]):
    """A file to fetch: its address names its bytes, so it may be kept for good."""

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
    """What it takes to compute a vector like the shop's: its name is what `network` of a photo search wants.

    Of an upright photo a centred square of `crop` times the short side is seen, `input_size` pixels a side, its values
    in [0, 1] less `mean`, by `std`. The graph is ONNX, input `pictures` (n, 3, size, size), output `vectors`
    (n, dimensions); what it calls its external data `weights` is the file of weights.
    """

    network = serializers.CharField(source="weights_sha256")
    dimensions = serializers.IntegerField()
    input_size = serializers.IntegerField()
    crop = serializers.FloatField()
    mean = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    std = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    graph = CardFileSerializer()
    weights = CardFileSerializer()


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error: a code for programs and a sentence for people."""

    code = serializers.CharField()
    detail = serializers.CharField()

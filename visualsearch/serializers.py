"""The answers of the visual search's calls."""

from typing import Any

from rest_framework import serializers

from catalog.forms import SORTS
from catalog.serializers import ImageSerializer, ProductSerializer
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


class PhotoSearchSerializer(serializers.Serializer[Any]):
    """`verdict` says whether the best result is likely to be what is on the photo."""

    results = PhotoResultSerializer(many=True)
    verdict = serializers.ChoiceField(choices=["match", "no_match"])
    region = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    took_ms = serializers.IntegerField()


class PhotoSerializer(serializers.Serializer[Any]):
    """What a photo search takes, as it is described; `forms.PhotoForm` and the filters check it."""

    photo = serializers.FileField(help_text="JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.")
    q = serializers.CharField(required=False, help_text="Words that the products should fit as well.")
    region = serializers.CharField(required=False, help_text="x,y,w,h: the part to look at, as fractions.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=24)
    category = serializers.CharField(required=False, help_text="A category's slug.")
    min_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    max_price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    in_stock = serializers.BooleanField(required=False)
    sort = serializers.ChoiceField(required=False, choices=SORTS)


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error: a code for programs and a sentence for people."""

    code = serializers.CharField()
    detail = serializers.CharField()

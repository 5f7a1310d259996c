"""The forms of the visual search. Every error has a code for programs and a sentence for people."""

import base64
import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException

from catalog.pictures.checking import PictureRefused, open_picture, retry_after
from catalog.pictures.decoding import Encoded
from visualsearch.client_vector import MAX_TEXT_LENGTH, read_vector
from visualsearch.closeness import STEPS
from visualsearch.embedding.data_uris import JPEG_URI_START
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.embedding_token import read_token
from visualsearch.examples import MAX_EXAMPLES
from visualsearch.networks import serving
from visualsearch.photo import PhotoEmbedding

MAX_LIMIT = 100
MAX_PHOTOS = 4
MAX_BY_COLOUR = 100
MIN_REGION_SIDE = 0.01  # a smaller crop is an accidental click
MAX_THUMBNAIL_LENGTH = 400_000  # characters; one of 320 pixels has about a tenth
# Every other error is a 400.
STATUS = {"image_too_large": 413, "image_format_unsupported": 415, "network_outdated": 409, "too_busy": 503}


class SearchRefused(APIException):
    """The search cannot be answered. The page shows the same code and sentence as the API."""

    detail: Any

    def __init__(self, code: str, detail: str, status: int | None = None) -> None:
        super().__init__(detail, code)
        self.status_code = status or STATUS.get(code, 400)
        self.wait = retry_after() if self.status_code == 503 else None  # becomes the header Retry-After


class CheckedForm(forms.Form):
    """A form that raises its first error as SearchRefused."""

    def check(self) -> None:
        """Raise SearchRefused if the form is invalid."""
        if not self.is_valid():
            error = next(iter(self.errors.as_data().values()))[0]
            raise SearchRefused(str(error.code), str(error.messages[0]))


class LimitForm(CheckedForm):
    """The number of results."""

    limit = forms.CharField(label=gettext_lazy("Number of results"), required=False, max_length=20)

    def clean_limit(self) -> int | None:
        text = self.cleaned_data["limit"]
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LIMIT):
            raise ValidationError(
                _("The number of results must be from 1 to %(limit)d."),
                code="invalid_limit",
                params={"limit": MAX_LIMIT},
            )
        return int(text)


class RegionForm(CheckedForm):
    """A crop: `x,y,w,h` as fractions of the upright photo, from its upper left corner."""

    region = forms.CharField(label=gettext_lazy("Crop"), required=False, max_length=100)

    def clean_region(self) -> Region:
        text = self.cleaned_data["region"]
        if not text:
            return WHOLE
        try:
            region = Region(*map(float, text.split(",")))
        except (TypeError, ValueError):
            region = Region(math.nan, math.nan, math.nan, math.nan)
        if not _is_inside(region):
            raise ValidationError(
                _("The crop is not part of the photo. Give x,y,w,h as fractions between 0 and 1."),
                code="invalid_region",
            )
        return region


class ItemForm(CheckedForm):
    """The signed embedding of an earlier search, and which item of its photo to search for."""

    item = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    look = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def read_look(self) -> PhotoEmbedding:
        """Return the embedding of the item, or the first one without it. Raises ValidationError."""
        embedding = read_token(self.cleaned_data["look"], serving.available())
        if not (text := self.cleaned_data.get("item", "")):
            return embedding
        try:
            return embedding.of_item(int(text) if text.isascii() and text.isdigit() else 0)
        except IndexError as error:
            sentence = _("The photo has no such item. Search with it again.")
            raise ValidationError(sentence, code="item_unknown") from error


class SlugsField(forms.CharField):
    """Slugs of products, one for each time the parameter is given. Repeated and empty ones are left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[str]:
        given = [value] if isinstance(value, str) else list(value or [])
        return list(dict.fromkeys(slug for slug in map(super().clean, given) if slug))


class SteeringForm(CheckedForm):
    """What changes a search by picture: words, colours, closeness, and products to be more or less like."""

    q = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=200)
    by_colour = forms.CharField(label=gettext_lazy("Weight of the colour"), required=False, max_length=20)
    closeness = forms.CharField(required=False, max_length=20)
    like = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    more = SlugsField(required=False, max_length=200)
    less = SlugsField(required=False, max_length=200)

    def clean_by_colour(self) -> float:
        """Return the weight of the colours, from 0 (shape alone) to 1."""
        text = self.cleaned_data["by_colour"]
        if not text:
            return 0.0
        if not (text.isascii() and text.isdigit() and int(text) <= MAX_BY_COLOUR):
            raise ValidationError(
                _("The weight of the colour must be from 0 to %(limit)d."),
                code="invalid_by_colour",
                params={"limit": MAX_BY_COLOUR},
            )
        return int(text) / MAX_BY_COLOUR

    def clean_closeness(self) -> str | None:
        """Return a key of STEPS, or None for the default."""
        step: str = self.cleaned_data["closeness"]
        if step and step not in STEPS:
            raise ValidationError(
                _("There is no such closeness. Use one of %(steps)s."),
                code="invalid_closeness",
                params={"steps": ", ".join(STEPS)},
            )
        return step or None

    def clean_less(self) -> list[str]:
        """Return the products to search away from. `more`, whose field is cleaned before, counts too."""
        less: list[str] = self.cleaned_data["less"]
        if len(less) + len(self.cleaned_data.get("more", ())) > MAX_EXAMPLES:
            raise ValidationError(
                _("Name at most %(limit)d products in “more” and “less” together."),
                code="too_many_examples",
                params={"limit": MAX_EXAMPLES},
            )
        return less


class PhotoForm(RegionForm, LimitForm, SteeringForm, ItemForm):
    """Photos to search with, and optionally a crop of a single one.

    Instead of photos it takes a vector computed by the device, with the name of its network, the signed embedding
    (`look`) of an earlier search, with one `item` of its photo, or products (`like`, `more`). `is_too_large`: the
    upload handler stopped reading the body.
    """

    photo = forms.FileField(label=gettext_lazy("Photo"), required=False, allow_empty_file=True)
    network = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    vector = forms.CharField(required=False, max_length=MAX_TEXT_LENGTH, widget=forms.HiddenInput)

    field_order = ("limit", "photo", "q", "region")  # errors of the photo come first
    files: MultiValueDict[str, Any]

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        self.is_too_large = is_too_large
        super().__init__(*args, **kwargs)

    def clean_photo(self) -> list[Encoded]:
        """Return the photos with their headers already read. The sender's file names and types are ignored."""
        photos = self.files.getlist("photo") if self.files else []
        if self.is_too_large:
            raise ValidationError(
                _("The photo is larger than this shop accepts. Make it smaller and try again."), code="image_too_large"
            )
        if len(photos) > MAX_PHOTOS:
            raise too_many_photos()
        return [_opened(photo.read()) for photo in photos]

    def clean_vector(self) -> PhotoEmbedding | None:
        """Return the vector with its network, whose field is cleaned before. One query."""
        text = self.cleaned_data["vector"]
        if not text:
            return None
        return read_vector(text, self.cleaned_data.get("network", ""), serving.current().answering)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if cleaned["vector"] and cleaned["photo"]:
            raise ValidationError(_("Send the photo or its vector, not both."), code="photo_and_vector")
        if len(cleaned["photo"]) > 1 and cleaned["region"] != WHOLE:
            raise ValidationError(_("A crop needs a single photo. Send one photo with it."), code="region_of_several")
        has_query = cleaned["vector"] or cleaned["photo"]
        if not (has_query or cleaned["look"] or cleaned["like"] or cleaned["more"]):
            raise ValidationError(_("There is no photo. Choose one and search again."), code="photo_missing")
        is_repeated = cleaned["look"] and not has_query
        cleaned["look"] = self.read_look() if is_repeated else None
        return cleaned


class WhyForm(RegionForm, ItemForm):
    """A result of a photo search, and optionally the photo's thumbnail as the results showed it."""

    field_order = ("region", "image", "thumbnail", "item", "look")

    image = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    thumbnail = forms.CharField(required=False, max_length=MAX_THUMBNAIL_LENGTH)

    def clean_thumbnail(self) -> Encoded | None:
        text = self.cleaned_data["thumbnail"]
        if not text:
            return None
        try:
            data = base64.b64decode(text.removeprefix(JPEG_URI_START), validate=True)
        except ValueError as error:
            raise ValidationError(_("The photo is damaged. Search with it again."), code="image_unreadable") from error
        return _opened(data)

    def clean_look(self) -> PhotoEmbedding:
        """Read the look with its item, whose field is cleaned before."""
        return self.read_look()


def too_many_photos() -> ValidationError:
    return ValidationError(
        _("Search with at most %(limit)d photos at a time."), code="too_many_photos", params={"limit": MAX_PHOTOS}
    )


def _opened(data: bytes) -> Encoded:
    try:
        return open_picture(data)
    except PictureRefused as refused:
        raise ValidationError(refused.detail, code=refused.code) from refused


def _is_inside(region: Region) -> bool:
    x, y, width, height = region
    if not all(map(math.isfinite, region)):
        return False
    return x >= 0 and y >= 0 and min(width, height) >= MIN_REGION_SIDE and x + width <= 1.0001 and y + height <= 1.0001

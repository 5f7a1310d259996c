"""The shape of a photo search. Every error has a code for programs and a sentence that says what to do."""

import base64
import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import AttributeValue, Category
from catalog.pictures.checking import PictureRefused, open_picture
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.looks import Look
from visualsearch.networks import serving
from visualsearch.vectors import LONGEST_TEXT, read_vector

LARGEST_LIMIT = 100
SMALLEST_SIDE = 0.01  # of a region: less is a slip of the finger
THUMBNAIL_START = "data:image/jpeg;base64,"
LONGEST_THUMBNAIL = 400_000  # characters; one of 320 pixels has about a tenth
# Every other error is a 400.
STATUS = {"image_too_large": 413, "image_format_unsupported": 415, "network_outdated": 409, "too_busy": 503}


class LimitForm(forms.Form):
    """How many results are wanted, and the first error as a call of the API reports it."""

    limit = forms.CharField(label=gettext_lazy("Number of results"), required=False, max_length=20)

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(self._first_error.code)

    @property
    def detail(self) -> str:
        """The sentence of the first error."""
        return str(self._first_error.messages[0])

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 400)

    @property
    def _first_error(self) -> ValidationError:
        error: ValidationError = next(iter(self.errors.as_data().values()))[0]
        return error

    def clean_limit(self) -> int | None:
        text = self.cleaned_data["limit"]
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_LIMIT):
            raise ValidationError(
                _("Ask for a number of results from 1 to %(most)d."),
                code="invalid_limit",
                params={"most": LARGEST_LIMIT},
            )
        return int(text)


class RegionForm(forms.Form):
    """A part of a photo: `x,y,w,h` as fractions of the upright photo, from its upper left corner."""

    region = forms.CharField(label=gettext_lazy("Region"), required=False, max_length=100)

    def clean_region(self) -> Region:
        text = self.cleaned_data["region"]
        if not text:
            return WHOLE
        try:
            region = Region(*map(float, text.split(",")))
        except (TypeError, ValueError):
            region = Region(math.nan, math.nan, math.nan, math.nan)
        if not _lies_inside(region):
            raise ValidationError(
                _("The region is not a part of the photo. Give x,y,w,h as fractions between 0 and 1."),
                code="invalid_region",
            )
        return region


class PhotoForm(RegionForm, LimitForm):
    """One photo, perhaps a part of it, perhaps words.

    In the photo's place stands the vector that a device computed of it, with the name of the network that did, or a
    look, by which a search is repeated.

    `is_too_large` is what the upload handler says (`request.upload_too_large`): it stopped reading the body.
    """

    photo = forms.FileField(label=gettext_lazy("Photo"), required=False, allow_empty_file=True)
    q = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=200)
    look = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    network = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    vector = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.HiddenInput)

    field_order = ("limit", "photo", "q", "region")  # what is wrong with the photo is said before the rest
    files: MultiValueDict[str, Any]

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        self.is_too_large = is_too_large
        super().__init__(*args, **kwargs)

    def clean_photo(self) -> bytes | None:
        """The photo's bytes, its header checked. File name and type are what the sender says, and do not count."""
        photos = self.files.getlist("photo") if self.files else []
        if self.is_too_large:
            raise ValidationError(
                _("The photo is larger than this shop accepts. Make it smaller and try again."), code="image_too_large"
            )
        if len(photos) > 1:
            raise ValidationError(_("Search with one photo at a time."), code="too_many_photos")
        if not photos:
            return None
        data: bytes = photos[0].read()
        try:
            open_picture(data)
        except PictureRefused as refused:
            raise ValidationError(refused.detail, code=refused.code) from refused
        return data

    def clean_vector(self) -> Look | None:
        """The vector, by a network that answers; `network` stands before it and is clean already. One query."""
        text = self.cleaned_data["vector"]
        if not text:
            return None
        return read_vector(text, self.cleaned_data.get("network", ""), serving.current().networks)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        has_vector = cleaned.get("vector") is not None
        if not self.errors and has_vector and cleaned.get("photo"):
            raise ValidationError(_("Send the photo or its vector, not both."), code="photo_and_vector")
        if not self.errors and not has_vector and not cleaned.get("photo") and not cleaned.get("look"):
            raise ValidationError(_("There is no photo. Choose one and search again."), code="photo_missing")
        return cleaned


class WhyForm(RegionForm):
    """Which picture was found, by which look; perhaps the photo, small, as the results showed it."""

    image = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    thumbnail = forms.CharField(required=False, max_length=LONGEST_THUMBNAIL)

    def clean_thumbnail(self) -> bytes | None:
        """The photo's bytes, its header checked, from a `data:` address."""
        text = self.cleaned_data["thumbnail"]
        if not text:
            return None
        try:
            data = base64.b64decode(text.removeprefix(THUMBNAIL_START), validate=True)
            open_picture(data)
        except PictureRefused as refused:
            raise ValidationError(refused.detail, code=refused.code) from refused
        except ValueError as error:
            raise ValidationError(_("The photo is damaged. Search with it again."), code="image_unreadable") from error
        return data


class AcceptForm(forms.Form):
    """What staff accept of the suggestions for a product: a category, values of attributes, or both."""

    category = forms.ModelChoiceField(Category.objects.all(), required=False)
    values = forms.ModelMultipleChoiceField(AttributeValue.objects.select_related("attribute"), required=False)


def _lies_inside(region: Region) -> bool:
    x, y, width, height = region
    if not all(map(math.isfinite, region)):
        return False
    return x >= 0 and y >= 0 and min(width, height) >= SMALLEST_SIDE and x + width <= 1.0001 and y + height <= 1.0001

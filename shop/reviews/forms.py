"""The forms of a review: its words and stars, and its photos."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from catalog.pictures.checking import PictureRefused
from shop.reviews.models import MAX_PHOTOS, Review, ReviewPhoto
from shop.reviews.photos import Photo, read_photo, too_many_photos

STARS = [
    (5, _("5 stars: excellent")),
    (4, _("4 stars: good")),
    (3, _("3 stars: average")),
    (2, _("2 stars: fair")),
    (1, _("1 star: poor")),
]


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    """Validates a review. `write_review` saves it."""

    rating = forms.TypedChoiceField(label=_("Rating"), choices=STARS, coerce=int, widget=forms.RadioSelect)

    class Meta:
        model = Review
        fields = ("rating", "title", "text", "author")
        widgets = {
            "text": forms.Textarea(attrs={"rows": 6}),
            "author": forms.TextInput(attrs={"autocomplete": "nickname"}),
        }


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosForm(forms.Form):
    """Photos to add to a review, and those to remove.

    After `is_valid`, `accepted` has the photos that can be used even if others were refused. `is_too_large`: the
    upload handler stopped reading the body.
    """

    remove = forms.TypedMultipleChoiceField(label=_("Remove"), required=False, coerce=int)
    photos = forms.Field(label=_("Photos"), required=False, widget=PhotosInput)

    files: MultiValueDict[str, Any]

    def __init__(self, *args: Any, review: Review | None = None, is_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_too_large, self.accepted = is_too_large, list[Photo]()
        self.existing: list[ReviewPhoto] = list(review.photos.for_author()) if review and review.pk else []
        keys = [(photo.pk, str(photo.pk)) for photo in self.existing]
        self.fields["remove"].choices = keys  # type: ignore[attr-defined]

    @property
    def limit(self) -> int:
        return MAX_PHOTOS

    @property
    def removed(self) -> list[int]:
        """The keys of the photos to remove."""
        keys: list[int] = self.cleaned_data.get("remove", [])
        return keys

    def clean_photos(self) -> None:
        """Check every photo, and report each that is refused by its place and name."""
        if self.is_too_large:
            sentence = translate("The photos are larger than this shop accepts. Choose fewer or smaller ones.")
            self.add_error("photos", forms.ValidationError(sentence, code="image_too_large"))
            return
        uploads = self.files.getlist("photos") if self.files else []
        room = MAX_PHOTOS - len(self.existing) + len(set(self.removed))
        if len(uploads) > room:
            refused = too_many_photos(room)
            self.add_error("photos", forms.ValidationError(refused.detail, code=refused.code))
        for upload in uploads[:room]:
            try:
                self.accepted.append(read_photo(upload))
            except PictureRefused as refused:
                sentence = translate("%(name)s: %(reason)s") % {"name": upload.name, "reason": refused.detail}
                self.add_error("photos", forms.ValidationError(sentence, code=refused.code))

"""The form of a review."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.reviews.models import Review

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

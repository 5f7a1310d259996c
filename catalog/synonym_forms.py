"""The form of a synonym."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext

from catalog.models import Synonym
from catalog.search.synonyms import phrases
from catalog.search.terms import words
from catalog.search.thesaurus import MAX_PHRASE

MAX_PHRASES = 30  # on each side


class SynonymForm(forms.ModelForm):  # type: ignore[type-arg]
    """Check both sides, and write their phrases the same way: “sofa, settee”."""

    class Meta:
        model = Synonym
        fields = ("words", "kind", "synonyms", "language", "is_active")
        widgets = {name: forms.TextInput({"size": 80, "class": ""}) for name in ("words", "synonyms")}

    def clean_words(self) -> str:
        return _clean_phrases(self.cleaned_data["words"])

    def clean_synonyms(self) -> str:
        return _clean_phrases(self.cleaned_data["synonyms"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        both = {each.casefold() for each in phrases(cleaned.get("words", ""))}
        if both and both == {each.casefold() for each in phrases(cleaned.get("synonyms", ""))}:
            self.add_error("synonyms", gettext("Both sides are the same. Enter other words."))
        return cleaned


def _clean_phrases(text: str) -> str:
    found = list(dict.fromkeys(" ".join(each.split()) for each in phrases(text)))
    if not found:
        raise forms.ValidationError(gettext("Enter at least one word."))
    if len(found) > MAX_PHRASES:
        raise forms.ValidationError(gettext("Enter at most %(most)d phrases."), params={"most": MAX_PHRASES})
    for each in found:
        if not 0 < len(words(each)) <= MAX_PHRASE:
            raise forms.ValidationError(
                gettext("“%(phrase)s” must have between one and %(most)d words."),
                params={"phrase": each, "most": MAX_PHRASE},
            )
    return ", ".join(found)

"""Spellings that people take for the same: one form for each.

Letters are compared without case, width, accents, niqqud and harakat. Signs that make another word of it stay: the
vowels of Indic scripts, Thai tones, the voicing of kana. Knows no Django.
"""

from __future__ import annotations

import unicodedata

import regex

# What compatibility would turn into letters or cut a word with, and what people type for the same thing.
TYPED = str.maketrans(
    dict.fromkeys("™®©℠", " ") | dict.fromkeys("’‘ʼʹ`´′＇", "'") | dict.fromkeys("‐‑‒–—−", "-") | {"×": "x", "⁄": "/"}
)
INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Cs}\p{Variation_Selector}--[\s\x1c-\x1f]]+", regex.VERSION1)
# Latin, Greek and Cyrillic accents; Hebrew points; Arabic vowels, hamza and Koranic signs; Syriac points.
ACCENTS = regex.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Letters with a stroke, and letters of Arabic and Persian that are typed for each other: they have no decomposition.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا"}
)
DIGITS = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)


def clean(text: str) -> str:
    """Return the text in small letters, composed, without what cannot be seen. Accents stay."""
    if text.isascii():
        return str(INVISIBLE.sub("", text).lower())
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text.translate(TYPED))).translate(TYPED)
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text.casefold())).replace("i\u0307", "i")  # Turkish İ


def fold(text: str) -> str:
    """Return the form in which texts are compared: `clean`, without accents, with digits as 0 to 9."""
    text = clean(text)
    if text.isascii():
        return text
    bare = ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(LETTERS)
    composed = unicodedata.normalize("NFKC", bare)
    return str(DIGITS.sub(lambda digit: str(unicodedata.digit(digit[0], digit[0])), composed)).casefold()

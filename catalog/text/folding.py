"""Fold text for comparison, so that equivalent spellings become equal. Independent of Django.

Folding removes case, width, accents, niqqud and harakat. It keeps signs that distinguish words: Indic vowel signs,
Thai tone marks, the voicing marks of kana.
"""

from __future__ import annotations

import unicodedata

import regex

# Characters that NFKC would turn into letters or that would split a word, and different ways to type the same sign.
REPLACEMENTS = str.maketrans(
    dict.fromkeys("™®©℠", " ") | dict.fromkeys("’‘ʼʹ`´′＇", "'") | dict.fromkeys("‐‑‒–—−", "-") | {"×": "x", "⁄": "/"}
)
INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Cs}\p{Variation_Selector}--[\s\x1c-\x1f]]+", regex.VERSION1)
# Latin, Greek and Cyrillic accents; Hebrew points; Arabic vowels, hamza and Koranic signs; Syriac points.
ACCENTS = regex.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Letters without a decomposition: Latin letters with a stroke, and interchangeable Arabic and Persian letters.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا"}
)
DIGITS = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)


def clean(text: str) -> str:
    """Return the text in lower case and NFKC, without invisible characters. Keeps accents."""
    if text.isascii():
        return str(INVISIBLE.sub("", text).lower())
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text.translate(REPLACEMENTS))).translate(REPLACEMENTS)
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text.casefold())).replace("i\u0307", "i")  # Turkish İ


def fold(text: str) -> str:
    """Return the text for comparison: as `clean`, without accents and with ASCII digits."""
    text = clean(text)
    if text.isascii():
        return text
    bare = ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(LETTERS)
    composed = unicodedata.normalize("NFKC", bare)
    return str(DIGITS.sub(lambda digit: str(unicodedata.digit(digit[0], digit[0])), composed)).casefold()

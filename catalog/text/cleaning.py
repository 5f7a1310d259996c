"""Clean text where it enters the shop, so that what looks the same is the same.

Feeds, forms, the API and file names bring one word in several spellings: composed or decomposed (ü is one character or
two), with no-break spaces, soft hyphens, zero-width characters, byte order marks and marks of direction. `clean_text`
returns one spelling for all of them. Letters keep their shape and case: ½ stays ½ and ² stays ² (NFC, not NFKC).

Joiners are invisible, too, but some scripts need them, so they stay where they change what is seen:

- U+200C and U+200D after a letter or a virama of an Indic script: half a letter beside another is not their ligature;
- U+200C between letters of a cursive script, as in Persian plurals and verbs, and U+200D after one that ends a word;
- U+200D between the pictures of one emoji, a variation selector after its character, and the letters of a flag.

Everywhere else they are removed: between Latin letters a joiner only makes a twin.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

MARKS_OF_DIRECTION = "\u061c\u200e\u200f"
NOT_TEXT = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are no white space
    "\ud800-\udfff"  # halves of a character
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
)
VARIATIONS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
TAGS = "\U000e0020-\U000e007f"
JOINERS = "\u200c\u200d"
INDIC = re.compile("[\u0900-\u0dff\u1000-\u109f\u1780-\u17d3\ua8e0-\ua8ff\U00011000-\U00011cff]")
CURSIVE = re.compile(
    "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06ee\u06ef\u06fa-\u07ff\u0840-\u08ff\u1820-\u18aa\ua840-\ua87f\U00010ac0-\U00010aff\U0001e900-\U0001e943]"
)

_HIDDEN_IN_LINES = re.compile(
    f"[{NOT_TEXT}]"
    f"|(?<!\U0001f3f4)(?<![{TAGS}])[{TAGS}]+"  # the letters of a flag follow a black flag
    f"|(?:^|(?<=[\\s{VARIATIONS}{JOINERS}]))[{VARIATIONS}]+"  # a variation of nothing
    "|(?<![\u1820-\u18aa])\u180e|\u180e(?![\u1820-\u18aa])"  # separates vowels of Mongolian
)
_HIDDEN = re.compile(f"{_HIDDEN_IN_LINES.pattern}|[{MARKS_OF_DIRECTION}]")
_JOINER = re.compile(f"([{JOINERS}])[{JOINERS}]*")


def clean_text(text: str) -> str:
    """Return the text as one line: composed, without invisible characters, with single spaces between words.

    Use it for whatever is known or found by its text: names, titles, SKUs, values, file names, words of a search.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_seen(text.replace("\u2800", " "), _HIDDEN).split())


def clean_lines(text: str) -> str:
    """Return a longer text such as a description: composed, without invisible characters, its lines kept.

    Spaces within a line stay as they are, and so do marks of direction, which order the punctuation of Arabic and
    Hebrew sentences: nothing is known by its description.
    """
    lines = (line.rstrip() for line in _seen(text, _HIDDEN_IN_LINES).splitlines())
    return "\n".join(lines).strip()


def _seen(text: str, hidden: re.Pattern[str]) -> str:
    """Return the composed text without invisible characters."""
    composed = normalize("NFC", text)
    while (shorter := hidden.sub("", composed)) != composed:
        composed = shorter
    return normalize("NFC", _JOINER.sub(_needed_joiner, composed))


def _needed_joiner(match: re.Match[str]) -> str:
    """Return the first of several joiners where it changes what is seen, else nothing."""
    joiner, text = match[1], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    follows = bool(after) and category(after)[0] in "LM"
    if not before:
        is_needed = False
    elif INDIC.match(before):
        is_needed = follows if joiner == "\u200c" else follows or category(before)[0] == "M"
    elif CURSIVE.match(before):
        is_needed = (joiner == "\u200c") == follows
    else:
        is_needed = joiner == "\u200d" and _is_pictured(before) and _is_pictured(after)
    return joiner if is_needed else ""


def _is_pictured(character: str) -> bool:
    """Return True for what may be part of an emoji: a symbol, its colour or its variation."""
    return bool(character) and (category(character) in {"So", "Sm", "Sk"} or character == "\ufe0f")

"""Clean incoming text, so that strings that look the same are equal.

Feeds, forms, the API and file names contain the same word in different encodings: composed or decomposed (ü as one
character or two), with no-break spaces, soft hyphens, zero-width characters, byte order marks or direction marks.
`clean_text` normalises them. Letters keep their shape and case: ½ stays ½ and ² stays ² (NFC, not NFKC).

Joiners are also invisible, but are kept where they change how the text looks:

- U+200C and U+200D after a letter or virama of an Indic script, where they select half forms over ligatures
- U+200C between letters of a cursive script, as in Persian plurals and verbs, and U+200D after the last letter
- U+200D within an emoji, variation selectors after their character, and the tags of a flag

Everywhere else, such as between Latin letters, they are removed.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

DIRECTION_MARKS = "\u061c\u200e\u200f"
NOT_TEXT = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters other than white space
    "\ud800-\udfff"  # surrogates
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
    f"|(?<!\U0001f3f4)(?<![{TAGS}])[{TAGS}]+"  # tags that do not follow a black flag
    f"|(?:^|(?<=[\\s{VARIATIONS}{JOINERS}]))[{VARIATIONS}]+"  # variation selectors without a character
    "|(?<![\u1820-\u18aa])\u180e|\u180e(?![\u1820-\u18aa])"  # the Mongolian vowel separator
)
_HIDDEN = re.compile(f"{_HIDDEN_IN_LINES.pattern}|[{DIRECTION_MARKS}]")
_JOINER = re.compile(f"([{JOINERS}])[{JOINERS}]*")


def clean_text(text: str) -> str:
    """Return the text as one line: NFC, without invisible characters, with single spaces between words.

    Use it for all text that is compared: names, titles, SKUs, attribute values, file names, search words.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_visible(text.replace("\u2800", " "), _HIDDEN).split())


def clean_lines(text: str) -> str:
    """Return text of several lines: NFC, without invisible characters.

    Spaces within a line are kept, and so are direction marks, which Arabic and Hebrew sentences need for punctuation.
    """
    lines = (line.rstrip() for line in _visible(text, _HIDDEN_IN_LINES).splitlines())
    return "\n".join(lines).strip()


def _visible(text: str, hidden: re.Pattern[str]) -> str:
    """Return the text in NFC without the hidden characters and unneeded joiners."""
    composed = normalize("NFC", text)
    while (shorter := hidden.sub("", composed)) != composed:
        composed = shorter
    return normalize("NFC", _JOINER.sub(_needed_joiner, composed))


def _needed_joiner(match: re.Match[str]) -> str:
    """Return the first of several joiners if it changes how the text looks, else an empty string."""
    joiner, text = match[1], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    has_next = bool(after) and category(after)[0] in "LM"
    if not before:
        is_needed = False
    elif INDIC.match(before):
        is_needed = has_next if joiner == "\u200c" else has_next or category(before)[0] == "M"
    elif CURSIVE.match(before):
        is_needed = (joiner == "\u200c") == has_next
    else:
        is_needed = joiner == "\u200d" and _is_emoji_part(before) and _is_emoji_part(after)
    return joiner if is_needed else ""


def _is_emoji_part(character: str) -> bool:
    """Return True for a symbol, a skin tone or the emoji variation selector."""
    return bool(character) and (category(character) in {"So", "Sm", "Sk"} or character == "\ufe0f")

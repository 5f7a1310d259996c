"""Typesetting of any writing system: fonts, direction and line breaks.

fpdf2 implements the Unicode bidirectional algorithm and shapes with HarfBuzz, but loses text when it breaks a line of
mixed directions. So lines are broken here, and fpdf2 gets runs of one font and one direction.
"""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD, EAST_ASIAN, EMOJI = "NotoSans.ttf", "NotoSans-Bold.ttf", "NotoSansCJK.ttf", "NotoEmoji.ttf"
BOX = "\N{WHITE SQUARE}"  # for characters that no font has
JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
NO_START = set("、。，．・：；？！）」』】〕〉》”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々)]}.,:;!?%")
NO_END = set("（「『【〔〈《“‘([{")
OTHER_HAN = {"TW", "HK", "MO", "JP", "KR"}  # elsewhere, Han characters take their Chinese form
Align = Literal["start", "end"]


@dataclass(frozen=True)
class Character:
    """A character with its font and its bidirectional level; odd levels run from right to left."""

    text: str
    font: str
    level: int


@dataclass(frozen=True)
class Run:
    """Part of a line with one font and one direction."""

    text: str
    font: str
    level: int
    width: float


@dataclass(frozen=True)
class Line:
    """The runs of a line in visual order, from left to right."""

    runs: Sequence[Run]
    is_rtl: bool
    language: str

    @property
    def width(self) -> float:
        return sum(run.width for run in self.runs)


class Typesetter:
    """Sets text on the pages of a PDF. Fonts load when a character first needs them."""

    def __init__(self, pdf: FPDF, country: str) -> None:
        """`country` decides the form of Han characters."""
        self._pdf, self._country = pdf, country
        self._widths: dict[tuple[str, float, str, bool, str], float] = {}

    def lines(self, text: str, width: float, size: float, is_bold: bool = False) -> list[Line]:
        """Break the text into lines of at most this width."""
        lines: list[Line] = []
        for paragraph in text.splitlines():
            characters, is_rtl = _analyse(paragraph, BOLD if is_bold else PLAIN)
            language = _language(paragraph, self._country)
            for piece in self._broken(characters, width, size, language):
                lines.append(Line(_in_visual_order(self._runs(piece, size, language)), is_rtl, language))
            if not characters:
                lines.append(Line((), is_rtl, language))
        return lines

    def draw(self, lines: Sequence[Line], x: float, width: float, size: float, leading: float, align: Align) -> None:
        """Draw the lines downwards from the current position, right-aligned if they run from right to left."""
        for line in lines:
            left = x + width - line.width if line.is_rtl or align == "end" else x
            top = self._pdf.y
            for run in line.runs:
                self._choose(run.font, size, run.level % 2 == 1, line.language)
                self._pdf.set_xy(left, top)
                self._pdf.cell(run.width, leading, run.text)
                left += run.width
            self._pdf.set_xy(x, top + leading)

    def _broken(
        self, characters: Sequence[Character], width: float, size: float, language: str
    ) -> Iterator[Sequence[Character]]:
        start = 0
        while start < len(characters):
            end = self._end_of_line(characters, start, width, size, language)
            yield _without_space(characters[start:end])
            start = end

    def _end_of_line(
        self, characters: Sequence[Character], start: int, width: float, size: float, language: str
    ) -> int:
        for may_break in (_may_break, _may_split):
            end = 0
            for place in range(start + 1, len(characters) + 1):
                if place < len(characters) and not may_break(characters[place - 1].text, characters[place].text):
                    continue
                runs = self._runs(_without_space(characters[start:place]), size, language)
                if sum(run.width for run in runs) > width:
                    break
                end = place
            if end:
                return end
        return start + 1  # the column is narrower than a character

    def _runs(self, characters: Sequence[Character], size: float, language: str) -> list[Run]:
        runs = []
        for (font, level), group in groupby(characters, key=lambda character: (character.font, character.level)):
            text = "".join(character.text for character in group)
            runs.append(Run(text, font, level, self._width(font, size, text, level % 2 == 1, language)))
        return runs

    def _width(self, font: str, size: float, text: str, is_rtl: bool, language: str) -> float:
        key = (font, size, text, is_rtl, language)
        if key not in self._widths:
            self._choose(font, size, is_rtl, language)
            self._widths[key] = self._pdf.get_string_width(text)
        return self._widths[key]

    def _choose(self, font: str, size: float, is_rtl: bool, language: str) -> None:
        if font.lower() not in self._pdf.fonts:
            self._pdf.add_font(font, "", FONTS / font)
        self._pdf.set_font(font, size=size)
        direction = TextDirection.RTL if is_rtl else TextDirection.LTR
        self._pdf.set_text_shaping(
            True, direction=direction, language=language if language and font == EAST_ASIAN else None
        )


def _analyse(text: str, base: str) -> tuple[list[Character], bool]:
    """Return the characters of a paragraph in reading order, and True if it runs from right to left."""
    clean = "".join(_printable(each, base) for each in unicodedata.normalize("NFC", text))
    paragraph = BidiParagraph(clean, preserve_bn_chars=True)
    characters, font = [], base
    for each in paragraph.get_characters():
        code = ord(each.character)
        follows = unicodedata.category(each.character)[0] in "MZPS" or _is_invisible(each.character)
        if not (follows and font != EMOJI and _has(font, code)):
            if _is_invisible(each.character):
                continue
            font = _font_of(code, base)
        characters.append(Character(each.character, font, each.embedding_level))
    return characters, paragraph.base_direction == TextDirection.RTL


def _printable(character: str, base: str) -> str:
    if unicodedata.category(character) == "Cc":
        return " " if character == "\t" else ""
    return character if _is_invisible(character) or _font_of(ord(character), base) else BOX


def _is_invisible(character: str) -> bool:
    """Return True for joiners, direction marks and variation selectors, which have no shape of their own."""
    code = ord(character)
    return unicodedata.category(character) == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


def _font_of(code: int, base: str) -> str:
    """Return the first font that has the character, or ""."""
    if _has(base, code):
        return base
    return next((font for font in _coverage() if font not in (PLAIN, BOLD) and _has(font, code)), "")


def _has(font: str, code: int) -> bool:
    spans = _coverage()[font]
    place = bisect_right(spans, code)
    return place % 2 == 1 or (place > 0 and spans[place - 1] == code)


@cache
def _coverage() -> dict[str, list[int]]:
    """Return the first and last code points of each font's ranges."""
    read: dict[str, list[int]] = json.loads((FONTS / "coverage.json").read_text())
    return read


def _language(text: str, country: str) -> str:
    names = [unicodedata.name(each, "") for each in text if ord(each) > 0x1100]
    is_other = any(name.startswith(("HIRAGANA", "KATAKANA", "HANGUL")) for name in names)
    return "" if is_other or country in OTHER_HAN else "zh-Hans"


def _may_break(before: str, after: str) -> bool:
    """Return True between words, and between characters of scripts that are written without spaces."""
    if before in " -/\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}" or (before.isspace() and before != "\N{NO-BREAK SPACE}"):
        return after != " "
    is_wide = any(unicodedata.east_asian_width(each) in "WF" for each in (before, after))
    return is_wide and _may_split(before, after) and after not in NO_START and before not in NO_END


def _may_split(before: str, after: str) -> bool:
    """Return True unless the two characters form one."""
    return unicodedata.category(after)[0] != "M" and not _is_invisible(after) and before not in JOINERS


def _without_space(characters: Sequence[Character]) -> Sequence[Character]:
    end = len(characters)
    while end and characters[end - 1].text.isspace():
        end -= 1
    return characters[:end]


def _in_visual_order(runs: Sequence[Run]) -> list[Run]:
    """Return the runs from left to right (rule L2 of the Unicode bidirectional algorithm)."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        start = 0
        while start < len(ordered):
            end = start
            while end < len(ordered) and ordered[end].level >= level:
                end += 1
            ordered[start:end] = reversed(ordered[start:end])
            start = max(end, start + 1)
    return ordered

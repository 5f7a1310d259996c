"""Cutting text into terms: the one place where it happens, for what is indexed and for what is asked.

A term is a word, a number, or a name that holds both, such as EOS-500, Node.js or 12V. It has the parts that stand
in it and the spellings of the whole, so that WD-40, WD 40 and WD40 find each other. Scripts that set no spaces
between words are cut into overlapping pairs of signs. Knows no Django.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from catalog.text.folding import clean, fold

LONGEST = 64  # characters of a spelling
MOST_PARTS = 12  # of one term; what follows begins another

_SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\u3005]"
_LETTER = rf"[\p{{L}}\p{{M}}\p{{Nl}}\p{{No}}--{_SPACELESS}]"
_NUMBER = r"\p{Nd}+(?:[.,]\p{Nd}+)*"
PART = regex.compile(
    rf"(?P<run>(?:{_SPACELESS}\p{{M}}*)+)|(?P<number>{_NUMBER})|(?P<letters>{_LETTER}+)(?P<tail>[+#]{{1,4}}(?![\w+#]))?",
    regex.VERSION1,
)
WORD = regex.compile(r"(?:[\p{L}\p{M}\p{N}]|(?<=\p{Nd})[.,](?=\p{Nd}))+")
SIGN = regex.compile(rf"{_SPACELESS}\p{{M}}*")
SEPARATOR = regex.compile(r"[.,+#]")
SYMBOL = regex.compile(r"\p{S}")
GROUPED = regex.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")  # 10,000 or 1.000.000, or three decimals
ZEROS = regex.compile(r"\.0+$|(?<=\.\d*[1-9])0+$")


@dataclass(frozen=True)
class Term:
    """One thing that a text names. `parts` holds, for each part, its spellings; the first is the one in the text.

    `wholes` are the spellings of all parts together, and `ends` those from a later part on. In a run the parts follow
    each other as they stand in the text.
    """

    parts: tuple[tuple[str, ...], ...]
    wholes: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    is_run: bool = False


class Piece(NamedTuple):
    """The terms of a text without spaces, and the symbols beside them."""

    terms: tuple[Term, ...]
    symbols: tuple[str, ...]


def words(text: str) -> list[str]:
    """Return the words of a text as they are written, in small letters; its symbols where it has no words."""
    text = clean(text)
    found: list[str] = WORD.findall(text) or SYMBOL.findall(text)
    return found


def terms(text: str) -> tuple[Term, ...]:
    """Return the terms of a text in their order; its symbols where it has no others."""
    pieces = [piece_of(piece) for piece in text.split()]
    found = tuple(term for piece in pieces for term in piece.terms)
    return found or tuple(Term(((symbol,),)) for piece in pieces for symbol in piece.symbols)


@lru_cache(maxsize=10_000)
def piece_of(text: str) -> Piece:
    """Return what stands between two spaces; the same pieces come again and again."""
    folded = fold(text)
    return Piece(tuple(_terms(folded)), tuple(SYMBOL.findall(folded)))


def squeezed(text: str) -> list[str]:
    """Return the letters and digits of a text in one piece, from each of its parts on, as SKUs are typed."""
    parts = PART.findall(SEPARATOR.sub("-", fold(text)))[:MOST_PARTS]
    pieces = ["".join(part) for part in parts]
    return ["".join(pieces[start:])[:LONGEST] for start in range(len(pieces))]


def _terms(folded: str) -> Iterator[Term]:
    found: list[regex.Match[str]] = []
    for part in PART.finditer(folded):
        if found and not _belongs(folded, found, part):
            yield _compound(found)
            found = []
        if part["run"]:
            yield _run(part["run"])
        else:
            found.append(part)
    if found:
        yield _compound(found)


def _belongs(folded: str, before: list[regex.Match[str]], part: regex.Match[str]) -> bool:
    """Whether a part goes on with the term: directly, or after one sign. 24/7 are two numbers, 555-01 is one name."""
    between = folded[before[-1].end() : part.start()]
    if part["run"] or len(before) == MOST_PARTS or len(between) > 1 or between.isspace():
        return False
    return not (before[-1]["number"] and part["number"]) or between in ("-", "_")


def _compound(found: list[regex.Match[str]]) -> Term:
    parts, wholes = [], []
    for part in found:
        for spellings in _numbers(part["number"]) if part["number"] else [(part["letters"][:LONGEST],)]:
            parts.append(spellings)
    texts = [part["number"].replace(",", ".") if part["number"] else part["letters"] for part in found]
    if len(parts) > 1:
        wholes.append("".join(texts)[:LONGEST])
    if found[-1]["tail"]:
        wholes.append(("".join(texts) + found[-1]["tail"])[:LONGEST])
    ends = tuple("".join(texts[start:])[:LONGEST] for start in range(1, len(texts) - 1))
    return Term(tuple(parts), tuple(wholes), ends)


def _numbers(number: str) -> list[tuple[str, ...]]:
    """Return the spellings of 1,5 or 10,000 as one number, and of each number in 24.12.2026 or 1.2.3."""
    grouped = GROUPED.fullmatch(number)
    whole = number.replace(",", ".")[:LONGEST]
    if whole.count(".") > 1 and not grouped:
        return [(each,) for each in whole.split(".") if each]
    other = regex.sub("[.,]", "", number)[:LONGEST] if grouped else ZEROS.sub("", whole)
    return [(whole,) if other == whole else (whole, other)]


def _run(text: str) -> Term:
    signs = SIGN.findall(text)
    pairs = tuple(("".join(pair),) for pair in pairwise(signs))
    return Term(pairs or ((signs[0],),), ends=(signs[-1],) if pairs else (), is_run=True)

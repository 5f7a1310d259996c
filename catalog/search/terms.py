"""The tokenizer: splits indexed text and queries into terms. Independent of Django.

A term is a word, a number, or a name that combines both, such as EOS-500, Node.js or 12V. It consists of its parts
and of spellings that join them, so that WD-40, WD 40 and WD40 find each other. Scripts without spaces between words
are cut into overlapping pairs of characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from catalog.text.folding import clean, fold

MAX_SPELLING = 64  # characters
MAX_PARTS = 12  # per term; further parts start the next term

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
    """A term. `parts` holds the spellings of each part, as written in the text first.

    `wholes` are spellings of all parts joined, `ends` of the last parts joined. The parts of a run must match
    in sequence.
    """

    parts: tuple[tuple[str, ...], ...]
    wholes: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    is_run: bool = False


class Piece(NamedTuple):
    """The terms and symbols of a text without spaces."""

    terms: tuple[Term, ...]
    symbols: tuple[str, ...]


def words(text: str) -> list[str]:
    """Return the words of the text in lower case, or its symbols if it has no words."""
    text = clean(text)
    found: list[str] = WORD.findall(text) or SYMBOL.findall(text)
    return found


def terms(text: str) -> tuple[Term, ...]:
    """Return the terms of the text in order, or its symbols if it has no terms."""
    pieces = [piece_of(piece) for piece in text.split()]
    found = tuple(term for piece in pieces for term in piece.terms)
    return found or tuple(Term(((symbol,),)) for piece in pieces for symbol in piece.symbols)


@lru_cache(maxsize=10_000)
def piece_of(text: str) -> Piece:
    """Tokenize the text between two spaces. Cached, because such words repeat often."""
    folded = fold(text)
    return Piece(tuple(_terms(folded)), tuple(SYMBOL.findall(folded)))


def sku_suffixes(sku: str) -> list[str]:
    """Return the letters and digits of a SKU without separators, starting at each of its parts."""
    parts = PART.findall(SEPARATOR.sub("-", fold(sku)))[:MAX_PARTS]
    pieces = ["".join(part) for part in parts]
    return ["".join(pieces[start:])[:MAX_SPELLING] for start in range(len(pieces))]


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
    """Return True if a part belongs to the term before it. 24/7 is two terms, 555-01 is one."""
    between = folded[before[-1].end() : part.start()]
    if part["run"] or len(before) == MAX_PARTS or len(between) > 1 or between.isspace():
        return False
    return not (before[-1]["number"] and part["number"]) or between in ("-", "_")


def _compound(found: list[regex.Match[str]]) -> Term:
    parts, wholes = [], []
    for part in found:
        for spellings in _numbers(part["number"]) if part["number"] else [(part["letters"][:MAX_SPELLING],)]:
            parts.append(spellings)
    texts = [part["number"].replace(",", ".") if part["number"] else part["letters"] for part in found]
    if len(parts) > 1:
        wholes.append("".join(texts)[:MAX_SPELLING])
    if found[-1]["tail"]:
        wholes.append(("".join(texts) + found[-1]["tail"])[:MAX_SPELLING])
    ends = tuple("".join(texts[start:])[:MAX_SPELLING] for start in range(1, len(texts) - 1))
    return Term(tuple(parts), tuple(wholes), ends)


def _numbers(number: str) -> list[tuple[str, ...]]:
    """Return the spellings of each number: 1,5 and 10,000 are one number, 24.12.2026 and 1.2.3 are three."""
    grouped = GROUPED.fullmatch(number)
    whole = number.replace(",", ".")[:MAX_SPELLING]
    if whole.count(".") > 1 and not grouped:
        return [(each,) for each in whole.split(".") if each]
    other = regex.sub("[.,]", "", number)[:MAX_SPELLING] if grouped else ZEROS.sub("", whole)
    return [(whole,) if other == whole else (whole, other)]


def _run(text: str) -> Term:
    signs = SIGN.findall(text)
    pairs = tuple(("".join(pair),) for pair in pairwise(signs))
    return Term(pairs or ((signs[0],),), ends=(signs[-1],) if pairs else (), is_run=True)

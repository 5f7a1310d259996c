"""Find price limits in the tokens of a query: under 20, 20 to 30, €80. Independent of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import regex

from catalog.search.grammar import BETWEEN, CURRENCY, OVER, TO, UNDER, Phrase
from catalog.search.tokens import Token

MAX_PHRASE = 4  # tokens
_SIGN = "[€$£¥]"
_NUMBER = r"\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?"
_CURRENCY = rf"{_SIGN}|eur|euros?|usd|gbp|chf"
AMOUNT = regex.compile(rf"(?P<before>{_SIGN})?(?P<number>{_NUMBER})(?:,?[-–])?(?P<after>{_CURRENCY})?")
RANGE = regex.compile(
    rf"(?P<before>{_SIGN})?(?P<low>\d{{1,5}}(?:[.,]\d\d)?)(?:{_SIGN})?[-–](?:{_SIGN})?(?P<high>\d{{1,5}}(?:[.,]\d\d)?)(?P<after>{_CURRENCY})?"
)
GROUPED = regex.compile(r"(?<=\d)[.,' ](?=\d{3}(?!\d))")
# A number with one of these is a size, not a price.
_UNITS = """
mm cm m km inch inches ft feet zoll ml cl dl l litre litres liter liters ltr g kg gram grams mg oz lb lbs w
watt watts kw v volt volts mah ah hz ghz mhz gb tb mb mp px pcs pieces piece people persons personen personnes
person stuck pack packs years year months month days day hours hour jahre jahr ans years-old % ° degrees grad
seats seater lumen lm bar psi rpm inch" " '
"""
UNITS = frozenset(_UNITS.split())


@dataclass(frozen=True)
class PriceLimit:
    """A price range and how many tokens say so."""

    length: int
    at_least: Decimal | None = None
    at_most: Decimal | None = None


@dataclass(frozen=True)
class _Amount:
    length: int
    value: Decimal
    has_currency: bool


def price_at(tokens: Sequence[Token], start: int) -> PriceLimit | None:
    """Return the price limit that begins at this token, if there is one."""
    return (
        _between(tokens, start)
        or _limit(tokens, start, UNDER, is_upper=True)
        or _limit(tokens, start, OVER, is_upper=False)
        or _range(tokens, start)
        or _bare(tokens, start)
    )


def phrase_at(tokens: Sequence[Token], start: int, phrases: frozenset[Phrase]) -> int:
    """Return how many tokens the longest of these phrases takes here, 0 if none matches."""
    for length in range(min(MAX_PHRASE, len(tokens) - start), 0, -1):
        span = tokens[start : start + length]
        if tuple(token.word for token in span) in phrases and not any(token.is_quoted for token in span):
            return length
    return 0


def _between(tokens: Sequence[Token], start: int) -> PriceLimit | None:
    length = phrase_at(tokens, start, BETWEEN)
    low = _amount(tokens, start + length) if length else None
    if not low:
        return None
    to = start + length + low.length
    middle = phrase_at(tokens, to, TO)
    high = _amount(tokens, to + middle) if middle else None
    return _ordered(length + low.length + middle + high.length, low.value, high.value) if high else None


def _limit(tokens: Sequence[Token], start: int, phrases: frozenset[Phrase], *, is_upper: bool) -> PriceLimit | None:
    length = phrase_at(tokens, start, phrases)
    amount = _amount(tokens, start + length) if length else None
    if not amount:
        return None
    total = length + amount.length
    return PriceLimit(total, at_most=amount.value) if is_upper else PriceLimit(total, at_least=amount.value)


def _range(tokens: Sequence[Token], start: int) -> PriceLimit | None:
    """Match 15-20, and 20 to 30."""
    whole = RANGE.fullmatch(tokens[start].word)
    if whole and not _is_unit(tokens, start + 1):
        low, high = _decimal(whole["low"]), _decimal(whole["high"])
        return PriceLimit(1 + _currency(tokens, start + 1), low, high) if low < high else None
    first = _amount(tokens, start)
    middle = phrase_at(tokens, start + first.length, TO) if first else 0
    second = _amount(tokens, start + first.length + middle) if first and middle else None
    if not first or not second or first.value >= second.value:
        return None
    return PriceLimit(first.length + middle + second.length, first.value, second.value)


def _bare(tokens: Sequence[Token], start: int) -> PriceLimit | None:
    """Match an amount with its currency: €80 means up to it."""
    amount = _amount(tokens, start)
    return PriceLimit(amount.length, at_most=amount.value) if amount and amount.has_currency else None


def _amount(tokens: Sequence[Token], start: int) -> _Amount | None:
    before = _currency(tokens, start)
    at = start + before
    match = AMOUNT.fullmatch(tokens[at].word) if at < len(tokens) and not tokens[at].is_quoted else None
    if not match or _is_unit(tokens, at + 1):
        return None
    after = 0 if before else _currency(tokens, at + 1)
    has_currency = bool(before or after or match["before"] or match["after"])
    return _Amount(before + 1 + after, _decimal(match["number"]), has_currency)


def _currency(tokens: Sequence[Token], at: int) -> int:
    return int(at < len(tokens) and tokens[at].word in CURRENCY)


def _is_unit(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].word in UNITS


def _decimal(number: str) -> Decimal:
    return Decimal(GROUPED.sub("", number).replace(",", "."))


def _ordered(length: int, one: Decimal, other: Decimal) -> PriceLimit:
    return PriceLimit(length, min(one, other), max(one, other))

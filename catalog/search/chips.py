"""The chips of a query: what was understood, and the query without each of it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language, gettext, to_locale

from catalog.prices import shop_currency
from catalog.search import grammar
from catalog.search.amounts import PriceLimit
from catalog.search.names import CATEGORY
from catalog.search.query import Part, Understood
from catalog.search.tokens import Token


@dataclass(frozen=True)
class Found:
    """Something understood, and the places of its tokens."""

    kind: str
    label: str
    places: tuple[int, ...]
    limit: PriceLimit | None = None

    @classmethod
    def of_price(cls, limit: PriceLimit, places: range) -> Found:
        return cls("price", "", tuple(places), limit)

    @classmethod
    def of_part(cls, part: Part, places: tuple[int, ...]) -> Found:
        named = [each for each in part.meanings if each.name is not None and each.weight >= 0.5]
        if not named:
            return cls("", "", places)
        best = max(
            named,
            key=lambda each: (part.is_kind == (each.name is not None and each.name.kind == CATEGORY), each.weight),
        )
        kinds = {each.name.label for each in named if each.name and best.name and each.name.kind == best.name.kind}
        label = best.name.label if best.name and len(kinds) == 1 else part.text
        return cls(best.name.kind if best.name else "", label, places)


def chips(text: str, tokens: Sequence[Token], found: Sequence[Found]) -> tuple[Understood, ...]:
    """Return the chips in the order of the text."""
    shown = [each for each in found if each.kind]
    shown.sort(key=lambda each: each.places[0])
    needed = {place for each in found for place in each.places}
    return tuple(Understood(each.kind, _label(each), _rest(text, tokens, each.places, needed)) for each in shown)


def _label(found: Found) -> str:
    if found.limit:
        return _price_label(found.limit)
    fixed = {
        "cheap": gettext("Lowest price first"),
        "expensive": gettext("Highest price first"),
        "reduced": gettext("Reduced"),
        "in_stock": gettext("In stock"),
        "not": gettext("Not %(name)s") % {"name": found.label},
    }
    return fixed.get(found.kind, found.label[:1].upper() + found.label[1:])


def _price_label(limit: PriceLimit) -> str:
    low, high = _money(limit.at_least), _money(limit.at_most)
    if low and high:
        return gettext("%(low)s to %(high)s") % {"low": low, "high": high}
    return gettext("Up to %(price)s") % {"price": high} if high else gettext("From %(price)s") % {"price": low}


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    digits = amount == amount.to_integral_value()
    locale = to_locale(get_language() or "en")
    return format_currency(
        amount, shop_currency(), "¤#,##0" if digits else None, locale=locale, currency_digits=not digits
    )


def _rest(text: str, tokens: Sequence[Token], places: Sequence[int], needed: AbstractSet[int]) -> str:
    """Return the text without these tokens, and without an “and” or “for” that would dangle.

    The needed tokens say something: “under” stays before a price.
    """
    kept = [at for at in range(len(tokens)) if at not in places]
    joining = (
        {word for phrase in (*grammar.OR, *grammar.WITH) for word in phrase} | grammar.PREPOSITIONS | grammar.ARTICLES
    )
    while kept and kept[0] not in needed and tokens[kept[0]].word in joining:
        kept.pop(0)
    while kept and kept[-1] not in needed and tokens[kept[-1]].word in joining:
        kept.pop()
    return " ".join(text[tokens[at].start : tokens[at].end] for at in kept).rstrip(",;")

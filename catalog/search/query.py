"""What a query asks for: the result of `catalog.search.parsing.understand`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.search.names import ATTRIBUTE, BRAND, CATEGORY, Name
from catalog.search.terms import Term


@dataclass(frozen=True)
class Meaning:
    """One way to meet a part: products that have the name, or that contain all terms. Weighs at most 1."""

    weight: float
    name: Name | None = None
    terms: tuple[Term, ...] = ()
    is_typed: bool = False
    is_phrase: bool = False


@dataclass(frozen=True)
class Part:
    """Words of a query that belong together. Any of the meanings meets them.

    A kind is what the customer looks for, such as *mug* in *red mug for the garden*; results must meet one of them.
    `words` are the typed words, one by one, of a part that stands for something else: they rank what has them first.
    """

    text: str
    meanings: tuple[Meaning, ...]
    weight: float = 1.0
    is_kind: bool = False
    words: tuple[tuple[Term, ...], ...] = ()

    def names(self, kind: str) -> Iterator[Name]:
        return (each.name for each in self.meanings if each.name is not None and each.name.kind == kind)


@dataclass(frozen=True)
class Understood:
    """A part of a query as a chip shows it. `rest` is the query without it."""

    kind: str
    label: str
    rest: str


@dataclass(frozen=True)
class Query:
    """A query, taken apart. Prices, stock and excluded parts filter; the other parts rank."""

    text: str
    parts: tuple[Part, ...] = ()
    excluded: tuple[Part, ...] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    is_cheap: bool = False
    is_expensive: bool = False
    is_reduced: bool = False
    in_stock: bool = False
    understood: tuple[Understood, ...] = field(default=())

    @property
    def categories(self) -> tuple[Name, ...]:
        """The categories of the kinds asked for."""
        return tuple(dict.fromkeys(name for part in self.parts if part.is_kind for name in part.names(CATEGORY)))

    @property
    def values(self) -> tuple[Name, ...]:
        """The attribute values asked for. `key` is the id of the AttributeValue."""
        return tuple(dict.fromkeys(name for part in self.parts if not part.is_kind for name in part.names(ATTRIBUTE)))

    @property
    def brands(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.label for part in self.parts for name in part.names(BRAND)))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are neither filters nor names."""
        return tuple(part.text for part in self.parts if all(each.name is None for each in part.meanings))

    @property
    def has_filters(self) -> bool:
        return bool(
            self.excluded
            or self.is_reduced
            or self.in_stock
            or self.min_price is not None
            or self.max_price is not None
        )

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.has_filters or self.is_cheap or self.is_expensive)

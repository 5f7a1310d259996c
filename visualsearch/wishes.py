"""What words beside a photo ask for.

Prices, stock, "reduced" and "not …" filter. Names of the shop, such as a category or a colour, narrow softly: products
that have them come first. Other words steer: they add a little to the likeness, by the texts of products and, if the
shop has learnt the words, by their pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from catalog.models import ProductQuerySet
from catalog.search import Query, Understood, filtered, meets, understand


@dataclass(frozen=True)
class Wish:
    """`conditions` are names that products should have, `hints` the other words. `has_kind`: one is a category.

    `steering` is the text of the other words.
    """

    query: Query
    conditions: tuple[Q, ...] = ()
    hints: tuple[Q, ...] = ()
    steering: str = ""
    has_kind: bool = False

    def __bool__(self) -> bool:
        return bool(self.conditions or self.hints)

    @property
    def understood(self) -> tuple[Understood, ...]:
        return self.query.understood

    def narrow(self, products: ProductQuerySet) -> ProductQuerySet:
        """Apply what filters."""
        return filtered(products, self.query)

    def asked(self, products: ProductQuerySet) -> ProductQuerySet:
        """Return the products that meet every condition or, without any, all hints."""
        return products.filter(*(self.conditions or self.hints))


def read_wish(text: str) -> Wish:
    if not text.strip():
        return Wish(Query(""))
    query = understand(text)
    named = [part for part in query.parts if any(each.name is not None for each in part.meanings)]
    others = [part for part in query.parts if part not in named]
    return Wish(
        query,
        conditions=tuple(map(meets, named)),
        hints=tuple(map(meets, others)),
        steering=" ".join(part.text for part in others),
        has_kind=bool(query.categories),
    )

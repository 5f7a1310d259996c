"""Product filters as a value object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.models import Category, ProductQuerySet


@dataclass(frozen=True)
class Filters:
    """Validated filters. `attributes` maps attribute slugs to the slugs of the chosen values."""

    category: Category | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool = False
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def narrow(
        self, products: ProductQuerySet, *, by_category: bool = True, by_attributes: bool = True
    ) -> ProductQuerySet:
        """Apply the filters. Facet counts leave out the category or the attributes."""
        found = products.priced(self.min_price, self.max_price)
        if self.in_stock:
            found = found.in_stock()
        if by_category and self.category is not None:
            found = found.in_category(self.category)
        return found.with_attributes(self.attributes) if by_attributes else found

"""“Like this, but …”: what can be changed about a search, by what the products alike have to offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.facets import Facet
from catalog.models import AttributeValue, Product
from catalog.search.names import names
from visualsearch.sizes import next_larger
from visualsearch.wishes import Wish

MAX_COLOURS = 6
COLOUR = frozenset({"colour", "color", "farbe", "couleur", "kleur", "farve", "färg", "colore"})  # slugs of attributes
SIZE = frozenset({"size", "groesse", "grosse", "größe", "taille"})
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Change:
    """A chip: its label, and the parameters of the search that it sets."""

    label: str
    parameters: Mapping[str, str]


def changes(
    products: Sequence[Product], wish: Wish, facets: Iterable[Facet], own: Sequence[AttributeValue]
) -> list[Change]:
    """Return other colours that products alike have, most frequent first, “cheaper” and “larger”.

    The changes are to the first product; `own` are its values.
    """
    facets = list(facets)
    return [*_colours(wish, facets, own), *_cheaper(products), *_larger(facets, own)]


def changes_of(product: Product, neighbours: Sequence[Product]) -> list[Change]:
    """Return the changes to a product of the shop, by what its neighbours have. No query in a warm process.

    Both must be loaded with their values: `neighbours` as for cards, the product as for its page.
    """
    known = names().values
    own = {value.pk for value in product.attribute_values.all()}
    counts = Counter(key for each in neighbours for key in each.facet_values if key not in own and key in known)
    colours = [known[key] for key, _number in counts.most_common() if known[key].attribute in COLOUR]
    return [*(colour_change(name.label) for name in colours[:MAX_COLOURS]), *_cheaper([product, *neighbours])]


def colour_change(label: str, words: str = "") -> Change:
    return Change(label[:1].upper() + label[1:], {"q": f"{words} {label}".strip()})


def cheaper(amount: Decimal) -> Change:
    """Return the change to products that cost less than this."""
    return Change(_("Cheaper"), {"max_price": str(amount - CENT)})


def _colours(wish: Wish, facets: Iterable[Facet], own: Sequence[AttributeValue]) -> Iterator[Change]:
    facet = next((each for each in facets if each.slug in COLOUR), None)
    if facet is None or any(value.chosen for value in facet.values):
        return
    known = {value.slug for value in own} | {name.slug for name in wish.query.values}
    words = _without_colours(wish, facet)
    offered = sorted(facet.values, key=lambda value: -value.count)
    for value in [each for each in offered if each.slug not in known][:MAX_COLOURS]:
        yield colour_change(value.label, words)


def _without_colours(wish: Wish, facet: Facet) -> str:
    """Return the words without the colours in them, which another colour replaces."""
    colours = {value.label.casefold() for value in facet.values}
    return next(
        (each.rest for each in wish.understood if each.kind == "attribute" and each.label.casefold() in colours),
        wish.query.text,
    )


def _larger(facets: Iterable[Facet], own: Sequence[AttributeValue]) -> Iterator[Change]:
    """Offer the next size among the products alike, where a size attribute says which is larger."""
    for facet in facets:
        current = [value.value for value in own if value.attribute.slug == facet.slug]
        if facet.slug in SIZE and len(current) == 1 and not any(value.chosen for value in facet.values):
            slugs = {value.label: value.slug for value in facet.values}
            if label := next_larger(current[0], slugs):
                yield Change(_("Larger: %(size)s") % {"size": label}, {facet.slug: slugs[label]})


def _cheaper(products: Sequence[Product]) -> Iterator[Change]:
    """Offer what costs less than the first product, if any of the others does."""
    price = products[0].price_amount
    prices = [each.price_amount for each in products[1:] if each.price_amount is not None]
    if price is not None and prices and min(prices) < price:
        yield cheaper(price)

"""“Like this, but …”: what can be changed about a search, by what the products alike have to offer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.facets import Facet
from catalog.models import COLOUR_SLUGS, AttributeValue, Product
from catalog.search.names import Name, names
from visualsearch.sizes import next_sizes
from visualsearch.wishes import Wish

MAX_COLOURS = 6
MAX_SIZES = 2  # attributes
SIZE_SLUGS = frozenset({"size", "groesse", "grosse", "größe", "taille", "maat", "storlek", "taglia", "talla"})
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Change:
    """A chip: its label, and the parameters of the search that it sets."""

    label: str
    parameters: Mapping[str, str]


def changes(
    products: Sequence[Product], wish: Wish, facets: Iterable[Facet], own: Sequence[AttributeValue]
) -> list[Change]:
    """Return other colours that products alike have, most frequent first, “cheaper”, “larger” and “smaller”.

    The changes are to the first product; `own` are its values.
    """
    facets = list(facets)
    return [*_colours(wish, facets, own), *_cheaper(products), *_sizes(_offered_sizes(facets, own))]


def changes_of(product: Product, neighbours: Sequence[Product]) -> list[Change]:
    """Return the changes to a product of the shop, by what its neighbours have. No query in a warm process.

    Both must be loaded with their values: `neighbours` as for cards, the product as for its page.
    """
    known = names().values
    own = {value.pk for value in product.attribute_values.all()}
    counts = Counter(key for each in neighbours for key in each.facet_values if key not in own and key in known)
    colours = [known[key] for key, _number in counts.most_common() if known[key].attribute in COLOUR_SLUGS]
    return [
        *(colour_change(name.label) for name in colours[:MAX_COLOURS]),
        *_cheaper([product, *neighbours]),
        *_sizes(_neighbouring_sizes(product.attribute_values.all(), [known[key] for key in counts])),
    ]


def colour_change(label: str, words: str = "") -> Change:
    return Change(label[:1].upper() + label[1:], {"q": f"{words} {label}".strip()})


def cheaper(amount: Decimal) -> Change:
    """Return the change to products that cost less than this."""
    return Change(_("Cheaper"), {"max_price": str(amount - CENT)})


def _colours(wish: Wish, facets: Iterable[Facet], own: Sequence[AttributeValue]) -> Iterator[Change]:
    facet = next((each for each in facets if each.slug in COLOUR_SLUGS), None)
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


class _Sizes(NamedTuple):
    """An attribute, the one value of it that a product has, and the slugs of other values by their names."""

    name: str
    slug: str
    own: str
    others: dict[str, str]


def _offered_sizes(facets: Iterable[Facet], own: Iterable[AttributeValue]) -> Iterator[_Sizes]:
    """Yield the attributes whose values are filters of the results and of which none is chosen."""
    single = _single(own)
    for facet in facets:
        if facet.slug in single and not any(value.chosen for value in facet.values):
            others = {value.label: value.slug for value in facet.values}
            yield _Sizes(facet.name, facet.slug, single[facet.slug].value, others)


def _neighbouring_sizes(own: Iterable[AttributeValue], others: Sequence[Name]) -> Iterator[_Sizes]:
    for slug, value in _single(own).items():
        yield _Sizes(
            value.attribute.name,
            slug,
            value.value,
            {name.label: name.slug for name in others if name.attribute == slug},
        )


def _single(own: Iterable[AttributeValue]) -> dict[str, AttributeValue]:
    """Return the values by the slugs of their attributes, without attributes that have several."""
    grouped: dict[str, list[AttributeValue]] = defaultdict(list)
    for value in own:
        grouped[value.attribute.slug].append(value)
    return {slug: values[0] for slug, values in grouped.items() if len(values) == 1}


def _sizes(attributes: Iterable[_Sizes]) -> Iterator[Change]:
    """Offer the next larger and smaller size: of a size attribute, and of others whose values are measures."""
    offered = 0
    for each in attributes:
        is_size = each.slug in SIZE_SLUGS
        steps = next_sizes(each.own, each.others, needs_unit=not is_size)
        offered += any(steps)
        if offered > MAX_SIZES:
            return
        for label, size in ((_("Larger: %(size)s"), steps.larger), (_("Smaller: %(size)s"), steps.smaller)):
            if size is not None:
                shown = size if is_size else f"{each.name} {size}"
                yield Change(label % {"size": shown}, {each.slug: each.others[size]})


def _cheaper(products: Sequence[Product]) -> Iterator[Change]:
    """Offer what costs less than the first product, if any of the others does."""
    price = products[0].price_amount
    prices = [each.price_amount for each in products[1:] if each.price_amount is not None]
    if price is not None and prices and min(prices) < price:
        yield cheaper(price)

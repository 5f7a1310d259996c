"""Products that look like a product, by kind: its own category first, then others under a heading of their own.

Likeness ends at a share of the network's `match_threshold`, the score of what is probably the same item. Within a
category a faint likeness is enough, since the category says what the thing is; across categories it must be clear, or
a teapot would show chairs of its colour. Members of the product's family are swatches, not look-alikes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.models import Category, Product, ProductQuerySet
from visualsearch.networks import serving
from visualsearch.search import Group, Hit, Result, near_groups, results_of

FAINT, CLEAR = 0.1, 0.75  # of the match threshold; measured in docs/visual-search.md
TINY = 4  # a kind with fewer look-alikes is filled up from the parent category, if others of it clearly look alike
DEPTH = 24  # others to choose from
PRICE_BAND = (Decimal("0.65"), Decimal("1.5"))  # of the price, for substitutes


@dataclass(frozen=True)
class LookAlikes:
    """Look-alikes, best first but sold out last. `substitutes` stand in for a product that is sold out."""

    same_kind: list[Result] = field(default_factory=list)
    other_kinds: list[Result] = field(default_factory=list)
    substitutes: list[Result] = field(default_factory=list)


def look_alikes(
    product: Product, visible: ProductQuerySet, same_kind: int, other_kinds: int = 0, substitutes: int = 0
) -> LookAlikes:
    """Return up to so many look-alikes of each group. Three queries, however many groups.

    Substitutes are only looked for if the product is sold out, and are not repeated among the others.
    """
    substitutes = 0 if product.is_in_stock else substitutes
    groups = _groups(product, visible, same_kind, other_kinds, substitutes)
    hits = dict(zip(groups, near_groups(product, list(groups.values())), strict=True))
    threshold = likeness()
    instead = _at_least(hits["substitutes"], FAINT * threshold)
    taken = {hit.product_id for hit in instead}
    kind = _at_least([*hits["kind"], *hits["kind with sold out"]], FAINT * threshold, taken)[:same_kind]
    taken |= {hit.product_id for hit in kind}
    others = _at_least(hits["other"], CLEAR * threshold, taken)
    is_tiny = len(kind) < min(TINY, same_kind)
    chosen = [*kind, *(others if is_tiny else others[:other_kinds]), *instead]
    loaded = {result.product.pk: result for result in results_of(chosen)}
    same, other, in_place = ([loaded[hit.product_id] for hit in group if hit.product_id in loaded]
                             for group in (kind, others, instead))  # fmt: skip
    if is_tiny:
        above = product.category.path[: -Category.steplen]
        nearby = [each for each in other if above and each.product.category.path.startswith(above)]
        same += nearby[: min(TINY, same_kind) - len(same)]
        other = [each for each in other if each not in same]
    return LookAlikes(same, other[:other_kinds], in_place)


def substitutes(product: Product, visible: ProductQuerySet, limit: int) -> list[Result]:
    """Return the nearest products of the same kind that are in stock and in the same price band."""
    hits = near_groups(product, [_in_price_band(product, visible, limit)])[0]
    return results_of(_at_least(hits, FAINT * likeness()))


def likeness() -> float:
    """Return the score above which the live network shows probably the same item."""
    return float(serving.cached().network.card.get("match_threshold", 0))


def _in_price_band(product: Product, visible: ProductQuerySet, limit: int) -> Group:
    price = product.price_amount
    if not limit or price is None:
        return Group(visible.none(), 0)
    in_stock = visible.filter(category__path__startswith=product.category.path).in_stock()
    return Group(in_stock.priced(price * PRICE_BAND[0], price * PRICE_BAND[1]), limit)


def _groups(
    product: Product, visible: ProductQuerySet, same_kind: int, other_kinds: int, substitutes: int
) -> dict[str, Group]:
    """Return the groups to search in. Groups that are not wanted search nothing."""
    own = product.category.path
    strangers = visible.exclude(family=product.family) if product.family else visible
    alike = strangers.filter(category__path__startswith=own)
    elsewhere = strangers.in_stock().exclude(category__path__startswith=own)
    return {
        "kind": Group(alike.in_stock(), same_kind + substitutes),
        "kind with sold out": Group(alike, same_kind + substitutes),
        "other": Group(elsewhere if other_kinds else visible.none(), max(DEPTH, other_kinds)),
        "substitutes": _in_price_band(product, visible, substitutes),
    }


def _at_least(hits: Iterable[Hit], score: float, taken: Iterable[int] = ()) -> list[Hit]:
    """Return the first hit of each product that is similar enough and not taken."""
    seen = set(taken)
    found: list[Hit] = []
    for hit in hits:
        if hit.score >= score and hit.product_id not in seen:
            seen.add(hit.product_id)
            found.append(hit)
    return found

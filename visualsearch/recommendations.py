"""Recommend products that look like those a visitor has viewed."""

from collections.abc import Sequence

from catalog.models import Product, ProductQuerySet
from visualsearch import search
from visualsearch.fusion import fuse

MAX_VIEWED = 20
DEPTH = 30  # candidates for each viewed product


def recommend(viewed: Sequence[str], products: ProductQuerySet, limit: int) -> list[search.Result]:
    """Return products that look like the viewed ones (slugs, latest last), which are left out.

    Rank fusion favours products that look like several of them: after four mugs and one lamp, mugs come before lamps.
    Only the latest MAX_VIEWED count. The score is the best cosine to any viewed product.
    """
    recent = list(dict.fromkeys(reversed(viewed)))[:MAX_VIEWED]
    keys = dict(Product.objects.filter(slug__in=recent).values_list("slug", "pk"))
    history = [keys[slug] for slug in recent if slug in keys]
    if not history:
        return []
    hits = search.near_each(history, products, DEPTH)
    best: dict[int, search.Hit] = {}
    for hit in (hit for ranking in hits.values() for hit in ranking):
        if hit.product_id not in best or hit.score > best[hit.product_id].score:
            best[hit.product_id] = hit
    ranking = fuse([hit.product_id for hit in hits[key]] for key in history if key in hits)
    return search.results_of(best[key] for key in ranking[:limit])

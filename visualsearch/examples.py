"""Products as queries, by their stored vectors: "like this", "more like this" and "less like this"."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from catalog.models import ProductQuerySet
from visualsearch.mixing import mean_of
from visualsearch.models import ImageEmbedding, Network
from visualsearch.photo import PhotoEmbedding

MAX_EXAMPLES = 10  # products to search towards and away from, together
PICTURES = 4  # of each product


class Example(NamedTuple):
    """A product as a query: the mean of its first pictures."""

    product_id: int
    embedding: PhotoEmbedding


def examples(slugs: Sequence[str], products: ProductQuerySet, network: Network) -> dict[str, Example]:
    """Map the slugs to the products as queries. One query.

    Products that are not among `products`, or have no embedded picture, are left out.
    """
    if not slugs:
        return {}
    wanted = products.filter(slug__in=slugs)
    rows = ImageEmbedding.objects.shown(network).filter(image__product__in=wanted).order_by("image__position", "image")
    found: defaultdict[tuple[str, int], list[PhotoEmbedding]] = defaultdict(list)
    columns = ("image__product__slug", "image__product_id", "vector", "image__colours__histogram")
    for slug, key, vector, colours in rows.values_list(*columns):
        if vector is not None and len(found[slug, key]) < PICTURES:
            known = None if colours is None else np.asarray(colours, dtype=np.float32)
            found[slug, key].append(PhotoEmbedding(np.asarray(vector, dtype=np.float32), network, known, True))
    return {slug: Example(key, mean_of(pictures)) for (slug, key), pictures in found.items()}

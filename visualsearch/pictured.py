"""Find products by what their pictures show, for words that their text does not have.

They come after the results of the text search, never among them: a picture says less surely than a text what a product
is. A word that the shop has not learnt finds nothing, so what is not sold stays empty.
"""

from collections.abc import Sequence

import numpy as np

from catalog.models import Product, ProductQuerySet
from catalog.search import find, understand
from catalog.search.ranking import filtered
from visualsearch import search
from visualsearch.models import ImageEmbedding
from visualsearch.query_map import Probe
from visualsearch.words.bags import bag
from visualsearch.words.vocabulary import BINARY, WordsVector, from_binary, words_vector

DEPTH = 200  # products nearest to the words, most of which their text finds already


def is_offered(text: str) -> bool:
    """Return True if pictures can tell what these words mean. No query in a warm process."""
    wanted = words_vector(text)
    return wanted is not None and wanted.is_visible


def find_pictured(text: str, products: ProductQuerySet, limit: int) -> list[search.Result]:
    """Return up to `limit` of `products` whose pictures show the words and that the text search does not find."""
    wanted = words_vector(text)
    if wanted is None or not wanted.is_visible:
        return []
    narrowed = filtered(products, understand(text))
    nearest = search.probe_hits(Probe(wanted.vector), wanted.network, narrowed, DEPTH)
    shown = search.best_per_product(_showing(wanted, nearest))
    keys = [hit.product_id for hit in shown]
    by_text = set(find(products, text).products.order_by().filter(pk__in=keys).values_list("pk", flat=True))
    texts = Product.objects.filter(pk__in=set(keys) - by_text).values_list("pk", "title", "keywords")
    # A product whose own words never go with these is something else that looks like it.
    others = {key for key, *own in texts if not wanted.strangers.intersection(bag(" ".join(own)))}
    return search.results_of([hit for hit in shown if hit.product_id in others][:limit])


def _showing(wanted: WordsVector, hits: Sequence[search.Hit]) -> list[search.Hit]:
    """Return the hits that show every word, in the same order."""
    rows = ImageEmbedding.objects.filter(network=wanted.network, image__in=[hit.image_id for hit in hits])
    vectors = {key: from_binary(bytes(vector)) for key, vector in rows.values_list("image", BINARY) if vector}
    known = [hit for hit in hits if hit.image_id in vectors]
    if not known:
        return []
    shows = wanted.shows(np.stack([vectors[hit.image_id] for hit in known]))
    return [hit for hit, is_shown in zip(known, shows, strict=True) if is_shown]

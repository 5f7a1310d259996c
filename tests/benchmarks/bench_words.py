"""Words that see: products whose text is hidden, found by words through their pictures.

python -m tests.benchmarks.bench_words [--feed demo/catalog.csv --images demo/images] [--rounds 3]

Each round hides the text of a random fifth of the products: title, brand, description, attributes and category. The
others teach the words. Queries are the category names and attribute values that at least two hidden products had.
Candidates are all products whose text lacks a word of the query, which is where pictures come in. Chance is the
expected recall of twenty candidates at random.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

import numpy as np
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from catalog.models import Category, Product
from catalog.search import refresh_keywords
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import serving
from visualsearch.pictured import find_pictured
from visualsearch.words import refresh
from visualsearch.words.bags import bag
from visualsearch.words.learning import Floats
from visualsearch.words.vocabulary import words_vector

DEMO = Path(settings.BASE_DIR) / "demo"
AT, SHOWN = 20, 12
SEEN = ("colour", "material", "pattern")  # attributes that pictures may show


class Asked(NamedTuple):
    """How one query did. `shown` and `right` count what the search page shows under its text results."""

    recall: float
    chance: float
    first: bool
    shown: int
    right: int
    wanted: int


@dataclass
class Shop:
    """The products, the words that each had before texts were hidden, and its pictures."""

    network: Network
    words: dict[int, set[str]]
    queries: list[tuple[str, str]]
    owners: list[int]
    vectors: Floats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", default=str(DEMO / "catalog.csv"))
    parser.add_argument("--images", default=str(DEMO / "images"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with scratch_database("bench_words"):
        call_command("import_catalog", options.feed, "--images", options.images, verbosity=0)
        call_command("embed_images")
        shop, asked = read_shop(), defaultdict[str, list[Asked]](list)
        for seed in range(options.rounds):
            for kind, each in one_round(shop, seed):
                asked[kind].append(each)
    everything = [each for kind, found in asked.items() if kind != "two words" for each in found]
    rows = [row(kind, found) for kind, found in [*asked.items(), ("all single ones", everything)]]
    columns = ["query", "number", f"R@{AT}", "chance", "times", "first is right", "shown", "precision", "recall"]
    table(f"{len(shop.words):,} products, a fifth of them without a text", columns, rows)


def read_shop() -> Shop:
    network, words, queries = serving.live(), dict[int, set[str]](), dict[tuple[str, str], None]()
    products = Product.objects.select_related("category").prefetch_related("attribute_values__attribute")
    for product in products:
        names = [category.name for category in product.category.breadcrumbs()]
        values = [(value.attribute.slug, value.value) for value in product.attribute_values.all()]
        words[product.pk] = set(bag(" ".join([product.title, *names, *(value for _slug, value in values)])))
        queries |= {("category", name): None for name in names}
        queries |= {(slug, value): None for slug, value in values if slug in SEEN}
        queries |= {("two words", f"{value} {names[-1]}"): None for slug, value in values if slug == "colour"}
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False).values_list("image__product", "vector")
    owners, vectors = zip(*rows, strict=True)
    return Shop(network, words, list(queries), list(owners), np.array(vectors, dtype=np.float32))


def one_round(shop: Shop, seed: int) -> Iterator[tuple[str, Asked]]:
    """Hide the text of a random fifth, learn from the others, and ask all queries. Everything is undone afterwards."""
    keys = np.array(sorted(shop.words))
    hidden = set(keys[np.random.default_rng(seed).permutation(len(keys)) < len(keys) // 5].tolist())
    with transaction.atomic():
        hide(hidden)
        refresh.refresh(shop.network, len(shop.owners), timezone.now())
        caches["local"].clear()
        for kind, query in shop.queries:
            if found := ask(shop, query, hidden):
                yield kind, found
        transaction.set_rollback(True)


def hide(keys: set[int]) -> None:
    unsorted = Category.objects.filter(slug="unsorted").first()
    unsorted = unsorted or Category.objects.add_root({"name": "Unsorted", "slug": "unsorted"})
    products = Product.objects.filter(pk__in=keys)
    products.update(title="Number", brand="", description="", category=unsorted, skus="", keywords="")
    Product.attribute_values.through.objects.filter(product__in=keys).delete()
    refresh_keywords(keys, force=True)


def ask(shop: Shop, query: str, hidden: set[int]) -> Asked | None:
    """Return None if fewer than two hidden products had the words, or if the shop has not learnt them."""
    asked, wanted = set(bag(query)), words_vector(query)
    right = {key for key in hidden if asked <= shop.words[key]}
    if wanted is None or wanted.unknown or len(right) < 2:
        return None
    candidates = {key for key, words in shop.words.items() if key in hidden or not asked <= words}
    best: dict[int, float] = {}
    for owner, score in zip(shop.owners, shop.vectors @ wanted.vector, strict=True):
        if owner in candidates:
            best[owner] = max(score, best.get(owner, -1.0))
    first = sorted(best, key=best.__getitem__, reverse=True)[:AT]
    most = min(AT, len(right))
    chance = min(1.0, AT / len(candidates)) * len(right) / most
    shown = [each.product.pk for each in find_pictured(query, Product.objects.visible(timezone.now()), SHOWN)]
    found = len(right.intersection(first)) / most
    return Asked(found, chance, first[0] in right, len(shown), len(right.intersection(shown)), min(SHOWN, len(right)))


def row(kind: str, asked: list[Asked]) -> list[object]:
    recall, chance, first, shown, right, wanted = np.array(asked, dtype=float).T
    precision = right.sum() / max(1, shown.sum())
    return [
        kind, len(asked), recall.mean(), chance.mean(), recall.mean() / chance.mean(), first.mean(), shown.mean(),
        precision, right.sum() / wanted.sum(),
    ]  # fmt: skip


if __name__ == "__main__":
    main()

"""Suggestions for the search box: earlier searches, categories by name, and products by title, brand or SKU.

The cost does not grow with the number of products that match. Common words are soon met among the best products;
what is not among them is rare, and comes from the index of words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from django.core.cache import caches
from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils import timezone

from catalog.models import Category, Product, ProductQuerySet, shown_pictures
from catalog.models.product import TEXTS
from catalog.search import past_queries, spelling
from catalog.search.candidates import BEST_FIRST
from catalog.search.find import words
from catalog.search.queries import LexemeQuery, lexemes, query_terms
from catalog.search.synonyms import expansions
from catalog.search.terms import Term, terms
from catalog.search.vectors import NAMED, TITLED
from catalog.text.sorting import sort_key

MAX_PRODUCTS = 6
MAX_CATEGORIES = 3
MAX_QUERIES = 3
MAX_REWORDINGS = 3
MIN_LENGTH = 2  # characters
CANDIDATES = 24  # products that are ranked
BEST = 1_000  # products checked before the index of words
MAX_INDEXED = 500  # products taken from the index
CACHE_SECONDS = 60  # for the names of categories


@dataclass(frozen=True)
class Suggestions:
    products: list[Product] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)


def suggest(products: ProductQuerySet, text: str, now: datetime | None = None) -> Suggestions:
    """Suggest what begins with the words of the text, or else with their corrected spelling or a synonym."""
    typed = words(text)
    if len("".join(typed)) < MIN_LENGTH:
        return Suggestions()
    now = now or timezone.now()
    texts = chain([text], islice(_rewordings(typed), MAX_REWORDINGS))
    found = (_beginning_with(products, each, now) for each in texts)
    return next((each for each in found if each != Suggestions()), Suggestions())


def _rewordings(typed: list[str]) -> Iterator[str]:
    """Return other ways to say the same: without typos, then with synonyms."""
    corrected = spelling.corrected(typed)
    if corrected != " ".join(typed):
        yield corrected
    for start, end, alternatives, _positions in expansions(typed):
        for other, _weight in alternatives:
            yield " ".join([*typed[:start], other, *typed[end:]])


def _beginning_with(products: ProductQuerySet, text: str, now: datetime) -> Suggestions:
    *before, last = text.split() or [""]
    # A single letter begins too many words, and few products have it as a word of its own.
    query = query_terms(" ".join(before) if before and len(last) == 1 else text)
    if not query:
        return Suggestions()
    categories, queries = _categories(query), past_queries.beginning_with(text, MAX_QUERIES, now)
    is_wide = len(words(text)) > 1 or not (categories or queries)
    return Suggestions(_products(products, text, query, is_wide), categories, queries)


def _products(products: ProductQuerySet, text: str, query: tuple[Term, ...], is_wide: bool) -> list[Product]:
    """Return the products to show: in stock first, then by title before brand and SKU, then best sellers."""
    keys = _keys(products, query, is_wide)
    if not keys:
        return []
    shown = Product.objects.filter(pk__in=keys).defer(*TEXTS, "skus", "keywords", "search_vector")
    found = list(shown.order_by(*BEST_FIRST)[:CANDIDATES])
    start = sort_key(text).partition("\t")[0]

    def rank(product: Product) -> tuple[bool, ...]:
        return not product.is_in_stock, not product.sort_key.startswith(start), not _matches(query, product.title)

    found.sort(key=rank)
    prefetch_related_objects(chosen := found[:MAX_PRODUCTS], shown_pictures())
    return chosen


def _keys(products: ProductQuerySet, query: tuple[Term, ...], is_wide: bool) -> list[int]:
    """Return the keys of products by their names; if `is_wide`, else of the best by category and attributes."""
    titled = lexemes(query, ":*", TITLED)
    keys = _best(products, titled)
    if len(keys) < MAX_PRODUCTS:
        found = products.filter(search_vector=LexemeQuery(titled)).order_by()
        keys = list(found.values_list("pk", flat=True)[:MAX_INDEXED])
    return keys or (_best(products, lexemes(query, ":*", NAMED)) if is_wide else [])


def _best(products: ProductQuerySet, condition: str) -> list[int]:
    """Return the keys of the first matches in the index of the best products. Reads its head, and no further."""
    head, params = products.order_by(*BEST_FIRST).values("pk", "search_vector")[:BEST].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(FIRST_MATCHES.format(head=head), [*params, condition, CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def _categories(query: tuple[Term, ...]) -> list[Category]:
    """Return the first categories whose name matches all terms."""
    keys = [key for key, name in _names() if _matches(query, name)][:MAX_CATEGORIES]
    found = Category.objects.in_bulk(keys) if keys else {}
    return [found[key] for key in keys if key in found]


def _names() -> list[tuple[int, str]]:
    """Return keys and names of all categories, upper levels first. Cached."""
    names: list[tuple[int, str]] | None = caches["local"].get("catalog.category_names")
    if names is None:
        names = list(Category.objects.order_by("depth", "sort_key").values_list("pk", "name"))
        caches["local"].set("catalog.category_names", names, CACHE_SECONDS)
    return names


def _matches(query: tuple[Term, ...], name: str) -> bool:
    """Return True if each query term is the prefix of a term in the name."""
    spellings = [each for term in terms(name) for each in (*_spellings(term), *term.wholes, *term.ends)]

    def begins(part: str) -> bool:
        return any(spelling.startswith(part) for spelling in spellings)

    return all(any(map(begins, term.wholes)) or all(any(map(begins, part)) for part in term.parts) for term in query)


def _spellings(term: Term) -> list[str]:
    return [spelling for part in term.parts for spelling in part]


FIRST_MATCHES = "SELECT pk FROM ({head}) AS head WHERE search_vector @@ %s::tsquery LIMIT %s"

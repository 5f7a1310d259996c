"""Words → products, over the generated column `Product.search_vector`.

What is typed is cut into words and every word is taken as the beginning of one, in two ways: as English finds other
forms of a word, and as it was typed. Nothing but letters and digits reaches the query language of the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.cache import caches
from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import Category, Product, ProductQuerySet

LONGEST_TEXT = 200
MOST_WORDS = 10
WORD = re.compile(r"[^\W_]+")
VOCABULARY_SECONDS = 15 * 60
VOCABULARY_WORDS = 50_000
ALIKE = 0.65
SUGGESTIONS = 6


@dataclass(frozen=True)
class Suggestions:
    """What somebody may be about to type."""

    products: list[Product]
    categories: list[Category]


@dataclass(frozen=True)
class Found:
    """An answer to words. `corrected_query` says which words found the products, where those typed found nothing."""

    query: str
    corrected_query: str | None
    products: ProductQuerySet


def words(text: str) -> list[str]:
    """The words that are searched for."""
    return WORD.findall(text[:LONGEST_TEXT].lower())[:MOST_WORDS]


def matching(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """The products in which every word begins some word or SKU; none for a text without words."""
    wanted = words(text)
    return products.filter(search_vector=_query(wanted, ":*")) if wanted else products.none()


def search(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """`matching`, best match first: whole words before beginnings, titles and SKUs before descriptions."""
    wanted = words(text)
    if not wanted:
        return products.none()
    whole = SearchRank(F("search_vector"), _query(wanted, ""))
    begun = SearchRank(F("search_vector"), _query(wanted, ":*"))
    return matching(products, text).annotate(rank=Greatest(whole, begun * Value(0.5))).order_by(
        "-rank", "-is_in_stock", "-created_at", "-pk"
    )  # fmt: skip


def find(products: ProductQuerySet, text: str) -> Found:
    """`search`, once more with corrected words where the words as typed find nothing."""
    query = " ".join(text[:LONGEST_TEXT].replace("\0", " ").split())
    if not words(query) or matching(products, query).exists():
        return Found(query, None, search(products, query))
    corrected = corrected_query(products, query)
    return Found(query, corrected, search(products, corrected or query))


def corrected_query(products: ProductQuerySet, text: str) -> str | None:
    """The text with each unknown word replaced by the most similar known one, where that finds something."""
    typed = words(text)
    vocabulary = _vocabulary()
    corrected = " ".join(_corrected(word, vocabulary) for word in typed)
    if corrected == " ".join(typed) or not matching(products, corrected).exists():
        return None
    return corrected


def suggest(products: ProductQuerySet, text: str) -> Suggestions:
    """Products and categories whose title, brand, SKU or name has words that begin so."""
    typed = words(text)
    if not typed or len("".join(typed)) < 2:
        return Suggestions([], [])
    titled = products.filter(search_vector=_query(typed, ":*A"))
    named = _named(typed)
    return Suggestions(
        products=list(titled.select_related("category").order_by("-created_at", "-pk")[:SUGGESTIONS]),
        categories=list(Category.objects.filter(named).order_by("depth", "name")[:SUGGESTIONS]),
    )


def refresh_keywords(product_ids: Iterable[int]) -> int:
    """Repeat the names of categories and attributes in `Product.keywords`. Returns the number of rows that changed."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, [list(product_ids)])
        return int(cursor.rowcount)


def _query(wanted: Sequence[str], ending: str) -> SearchQuery:
    """All words, each with the ending; English leaves out words that say nothing, unless there are no others."""
    # Too many words begin with a lone letter: beside a longer word it stands for itself, as in the SKU T-4242.
    alone = ending.replace("*", "").rstrip(":") if max(map(len, wanted)) > 1 else ending
    raw = " & ".join(f"'{word}'{ending if len(word) > 1 else alone}" for word in wanted)  # only letters and digits
    return SearchQuery(raw, config="english", search_type="raw") | SearchQuery(raw, config="simple", search_type="raw")


def _named(typed: Sequence[str]) -> Q:
    """Category names in which every word begins some word."""
    wanted = Q()
    for word in typed:
        wanted &= Q(name__iregex=rf"\m{word}")
    return wanted


def _vocabulary() -> list[str]:
    """The words of all products, the most frequent first."""
    known: list[str] | None = caches["local"].get("catalog.vocabulary")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(VOCABULARY, [VOCABULARY_WORDS])
            known = [word for (word,) in cursor.fetchall()]
        caches["local"].set("catalog.vocabulary", known, VOCABULARY_SECONDS)
    return known


def _corrected(word: str, vocabulary: Sequence[str]) -> str:
    if len(word) < 3 or any(known.startswith(word) for known in vocabulary):
        return word
    best = process.extractOne(word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
    return best[0] if best else word


VOCABULARY = r"""
SELECT word FROM ts_stat(
    $$SELECT to_tsvector('simple', title || ' ' || brand || ' ' || keywords)
        FROM catalog_product WHERE status <> 'draft'$$
) WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[[:digit:]]'
ORDER BY ndoc DESC, word LIMIT %s
"""

REFRESH = """
WITH placed AS (
    SELECT category.id, string_agg(above.name, ' ' ORDER BY above.path) AS names
    FROM catalog_category AS category JOIN catalog_category AS above ON starts_with(category.path, above.path)
    GROUP BY category.id
), found AS (
    SELECT wanted.id, concat_ws(' ', placed.names,
        (SELECT string_agg(attribute.name || ' ' || value.value, ' ' ORDER BY attribute.slug, value.slug)
           FROM catalog_product_attribute_values AS link
           JOIN catalog_attributevalue AS value ON value.id = link.attributevalue_id
           JOIN catalog_attribute AS attribute ON attribute.id = value.attribute_id
          WHERE link.product_id = wanted.id)) AS keywords
    FROM catalog_product AS wanted JOIN placed ON placed.id = wanted.category_id
    WHERE wanted.id = ANY(%s)
), changed AS (  -- locked in the order of keys, as catalog.locks does
    SELECT product.id, found.keywords FROM catalog_product AS product JOIN found ON found.id = product.id
    WHERE product.keywords IS DISTINCT FROM found.keywords
    ORDER BY product.id FOR NO KEY UPDATE OF product
)
UPDATE catalog_product AS product SET keywords = changed.keywords FROM changed WHERE product.id = changed.id
"""

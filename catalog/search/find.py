"""Words → products, over the column `Product.search_vector`.

What is typed is cut into terms as texts are when they are indexed, and every term is taken as the beginning of one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from catalog.models import Category, Product, ProductQuerySet
from catalog.search import spelling
from catalog.search.queries import LONGEST_TEXT, asked, query
from catalog.search.terms import Term, terms
from catalog.search.terms import words as all_words
from catalog.search.vectors import NAMES
from catalog.text.sorting import sort_key

MOST_WORDS = 10
SUGGESTIONS = 6


@dataclass(frozen=True)
class Suggestions:
    """Suggestions for what is being typed."""

    products: list[Product]
    categories: list[Category]


@dataclass(frozen=True)
class Found:
    """The products found. `corrected_query` has the words that found them where the typed ones found nothing."""

    query: str
    corrected_query: str | None
    products: ProductQuerySet


def words(text: str) -> list[str]:
    """The words that are searched for, as they are written."""
    return all_words(text[:LONGEST_TEXT])[:MOST_WORDS]


def matching(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """The products in which every word begins some word or SKU; none for a text without words."""
    wanted = asked(text)
    return products.filter(search_vector=query(wanted, ":*")) if wanted else products.none()


def search(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """`matching`, best match first: the title itself, whole words before beginnings, titles before descriptions."""
    wanted = asked(text)
    if not wanted:
        return products.none()
    whole = SearchRank(F("search_vector"), query(wanted, ""))
    begun = SearchRank(F("search_vector"), query(wanted, ":*"))
    title = sort_key(text[:LONGEST_TEXT]).split("\t")[0]
    is_title = Case(When(sort_key__startswith=f"{title}\t", then=Value(1.0)), default=Value(0.0))
    ranked = matching(products, text).annotate(rank=Greatest(whole, begun * Value(0.5)) + is_title)
    return ranked.order_by("-rank", "-is_in_stock", "-created_at", "-pk")


def find(products: ProductQuerySet, text: str) -> Found:
    """`search`, once more with corrected words where the words as typed find nothing."""
    typed = " ".join(text[:LONGEST_TEXT].replace("\0", " ").split())
    if not words(typed) or matching(products, typed).exists():
        return Found(typed, None, search(products, typed))
    corrected = corrected_query(products, typed)
    return Found(typed, corrected, search(products, corrected or typed))


def corrected_query(products: ProductQuerySet, text: str) -> str | None:
    """The text with each unknown word replaced by the most similar known one, where that finds something."""
    typed = words(text)
    corrected = spelling.corrected(typed)
    if corrected == " ".join(typed) or not matching(products, corrected).exists():
        return None
    return corrected


def suggest(products: ProductQuerySet, text: str) -> Suggestions:
    """Products and categories whose title, brand, SKU or name has words that begin so."""
    wanted = asked(text)
    if not wanted or len("".join(words(text))) < 2:
        return Suggestions([], [])
    titled = products.filter(search_vector=query(wanted, f":*{NAMES}"))
    return Suggestions(
        products=list(titled.select_related("category").order_by("-created_at", "-pk")[:SUGGESTIONS]),
        categories=_named(wanted),
    )


def _named(wanted: tuple[Term, ...]) -> list[Category]:
    """The first categories in whose name every term begins a word."""
    names = Category.objects.order_by("depth", "sort_key").values_list("pk", "name")
    keys = [key for key, name in names if _begins(wanted, name)][:SUGGESTIONS]
    found = Category.objects.in_bulk(keys) if keys else {}
    return [found[key] for key in keys if key in found]


def _begins(wanted: tuple[Term, ...], name: str) -> bool:
    """Whether every term of a query begins some term of a name."""
    named = terms(name)
    spellings = [each for term in named for each in (*_spellings(term), *term.wholes, *term.ends)]

    def fits(part: str) -> bool:
        return any(spelling.startswith(part) for spelling in spellings)

    return all(any(map(fits, term.wholes)) or all(any(map(fits, part)) for part in term.parts) for term in wanted)


def _spellings(term: Term) -> list[str]:
    return [spelling for part in term.parts for spelling in part]

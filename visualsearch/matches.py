"""The ranking behind a photo search: likeness, then what the words ask for, and where likeness ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, Case, Q, Subquery, Value, When

from catalog.facets import Counts, count_loaded
from catalog.models import Product, ProductQuerySet
from visualsearch import search
from visualsearch.networks import loading
from visualsearch.photo import PhotoEmbedding
from visualsearch.search import Effort, Hit, best_per_product, photo_hits
from visualsearch.verdicts import evidence, judge
from visualsearch.wishes import Wish
from visualsearch.words.vocabulary import words_vector

MAX_ALIKE = 120  # products in the results
CLOSEST = 12  # products to show if some are alike, but the shop does not sell the item
FEW = 4  # products to show if none is alike
# All measured by tests/benchmarks/bench_words_and_photo.py. Shares are of the best score, or of the network's
# threshold if that is higher.
TAIL = 0.7  # results of another kind have at least this share
KIND_TAIL = 0.35  # and results of the kind that the photo shows
CLEAR = 0.95  # the categories of products from this share on are what the photo shows
ASKED_TAIL = 0.6  # of the best score among products that meet the words
HINT = 0.1  # added to the cosine of products that meet all other words
SHOWN = 0.3  # weight of the cosine between pictures and what the other words look like
SAME_KIND = 0.15  # added to the cosine of products of the photo's kind, if the words name another property


@dataclass(frozen=True)
class Level:
    """Where likeness ends: the score of the nearest product, and the categories that the photo shows."""

    best: float
    threshold: float
    kinds: frozenset[int]

    def lowest(self, category: int | None) -> float:
        """Return the least score of a result in this category."""
        return (KIND_TAIL if category in self.kinds else TAIL) * max(self.best, self.threshold)


@dataclass(frozen=True)
class Matches:
    """Products that are alike, best first, each with its best picture. `verdict` is one of `verdicts.VERDICTS`."""

    hits: list[Hit]
    level: Level
    verdict: str = "no_match"


@dataclass(frozen=True)
class Facts:
    """A product's category and attribute values, how many conditions of the words it meets, and the share of hints.

    `shown` is the cosine between its pictures and what the hints look like.
    """

    category: int | None = None
    values: Sequence[int] = ()
    met: int = 0
    hint: float = 0.0
    shown: float = 0.0


@dataclass
class Ranking:
    """Ranks products by a photo, words and colours. `colour` is the weight of the colours, from 0 to 1.

    `step` is a chosen closeness, a key of `closeness.STEPS`.

    Products that are left out still say where likeness ends: nothing is as much like a product as its own pictures.
    """

    embedding: PhotoEmbedding
    wish: Wish
    colour: float = 0.0
    left_out: frozenset[int] = frozenset()
    step: str | None = None
    _facts: dict[int, Facts] = field(default_factory=dict)

    def find(self, products: ProductQuerySet, level: Level | None = None) -> Matches:
        """Return the products that are alike. `level` is where likeness ended in the search without filters."""
        narrowed = self.wish.narrow(products)
        is_all = level is None and narrowed is products
        hits = self._hits(narrowed, search.ALL_PRODUCTS if is_all else search.DEFAULT_EFFORT)
        if self.wish:
            hits = best_per_product([*hits, *self._hits(self.wish.asked(narrowed))])
        self._facts = self._read_facts([hit.product_id for hit in hits])
        level = level or self._level(hits)
        ranked = self._ranked([hit for hit in hits if hit.product_id not in self.left_out], level)
        asked = self._asked(ranked)
        alike, verdict = self._alike(ranked, asked, level)[:MAX_ALIKE], self._verdict(ranked)
        if verdict == "no_match" and not asked:
            return Matches(alike[:CLOSEST] or ranked[:FEW], level, verdict)
        return Matches(alike, level, verdict)

    def values_of(self, product: int | None) -> Sequence[int]:
        """Return the keys of the attribute values of a product that was found, or was left out."""
        return self._facts[product].values if product in self._facts else ()

    def counts_of(self, hits: Iterable[Hit]) -> Counts:
        """Count products that were found last by their categories and attribute values. No query."""
        facts = [self._of(hit) for hit in hits]
        return count_loaded((each.category, each.values) for each in facts if each.category is not None)

    def _hits(self, products: ProductQuerySet, effort: Effort = search.DEFAULT_EFFORT) -> list[Hit]:
        return best_per_product(photo_hits(self.embedding, products, MAX_ALIKE, effort, self.step))[:MAX_ALIKE]

    def _verdict(self, hits: Sequence[Hit]) -> str:
        categories = {hit.product_id: self._of(hit).category for hit in hits}
        return judge(self.embedding.network).verdict(evidence(hits, categories))

    def _read_facts(self, keys: Sequence[int]) -> dict[int, Facts]:
        """Read the categories, and which words the products meet and their pictures show. One query."""
        if not self.wish:
            found = Product.objects.filter(pk__in=keys).order_by().values_list("pk", "category_id", "facet_values")
            return {key: Facts(category, values) for key, category, values in found}
        conditions = {f"met_{number}": _is(each) for number, each in enumerate(self.wish.conditions)}
        hints = {f"hint_{number}": _is(each) for number, each in enumerate(self.wish.hints)}
        rows = Product.objects.filter(pk__in=keys).annotate(**conditions, **hints, shown=self._shown()).order_by()
        facts = {}
        for key, category, values, shown, *answers in rows.values_list(
            "pk", "category_id", "facet_values", "shown", *conditions, *hints
        ):
            met, hinted = answers[: len(conditions)], answers[len(conditions) :]
            facts[key] = Facts(category, values, sum(met), sum(hinted) / max(1, len(hints)), -(shown or 0.0))
        return facts

    def _shown(self) -> Subquery | Value:
        """Return what compares pictures with the looks of the other words, as far as the shop has learnt them."""
        network = self.embedding.network
        looks = words_vector(self.wish.steering, network) if self.wish.steering else None
        if looks is None or any(each.threshold is None for each in looks.words):
            return Value(0.0)
        return search.likeness(PhotoEmbedding(looks.vector, network))

    def _of(self, hit: Hit) -> Facts:
        return self._facts.get(hit.product_id) or Facts()

    def _level(self, hits: Collection[Hit]) -> Level:
        best = max((hit.score for hit in hits), default=-1.0)
        kinds = {self._of(hit).category for hit in hits if hit.score >= CLEAR * best}
        threshold = loading.card(self.embedding.network).match_threshold
        return Level(best, threshold, frozenset(kind for kind in kinds if kind is not None))

    def _ranked(self, hits: Sequence[Hit], level: Level) -> list[Hit]:
        """Sort the hits by what they meet, then by likeness."""
        nearest = max(hits, key=lambda hit: hit.score, default=None)
        colours = search.colour_scores(self.embedding, nearest, hits) if self.colour and nearest else {}
        kinds = level.kinds if self.wish.conditions and not self.wish.has_kind else frozenset()

        def place(hit: Hit) -> tuple[int, float]:
            score = (1 - self.colour) * hit.score + self.colour * colours.get(hit.image_id, 0.0)
            facts = self._of(hit)
            return -facts.met, -(
                score + HINT * facts.hint + SHOWN * facts.shown + SAME_KIND * (facts.category in kinds)
            )

        return sorted(hits, key=place)

    def _asked(self, hits: Iterable[Hit]) -> list[Hit]:
        """Return the hits that meet every condition of the words."""
        number = len(self.wish.conditions)
        return [hit for hit in hits if number and self._of(hit).met == number]

    def _alike(self, hits: Iterable[Hit], asked: Collection[Hit], level: Level) -> list[Hit]:
        """Leave out what is not alike.

        Of what the words ask for, all of the photo's kind stays, and the rest is compared with the best of it. The
        more colour counts, the less alike the shapes may be.
        """
        best = max((hit.score for hit in asked), default=1.0)
        least = 0.0 if self.wish.has_kind else KIND_TAIL * level.threshold
        wanted = {hit.product_id for hit in asked}

        def is_alike(hit: Hit) -> bool:
            facts = self._of(hit)
            lowest = level.lowest(facts.category)
            if hit.product_id in wanted:
                is_kind = facts.category in level.kinds
                lowest = 0.0 if is_kind else min(lowest, max(least, ASKED_TAIL * best))
            return hit.score + HINT * facts.hint >= lowest * (1 - self.colour)

        return [hit for hit in hits if is_alike(hit)]


def _is(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())

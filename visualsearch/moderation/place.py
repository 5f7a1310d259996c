"""The check for pictures in a wrong category, by the vote of the nearest products.

Neighbours vote as in `visualsearch.suggestions`. A picture disagrees with its category by the logarithm of what the
strongest other category has over what its own has; its own gets the votes of its subcategories, too, and half of
those above it. How much disagreement is usual depends on the shop: where categories are brands, looks say nothing.
So a task measures it with the shop's own pictures, and with the same pictures in categories drawn at random. The check
says nothing in a shop that is too small or too new for that, or whose categories do not follow looks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from django.utils import timezone

from catalog.models import Category, Product
from catalog.models.picture import SHOWN
from visualsearch import search
from visualsearch.models import ImageEmbedding, Network, PlaceLevels, Reason
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.networks import backlog, serving
from visualsearch.networks.locks import try_lock
from visualsearch.photo import Vector
from visualsearch.words.vocabulary import from_binary

NEIGHBOURS = 20  # products that vote
TEMPERATURE = 0.15  # a cosine higher by 0.15 has 2.7 times the weight; measured by tests/benchmarks/bench_place.py
ABOVE = 0.5  # weight of a vote for a category above the picture's own
FLOOR = 0.003  # share of the votes that every category has
LOOK_AT = 0.5  # the score of USUAL
USUAL = 0.02  # share of the shop's own pictures that disagree as much
WORTH_STORING = 0.2
EXAMPLES = 3  # neighbours in the evidence

SAMPLE = 1000  # pictures to measure with
MIN_SAMPLE = 200
MIN_CATEGORIES = 3
MIN_FOUND = 0.5  # of pictures in a category drawn at random
MIN_CHANGE = 0.1  # of the pictures: measure again
LEVELS = 1001  # quantiles
BATCH = 32
LOCK = 0x5E3B1ABC  # with the network's key: one process at a time measures

# Pictures of a random sample of products, which stays the same while the shop does.
PICTURES = """
SELECT halfvec_send(e.vector), product.id, product.category_id
FROM catalog_product AS product
JOIN catalog_productimage AS picture ON picture.product_id = product.id
JOIN visualsearch_imageembedding AS e ON e.image_id = picture.id AND e.network_id = %(network)s
WHERE e.vector IS NOT NULL AND {shown}
  AND (product.status = 'published' OR product.status = 'scheduled' AND product.publish_at <= %(now)s)
  AND (hashint8(product.id) & 65535) < %(share)s * 65536
ORDER BY hashint8(product.id), product.id, hashint8(picture.id) LIMIT %(limit)s
""".replace("{shown}", SHOWN)


@dataclass(frozen=True)
class Placed:
    """A picture by its vector, with its product and the category to judge."""

    vector: Vector
    product: int
    category: int


@dataclass(frozen=True)
class Vote:
    """The weights of the nearest products, nearest first, and their pictures, by category."""

    weights: Mapping[int, float]
    pictures: Mapping[int, Sequence[int]]

    def disagreement(self, own: int, paths: Mapping[int, str]) -> tuple[float, int]:
        """Return how far the vote disagrees with a category, and the strongest other category."""
        path = paths.get(own, "")
        support, best, rival = FLOOR, FLOOR, 0
        for category, weight in self.weights.items():
            other = paths.get(category, "")
            if other.startswith(path):
                support += weight
            elif path.startswith(other):
                support += ABOVE * weight
            elif weight + FLOOR > best:
                best, rival = weight + FLOOR, category
        return math.log(best / support), rival


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Compare the votes for each picture with its category. A bounded number of queries for a batch."""
    network = serving.live()
    levels = PlaceLevels.objects.filter(network=network, found__gte=MIN_FOUND).first()
    if levels is None:
        return [[] for _ in candidates]
    placed = [_placed(each) for each in candidates]
    votes = iter(vote([each for each in placed if each], network, timezone.now()))
    judged = [(each, next(votes)) for each in placed if each]
    paths = paths_of(votes for _placed, votes in judged) | _own_paths(each for each, _votes in judged)
    found = iter([_finding(each, votes, paths, levels.levels) for each, votes in judged])
    return [next(found) if each else [] for each in placed]


def _placed(candidate: Candidate) -> Placed | None:
    """Return what is to be judged. Pictures from customers have no place of their own."""
    is_ours = candidate.product and candidate.category and not candidate.is_from_customer
    if not is_ours or candidate.vector is None:
        return None
    return Placed(candidate.vector, candidate.product or 0, candidate.category or 0)


def _finding(placed: Placed, votes: Vote, paths: Mapping[int, str], levels: Sequence[float]) -> list[Finding]:
    gap, rival = votes.disagreement(placed.category, paths)
    score = score_of(gap, levels)
    if score < WORTH_STORING:
        return []
    evidence = {
        "category": rival,
        "share": round(votes.weights.get(rival, 0.0), 3),
        "own": round(votes.weights.get(placed.category, 0.0), 3),
        "nearest": list(votes.pictures.get(rival, ())[:EXAMPLES]),
    }
    return [Finding(Reason.PLACE, "category", score, evidence)]


def score_of(gap: float, levels: Sequence[float]) -> float:
    """Return LOOK_AT if USUAL of the shop's own pictures disagree as much; more if fewer do.

    A picture that its neighbours rather put into its own category scores 0.
    """
    if gap <= 0:
        return 0.0
    beyond = (len(levels) - bisect_left(levels, gap) + 1) / (len(levels) + 1)
    return round(min(1.0, LOOK_AT * math.log(beyond) / math.log(USUAL)), 4)


def vote(placed: Sequence[Placed], network: Network, now: datetime) -> list[Vote]:
    """Let the nearest other products vote on each picture. Two queries."""
    visible = Product.objects.visible(now)
    probes = [(each.vector, visible.exclude(pk=each.product)) for each in placed]
    found = search.near_vectors(probes, network, NEIGHBOURS)
    keys = {hit.product_id for hits in found for hit in hits}
    categories = dict(Product.objects.filter(pk__in=keys).values_list("pk", "category_id"))
    return [_vote(hits, categories) for hits in found]


def _vote(hits: Sequence[search.Hit], categories: Mapping[int, int]) -> Vote:
    weights: defaultdict[int, float] = defaultdict(float)
    pictures: defaultdict[int, list[int]] = defaultdict(list)
    powers = [math.exp((hit.score - hits[0].score) / TEMPERATURE) for hit in hits]
    for hit, power in zip(hits, powers, strict=True):
        if category := categories.get(hit.product_id):
            weights[category] += power / sum(powers)
            pictures[category].append(hit.image_id)
    return Vote(dict(weights), dict(pictures))


def paths_of(votes: Iterable[Vote]) -> dict[int, str]:
    """Return the paths of all categories that got a vote. One query."""
    return _paths({category for each in votes for category in each.weights})


def _own_paths(placed: Iterable[Placed]) -> dict[int, str]:
    return _paths({each.category for each in placed})


def _paths(categories: set[int]) -> dict[int, str]:
    return dict(Category.objects.filter(pk__in=categories).values_list("pk", "path"))


def measure_stale(network: Network, now: datetime) -> bool:
    """Measure again if many pictures have come or gone and all are embedded. Return True if it did."""
    pictures = ImageEmbedding.objects.filter(network=network, vector__isnull=False).count()
    known = PlaceLevels.objects.filter(network=network).first()
    if known and abs(pictures - known.pictures) <= MIN_CHANGE * known.pictures:
        return False
    return not backlog.missing(network).exists() and measure(network, pictures, now) is not None


def measure(network: Network, pictures: int, now: datetime) -> PlaceLevels | None:
    """Measure how far pictures of this shop disagree with their categories. None if the shop is too small."""
    with try_lock(LOCK, network) as is_free:
        placed = _sample(network, pictures, now) if is_free else []
        categories = sorted({each.category for each in placed})
        if len(placed) < MIN_SAMPLE or len(categories) < MIN_CATEGORIES:
            return None
        own, moved = _gaps(placed, categories, network, now)
        levels = np.quantile(own, np.linspace(0, 1, min(LEVELS, len(own)))).round(4).tolist()
        found = float(np.mean([score_of(gap, levels) >= LOOK_AT for gap in moved]))
        values = {"levels": levels, "found": found, "pictures": pictures, "measured_at": now}
        return PlaceLevels.objects.update_or_create(network=network, defaults=values)[0]


def _gaps(
    placed: Sequence[Placed], categories: Sequence[int], network: Network, now: datetime
) -> tuple[list[float], list[float]]:
    """Return the disagreements of pictures with their own categories, and with others drawn at random."""
    random, paths = np.random.default_rng(0), _paths(set(categories))
    own, moved = list[float](), list[float]()
    for start in range(0, len(placed), BATCH):
        part = placed[start : start + BATCH]
        votes = vote(part, network, now)
        known = paths | paths_of(votes)
        for each, found in zip(part, votes, strict=True):
            others = [category for category in categories if category != each.category]
            own.append(found.disagreement(each.category, known)[0])
            moved.append(found.disagreement(int(random.choice(others)), known)[0])
    return own, moved


def _sample(network: Network, pictures: int, now: datetime) -> list[Placed]:
    share = min(1.0, 4 * SAMPLE / max(1, pictures))
    with connection.cursor() as cursor:
        cursor.execute(PICTURES, {"network": network.pk, "now": now, "share": share, "limit": SAMPLE})
        rows = cursor.fetchall()
    return [Placed(from_binary(bytes(vector)), product, category) for vector, product, category in rows]


CHECK = Check(Reason.PLACE, examine, LOOK_AT)

"""Suggest a category and attribute values for a product, from products that look like it, or else from its picture.

The nearest products by stored vectors vote, nearer ones with more weight: distance-weighted nearest neighbours (Dudani
1976, "The Distance-Weighted k-Nearest-Neighbor Rule") with a softmax of the cosine as weights (Wu et al. 2018,
"Unsupervised Feature Learning via Non-Parametric Instance Discrimination", arXiv:1805.01978). If nothing clearly looks
like the product, such as in a new shop, its picture may show an everyday kind of goods. Nothing changes until staff
accept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction

from catalog.models import AttributeValue, Category, Product, ProductQuerySet
from visualsearch import search
from visualsearch.alike import CLEAR, likeness
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.likely_kind import LikelyKind, likely_kind
from visualsearch.models import ImageEmbedding
from visualsearch.networks import serving

NEIGHBOURS = 20  # products that vote
TEMPERATURE = 0.1  # of the softmax: a cosine higher by 0.1 has 2.7 times the weight
MIN_SHARE = 0.5  # of the votes, for a suggestion
PICTURES = 4  # of a product, that say what it is


@dataclass(frozen=True)
class SuggestedCategory:
    """A category with its parents, and its share of the votes from 0 to 1."""

    category: Category
    share: float
    above: Sequence[Category]

    @property
    def path(self) -> str:
        return " › ".join(each.name for each in self.above)


@dataclass(frozen=True)
class SuggestedValue:
    """A value of an attribute, and its share of the votes from 0 to 1."""

    value: AttributeValue
    share: float


@dataclass(frozen=True)
class SuggestedKind:
    """What the product's pictures show, and the shop's category for it, if there is one."""

    kind: LikelyKind
    category: Category | None


@dataclass(frozen=True)
class Suggestions:
    """The category with the most votes, even if the product has it already, and values for its empty attributes.

    Or only `kind`: what the pictures show, if no product clearly looks like them.
    """

    category: SuggestedCategory | None = None
    values: list[SuggestedValue] = field(default_factory=list)
    is_category_new: bool = False
    kind: SuggestedKind | None = None

    def __bool__(self) -> bool:
        return bool(self.category or self.values or self.kind)

    @property
    def is_open(self) -> bool:
        """Return True if there is anything to accept."""
        return self.is_category_new or bool(self.values)

    @property
    def are_several(self) -> bool:
        """Return True if there is more than one thing to accept."""
        return self.is_category_new + len(self.values) > 1


def suggest(product: Product, products: ProductQuerySet) -> Suggestions:
    """Let the nearest of `products` vote, or if none of them is clearly like the product, its picture speak.

    Empty if no picture of the product has a vector yet. Five queries, and up to two if none is like it.
    """
    hits = search.near(product, products, NEIGHBOURS)
    is_alone = not hits or hits[0].score < CLEAR * likeness()
    if is_alone and (kind := _kind(product)):
        return Suggestions(kind=kind)
    weights = vote_weights({hit.product_id: hit.score for hit in hits})
    if not weights:
        return Suggestions()
    category = _category(weights)
    is_new = category is not None and category.category.pk != product.category_id
    return Suggestions(category, _values(product, weights), is_new)


class CategoryChanged(RuntimeError):
    """The product's category has changed since the suggestion was shown. Nothing was written."""

    def __init__(self, category: Category) -> None:
        super().__init__(f"The category is now {category}.")
        self.category = category


@transaction.atomic
def accept(
    product: Product, category: Category | None, values: Iterable[AttributeValue], seen_category: int | None = None
) -> list[str]:
    """Set the product's category and the values of its empty attributes. Return the names of the new values.

    Safe to run twice. Raises CategoryChanged if the category is no longer `seen_category`, the key that staff saw.
    """
    locked = Product.objects.select_for_update().get(pk=product.pk)
    if category is not None and seen_category and locked.category_id not in (seen_category, category.pk):
        raise CategoryChanged(locked.category)
    changed = []
    if category is not None and locked.category_id != category.pk:
        locked.category = category
        locked.save(update_fields=["category", "updated_at"])
        changed.append(str(category))
    filled = set(locked.attribute_values.values_list("attribute_id", flat=True))
    added = [value for value in values if value.attribute_id not in filled]
    locked.attribute_values.add(*added)
    return changed + [str(value) for value in added]


def vote_weights(scores: Mapping[int, float]) -> dict[int, float]:
    """Return the weight of each vote from its cosine. The weights add up to 1."""
    if not scores:
        return {}
    cosines = np.array(list(scores.values()))
    powers = np.exp((cosines - cosines.max()) / TEMPERATURE)
    return dict(zip(scores, (powers / powers.sum()).tolist(), strict=True))


def _kind(product: Product) -> SuggestedKind | None:
    """Return what the pictures show, unless the product is in a category of that name."""
    network = serving.cached().network
    rows = ImageEmbedding.objects.filter(network=network, image__product=product, vector__isnull=False)
    vectors = rows.order_by("image__position", "image").values_list("vector", flat=True)[:PICTURES]
    numbers = [np.asarray(vector, dtype=np.float32) for vector in vectors]
    found = likely_kind(unit_vectors(np.mean(numbers, axis=0)), network) if numbers else None
    if found is None or found.find_category([product.category]):
        return None
    return SuggestedKind(found, found.find_category(Category.objects.filter(name__iexact=str(found.plural))))


def _category(weights: Mapping[int, float]) -> SuggestedCategory | None:
    votes: defaultdict[int, float] = defaultdict(float)
    for key, category in Product.objects.filter(pk__in=weights).values_list("pk", "category_id"):
        votes[category] += weights[key]
    best = max(votes, key=votes.__getitem__, default=None)
    if best is None or votes[best] < MIN_SHARE:
        return None
    found = Category.objects.filter(pk=best).first()
    return SuggestedCategory(found, votes[best], found.breadcrumbs()) if found else None


def _values(product: Product, weights: Mapping[int, float]) -> list[SuggestedValue]:
    votes: defaultdict[int, float] = defaultdict(float)
    links = Product.attribute_values.through.objects.filter(product_id__in=weights)
    for key, value in links.values_list("product_id", "attributevalue_id"):
        votes[value] += weights[key]
    likely = [value for value, share in votes.items() if share >= MIN_SHARE]
    open_values = AttributeValue.objects.filter(pk__in=likely).exclude(attribute__values__products=product)
    return [SuggestedValue(value, votes[value.pk]) for value in open_values.select_related("attribute")]

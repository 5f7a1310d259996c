"""What staff may want to say of a product, from what looks like it: a category, and values of attributes.

The neighbours of the product's stored vectors vote, the nearer the more: distance-weighted nearest neighbours (Dudani
1976, "The Distance-Weighted k-Nearest-Neighbor Rule") with the weights of a softmax of the cosine, as in Wu et al.
2018, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", arXiv:1805.01978. No picture is
looked at again, and nothing is set unless somebody accepts it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction

from catalog.models import AttributeValue, Category, Product, ProductQuerySet
from visualsearch import search

NEIGHBOURS = 20  # products that vote
TEMPERATURE = 0.1  # of the softmax: a cosine that is 0.1 higher weighs 2.7 times as much
LEAST_SHARE = 0.5  # of the votes: what fewer say is not worth anybody's time


@dataclass(frozen=True)
class SuggestedCategory:
    """A category with those above it, and the share of the votes for it, from 0 to 1."""

    category: Category
    share: float
    above: Sequence[Category]

    @property
    def path(self) -> str:
        return " › ".join(each.name for each in self.above)


@dataclass(frozen=True)
class SuggestedValue:
    """A value of an attribute, and the share of the votes for it, from 0 to 1."""

    value: AttributeValue
    share: float


@dataclass(frozen=True)
class Suggestions:
    """What the neighbours say: the category, even where it is the product's own; values of attributes without any."""

    category: SuggestedCategory | None = None
    values: list[SuggestedValue] = field(default_factory=list)
    is_category_new: bool = False

    def __bool__(self) -> bool:
        return bool(self.category or self.values)

    @property
    def is_open(self) -> bool:
        """Whether there is anything to accept."""
        return self.is_category_new or bool(self.values)

    @property
    def are_several(self) -> bool:
        """Whether there is more than one thing to accept."""
        return self.is_category_new + len(self.values) > 1


def suggest(product: Product, products: ProductQuerySet) -> Suggestions:
    """What the nearest among `products` are; empty where no picture of the product has a vector yet. Five queries."""
    weights = vote_weights({hit.product_id: hit.score for hit in search.near(product, products, NEIGHBOURS)})
    if not weights:
        return Suggestions()
    category = _category(weights)
    is_new = category is not None and category.category.pk != product.category_id
    return Suggestions(category, _values(product, weights), is_new)


class CategoryChanged(RuntimeError):
    """The product's category has changed since the suggestion was shown. Nothing was written."""

    def __init__(self, category: Category) -> None:
        super().__init__(f"The category is {category} by now.")
        self.category = category


@transaction.atomic
def accept(
    product: Product, category: Category | None, values: Iterable[AttributeValue], seen_category: int | None = None
) -> list[str]:
    """Give the product a category, and values of attributes that it has none of. Returns the names of what changed.

    Safe to run twice; an attribute that was filled meanwhile is left alone. Raises CategoryChanged
    where the category is neither this one nor `seen_category`, the key of the one that was shown.
    """
    locked = Product.objects.select_for_update().get(pk=product.pk)
    if category is not None and seen_category and locked.category_id not in (seen_category, category.pk):
        raise CategoryChanged(locked.category)
    changed = []
    if category is not None and locked.category_id != category.pk:
        locked.category = category
        locked.save(update_fields=["category", "updated_at"])
        changed.append(str(category))
    taken = set(locked.attribute_values.values_list("attribute_id", flat=True))
    added = [value for value in values if value.attribute_id not in taken]
    locked.attribute_values.add(*added)
    return changed + [str(value) for value in added]


def vote_weights(scores: Mapping[int, float]) -> dict[int, float]:
    """The weight of each neighbour's vote, from its cosine; together 1."""
    if not scores:
        return {}
    cosines = np.array(list(scores.values()))
    powers = np.exp((cosines - cosines.max()) / TEMPERATURE)
    return dict(zip(scores, (powers / powers.sum()).tolist(), strict=True))


def _category(weights: Mapping[int, float]) -> SuggestedCategory | None:
    votes: defaultdict[int, float] = defaultdict(float)
    for key, category in Product.objects.filter(pk__in=weights).values_list("pk", "category_id"):
        votes[category] += weights[key]
    best = max(votes, key=votes.__getitem__, default=None)
    if best is None or votes[best] < LEAST_SHARE:
        return None
    found = Category.objects.filter(pk=best).first()
    return SuggestedCategory(found, votes[best], found.breadcrumbs()) if found else None


def _values(product: Product, weights: Mapping[int, float]) -> list[SuggestedValue]:
    votes: defaultdict[int, float] = defaultdict(float)
    links = Product.attribute_values.through.objects.filter(product_id__in=weights)
    for key, value in links.values_list("product_id", "attributevalue_id"):
        votes[value] += weights[key]
    likely = [value for value, share in votes.items() if share >= LEAST_SHARE]
    open_values = AttributeValue.objects.filter(pk__in=likely).exclude(attribute__values__products=product)
    return [SuggestedValue(value, votes[value.pk]) for value in open_values.select_related("attribute")]

"""Pictures in a wrong category, found by the vote of the nearest products."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Category
from tests.factories import CategoryFactory, ProductFactory
from tests.visualsearch.moderation.made import candidate, public_picture, stock, vector
from visualsearch.models import ImageEmbedding, Network, PlaceLevels
from visualsearch.moderation import place
from visualsearch.moderation.finding import Finding

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MUGS, LAMPS, CHAIRS = 0, 1, 2


@pytest.fixture(autouse=True)
def _small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "MIN_SAMPLE", 30)


@pytest.fixture
def categories(network: Network) -> list[Category]:
    """Return three categories with twenty products each. Mugs are in the kitchen."""
    kitchen = CategoryFactory(name="Kitchen")
    found = [
        CategoryFactory(name="Mugs", parent=kitchen),
        CategoryFactory(name="Lamps"),
        CategoryFactory(name="Chairs"),
    ]
    for cluster, category in enumerate(found):
        stock(category, cluster, 20, network)
    return found


def measure(network: Network) -> PlaceLevels | None:
    return place.measure(network, ImageEmbedding.objects.count(), NOW)


def find(cluster: int, category: Category, network: Network) -> list[Finding]:
    product = ProductFactory(category=category, price=None)
    return place.examine([candidate(vector(cluster, 99, network), product)])[0]


def test_a_picture_among_other_goods_is_found_with_its_evidence(network: Network, categories: list[Category]) -> None:
    levels = measure(network)
    assert levels
    assert levels.found == 1.0
    [finding] = find(LAMPS, categories[MUGS], network)
    assert (finding.check, finding.code) == ("place", "category")
    assert finding.score >= place.CHECK.look_at
    assert finding.evidence["category"] == categories[LAMPS].pk
    assert finding.evidence["share"] > 0.9
    pictures = set(
        ImageEmbedding.objects.filter(image__product__category=categories[LAMPS]).values_list("image", flat=True)
    )
    assert len(finding.evidence["nearest"]) == place.EXAMPLES
    assert set(finding.evidence["nearest"]) <= pictures


def test_a_picture_among_its_own_kind_is_not(network: Network, categories: list[Category]) -> None:
    measure(network)
    assert find(LAMPS, categories[LAMPS], network) == []


def test_votes_for_a_subcategory_count_for_the_category_above_and_half_the_other_way() -> None:
    vote = place.Vote({1: 0.4, 2: 0.6}, {})
    paths = {1: "0001", 2: "00010001", 3: "0002", 4: "00010002"}
    assert vote.disagreement(1, paths)[0] < 0  # its own and those below
    gap, rival = vote.disagreement(4, paths)
    assert (rival, gap > 1) == (2, True)  # half of those above against a sibling
    assert vote.disagreement(3, paths)[0] > gap


def test_the_pictures_of_the_same_product_do_not_vote(network: Network, categories: list[Category]) -> None:
    measure(network)
    product = ProductFactory(category=categories[MUGS], price=None)
    for seed in range(30):
        public_picture(product, vector(LAMPS, 500 + seed, network), network)
    [finding] = place.examine([candidate(vector(LAMPS, 99, network), product)])[0]
    assert finding.score >= place.CHECK.look_at


def test_a_small_shop_is_silent(network: Network) -> None:
    for cluster in range(3):
        stock(CategoryFactory(), cluster, 3, network)
    assert measure(network) is None
    assert find(MUGS, CategoryFactory(), network) == []


def test_a_shop_whose_categories_do_not_follow_looks_is_silent(network: Network) -> None:
    brands = [CategoryFactory(), CategoryFactory(), CategoryFactory()]
    for cluster in range(3):
        for brand in brands:
            stock(brand, cluster, 5, network)
    levels = measure(network)
    assert levels
    assert levels.found < place.MIN_FOUND
    assert find(MUGS, CategoryFactory(), network) == []


def test_pictures_without_a_vector_or_a_place_are_left_out(network: Network, categories: list[Category]) -> None:
    measure(network)
    wrong = ProductFactory(category=categories[MUGS], price=None)
    batch = [
        candidate(None, wrong),
        candidate(vector(LAMPS, 99, network)),
        candidate(vector(LAMPS, 99, network), wrong),
    ]
    assert [len(findings) for findings in place.examine(batch)] == [0, 0, 1]


def test_a_batch_needs_few_queries(
    network: Network, categories: list[Category], django_assert_max_num_queries: Any
) -> None:
    measure(network)
    products = [ProductFactory(category=categories[seed % 3], price=None) for seed in range(9)]
    batch = [candidate(vector(LAMPS, 99 + seed, network), each) for seed, each in enumerate(products)]
    with django_assert_max_num_queries(7):
        place.examine(batch)


def test_it_measures_again_once_a_tenth_of_the_pictures_has_changed(
    network: Network, categories: list[Category]
) -> None:
    assert place.measure_stale(network, NOW)
    assert not place.measure_stale(network, NOW)
    stock(categories[MUGS], MUGS, 7, network)
    assert place.measure_stale(network, NOW)

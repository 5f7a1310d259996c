"""Pictures are drawn at random without reading a large table."""

from collections import Counter

import pytest
from django.db.models import QuerySet

from catalog.models import ProductImage
from tests.factories import ProductFactory
from tests.visualsearch.moderation.made import public_picture, vector
from visualsearch.models import Network
from visualsearch.moderation import sampling
from visualsearch.moderation.sampling import draw_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(network: Network) -> list[int]:
    product = ProductFactory()
    return [public_picture(product, vector(0, seed, network), network).pk for seed in range(12)]


@pytest.mark.parametrize("few", [1, 10_000])
def test_every_row_is_drawn_about_as_often(keys: list[int], few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "FEW", few)
    drawn = Counter(key for _ in range(200) for key in draw_keys(pictures(), 3))
    assert set(drawn) == set(keys)
    assert max(drawn.values()) < 3 * min(drawn.values())


def test_a_large_table_is_not_sorted(
    keys: list[int], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    monkeypatch.setattr(sampling, "FEW", 1)
    with django_assert_num_queries(2) as captured:  # type: ignore[operator]
        assert len(draw_keys(pictures(), 5)) == 5
    assert not any("RANDOM()" in query["sql"] for query in captured.captured_queries)


def test_fewer_rows_than_wanted_are_all_drawn(keys: list[int]) -> None:
    assert sorted(draw_keys(pictures(), 50)) == keys


def test_nothing_is_drawn_from_nothing(network: Network) -> None:
    assert draw_keys(pictures(), 5) == []


def pictures() -> QuerySet[ProductImage]:
    return ProductImage.objects.shown()

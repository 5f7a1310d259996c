"""Learning the words of a shop, and the vector of a query."""

import numpy as np
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Product, Synonym
from tests.visualsearch.words.shop import PRODUCTS, stock_the_shop
from visualsearch import tasks
from visualsearch.models import ImageEmbedding, Network, Vocabulary, WordVector
from visualsearch.words import refresh
from visualsearch.words.bags import bag
from visualsearch.words.vocabulary import words_vector

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(network: Network) -> list[Product]:
    return stock_the_shop(network)


def scores(text: str, network: Network) -> dict[int, float]:
    """Return the score of each product's picture for the words."""
    wanted = words_vector(text)
    assert wanted is not None
    rows = ImageEmbedding.objects.filter(network=network).values_list("image__product", "vector")
    return {product: float(np.dot(vector or [], wanted.vector)) for product, vector in rows}


def test_a_query_scores_the_products_that_look_like_it_highest(shop: list[Product], network: Network) -> None:
    found = scores("blue plates", network)
    best = sorted(found, key=found.__getitem__, reverse=True)[:3]
    wanted = [p.pk for p in shop if p.category.name == "Plates" and p.attribute_values.filter(slug="blue").exists()]
    assert len(set(best) & set(wanted)) >= 2


def test_other_forms_of_a_word_have_the_same_vector(shop: list[Product]) -> None:
    one, other = words_vector("plate"), words_vector("PLATES!")
    assert one is not None
    assert other is not None
    assert np.array_equal(one.vector, other.vector)


def test_words_that_the_shop_never_had_have_no_vector(shop: list[Product]) -> None:
    for text in ("sneakers", "", "the", "4711", "皿", "!!!"):
        assert words_vector(text) is None


def test_an_unknown_word_beside_a_known_one_is_named_and_not_visible(shop: list[Product]) -> None:
    found = words_vector("blue sneakers")
    assert found is not None
    assert [each.word for each in found.words] == ["blue"]
    assert found.unknown == ("sneakers",)
    assert not found.is_visible


def test_vectors_have_unit_length_and_belong_to_the_live_network(shop: list[Product], network: Network) -> None:
    found = words_vector("red plate")
    assert found is not None
    assert found.network == network
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-3)


def test_a_warm_process_looks_words_up_without_a_query(
    shop: list[Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    words_vector("blue")
    with django_assert_num_queries(0):
        assert words_vector("green rugs") is not None


def test_learning_twice_changes_nothing(shop: list[Product], network: Network) -> None:
    before = list(WordVector.objects.order_by("word").values_list("word", "products", "threshold"))
    assert not refresh.refresh_stale(network, timezone.now())
    assert refresh.refresh(network, 1, timezone.now())
    assert list(WordVector.objects.order_by("word").values_list("word", "products", "threshold")) == before


def test_words_are_learnt_again_when_they_are_old_or_pictures_change(shop: list[Product], network: Network) -> None:
    now = timezone.now()
    assert not refresh.refresh_stale(network, now)
    assert refresh.refresh_stale(network, now + refresh.MAX_AGE)
    ImageEmbedding.objects.filter(pk__in=ImageEmbedding.objects.values("pk")[:7]).delete()
    assert refresh.refresh_stale(network, now + refresh.MAX_AGE)
    assert Vocabulary.objects.get().pictures == PRODUCTS - 7


def test_drafts_teach_nothing(shop: list[Product], network: Network) -> None:
    Product.objects.update(status=Product.Status.DRAFT)
    assert refresh.refresh(network, PRODUCTS, timezone.now())
    assert not WordVector.objects.exists()


def test_a_large_shop_teaches_by_a_sample(
    shop: list[Product], network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MAX_PRODUCTS", 13)
    bags, vectors = refresh.sample(network, timezone.now())
    assert 5 < len(bags) == len(vectors) < 22


def test_a_network_without_pictures_learns_no_words(network: Network) -> None:
    tasks.learn_words()
    assert Vocabulary.objects.get(network=network).pictures == 0
    assert words_vector("mug") is None


def test_bags_hold_stems_without_stop_words_numbers_and_letters() -> None:
    assert bag("The Halden mugs, 300 ml & a T-shirt in blue/blue") == ["halden", "mug", "ml", "shirt", "blue"]


def test_a_word_that_the_shop_does_not_use_looks_like_its_synonym(shop: list[Product]) -> None:
    Synonym.objects.create(words="dish", synonyms="plate", kind=Synonym.Kind.SAME)
    found = words_vector("blue dishes")
    assert found is not None
    assert {each.word for each in found.words} == {"blue", "plate"}
    assert found.is_visible


def test_what_a_query_excludes_has_no_looks(shop: list[Product]) -> None:
    found = words_vector("plates not red under 20")
    assert found is not None
    assert [each.word for each in found.words] == ["plate"]

"""Thousands of products with the same placeholder do not hide other products, and can be found."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from catalog.models import Product, ProductQuerySet
from tests.visualsearch.many import Vectors, clustered, stocked_shop
from tests.visualsearch.photos import by_photo
from tests.visualsearch.test_search import plan_of, similar_to
from visualsearch import search
from visualsearch.closeness import PRODUCT
from visualsearch.matches import Ranking
from visualsearch.models import ImageEmbedding
from visualsearch.networks import serving
from visualsearch.photo import PhotoEmbedding
from visualsearch.query_map import make_probe
from visualsearch.recommendations import recommend
from visualsearch.wishes import read_wish

REAL, SAME = 1_600, 4_000  # pictures, two of each product
QUERIES = 150
AT = 24


def visible() -> ProductQuerySet:
    return Product.objects.visible(timezone.now())


def embedding(vector: Vectors) -> PhotoEmbedding:
    return PhotoEmbedding(vector, serving.live())


def photographed(vectors: Vectors, seed: int = 3) -> Vectors:
    """Return vectors of other photos of the same products: near, but not equal."""
    noisy = vectors + 0.3 * np.random.default_rng(seed).normal(size=vectors.shape) / vectors.shape[1] ** 0.5
    units: Vectors = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
    return units


@pytest.fixture(scope="class")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Vectors]:
    """Return the vectors of real pictures, in a shop in which all other products have one placeholder."""
    with django_db_blocker.unblock():
        network = serving.live()
        real, placeholder = clustered(REAL), clustered(1, seed=9)
        with stocked_shop(network, np.concatenate([real, np.repeat(placeholder, SAME, axis=0)])):
            yield real


@pytest.mark.slow
@pytest.mark.xdist_group("identical pictures")
@pytest.mark.django_db
class TestManyIdentical:
    def test_index_holds_equal_vectors_once(self, shop: Vectors) -> None:
        assert ImageEmbedding.objects.filter(is_copy=False).count() == REAL + 1

    def test_photo_finds_its_product_despite_the_placeholder(self, shop: Vectors) -> None:
        """Every photo finds its product first, with a mean recall at 24 of at least 0.99."""
        chosen = np.random.default_rng(5).choice(REAL, QUERIES, replace=False)
        stored = shop.astype(np.float16).astype(np.float32)
        recalls = []
        for number, photo in zip(chosen, photographed(shop[chosen]), strict=True):
            best = list(dict.fromkeys((np.argsort(-(stored @ photo)) // 2 + 1).tolist()))[:AT]
            found = [result.product.slug for result in by_photo(embedding(photo), visible(), AT)]
            assert found[0] == f"product-{number // 2 + 1}"
            recalls.append(len({f"product-{n}" for n in best} & set(found)) / AT)
        assert np.mean(recalls) >= 0.99

    def test_the_index_is_used(self, shop: Vectors) -> None:
        scanned = plan_of(lambda: by_photo(embedding(shop[7]), visible(), AT))
        assert (scanned.index, scanned.exact) == (1, 0)

    def test_similar_products_are_found(self, shop: Vectors) -> None:
        for number in range(1, 41):
            product = Product.objects.get(slug=f"product-{number}")
            stored = shop.copy()
            stored[2 * number - 2 : 2 * number] = 0
            probes = [make_probe(embedding(own), PRODUCT) for own in shop[2 * number - 2 : 2 * number]]
            best = int(np.argmax(np.max([probe.scale * (stored @ probe.vector) for probe in probes], axis=0)))
            assert similar_to(product, visible(), 8)[0].product.slug == f"product-{best // 2 + 1}"

    def test_recommendations_and_words_find_real_products(self, shop: Vectors) -> None:
        real = {f"product-{n + 1}" for n in range(REAL // 2)}
        assert {result.product.slug for result in recommend(["product-3", "product-400"], visible(), 8)} <= real
        found = Ranking(embedding(photographed(shop[20:21])[0]), read_wish("product 11")).find(visible())
        assert Product.objects.get(pk=found.hits[0].product_id).slug == "product-11"

    def test_photo_of_the_placeholder_finds_products_that_have_it(self, shop: Vectors) -> None:
        found = by_photo(embedding(clustered(1, seed=9)[0]), visible(), AT)
        assert len(found) == AT
        assert all(result.score > 0.99 for result in found)

    def test_filter_applies_to_each_of_the_equal_pictures(self, shop: Vectors) -> None:
        """The one row in the index belongs to a product that the filter excludes."""
        last = (REAL + SAME) // 2
        everything = search.Effort(exact_up_to=0)
        products = visible().priced(at_least=Decimal(last - 10))
        hits = search.photo_hits(embedding(clustered(1, seed=9)[0]), products, 5, everything)
        assert len({hit.product_id for hit in hits if hit.score > 0.99}) >= 5

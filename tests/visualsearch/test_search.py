"""The search statement: right results, complete with filters, and the expected query plans."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from catalog.models import Product, ProductQuerySet
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.many import Vectors, clustered, stocked_shop
from tests.visualsearch.photos import by_photo
from visualsearch import search
from visualsearch.closeness import STEPS
from visualsearch.matches import Ranking
from visualsearch.models import Activation, ImageEmbedding, Network
from visualsearch.networks import serving
from visualsearch.photo import PhotoEmbedding
from visualsearch.recommendations import recommend
from visualsearch.wishes import read_wish

MANY = 20_000
QUERIES = 500


def visible() -> ProductQuerySet:
    return Product.objects.visible(timezone.now())


def similar_to(product: Product, products: ProductQuerySet, limit: int) -> list[search.Result]:
    return search.results_of(search.near(product, products, limit))


def embedding(vector: Vectors) -> PhotoEmbedding:
    """Return the vector as an embedding by the live network."""
    return PhotoEmbedding(vector, serving.live())


def embed(network: Network, vectors: dict[Product, list[Vectors]]) -> None:
    for product, each in vectors.items():
        for vector in each:
            image = ImageFactory(product=product)
            ImageEmbedding.objects.create(
                image=image, network=network, vector=vector.tolist(), image_sha256=image.sha256
            )


@pytest.mark.django_db
class TestFewPictures:
    """Small shops are searched exactly."""

    def test_best_picture_of_each_product_counts(self, network: Network) -> None:
        one, two = ProductFactory(title="One"), ProductFactory(title="Two")
        vectors = clustered(4)
        embed(network, {one: [vectors[0], vectors[1]], two: [vectors[2]]})
        found = by_photo(embedding(vectors[1]), visible(), 10)
        assert [result.product for result in found] == [one, two]
        assert found[0].score == pytest.approx(1, abs=1e-3)
        assert found[0].image == list(one.images.all())[1]

    def test_ties_have_one_order(self, network: Network) -> None:
        vector = clustered(1)[0]
        products = [ProductFactory() for _ in range(5)]
        embed(network, {product: [vector] for product in reversed(products)})
        assert [result.product for result in by_photo(embedding(vector), visible(), 5)] == products

    def test_many_pictures_of_one_product_do_not_crowd_out_the_rest(self, network: Network) -> None:
        vector, *others = clustered(4)
        crowd = ProductFactory()
        embed(network, {crowd: [vector] * 12} | {ProductFactory(): [other] for other in others})
        assert len(by_photo(embedding(vector), visible(), 4)) == 4

    def test_similar_excludes_the_product(self, network: Network) -> None:
        vectors = clustered(3)
        products = [ProductFactory() for _ in range(3)]
        embed(network, dict(zip(products, ([vector] for vector in vectors), strict=True)))
        found = similar_to(products[0], visible(), 5)
        assert {result.product for result in found} == set(products[1:])
        expected = sorted((float(vectors[0] @ vectors[n]) for n in (1, 2)), reverse=True)
        assert [result.score for result in found] == pytest.approx([max(0, cosine) for cosine in expected], abs=1e-3)

    def test_similar_searches_with_every_picture_of_the_product(self, network: Network) -> None:
        vectors = clustered(3)
        subject, near_second = ProductFactory(), ProductFactory()
        embed(network, {subject: [vectors[0], vectors[1]], near_second: [vectors[1]], ProductFactory(): [vectors[2]]})
        assert similar_to(subject, visible(), 1)[0].product == near_second

    def test_nothing_is_similar_to_a_product_without_pictures(self, network: Network) -> None:
        assert similar_to(ProductFactory(), visible(), 5) == []

    def test_without_products_there_are_no_results(self, network: Network) -> None:
        assert by_photo(embedding(clustered(1)[0]), Product.objects.none(), 5) == []

    def test_vectors_of_another_network_are_never_compared(self, network: Network) -> None:
        vector = clustered(1)[0]
        other = Network.objects.create(name="other", sha256="0" * 64, dimensions=128)
        embed(other, {ProductFactory(): [vector[:128]]})
        assert by_photo(embedding(vector), visible(), 5) == []

    def test_similar_survives_a_rebuilt_database(self, network: Network) -> None:
        Activation.objects.all().delete()
        Network.objects.all().delete()
        again = Network.objects.create(name="again", sha256=network.sha256, dimensions=256, card=network.card)
        Activation.objects.create(network=again, reason="start")
        vector, products = clustered(1)[0], [ProductFactory(), ProductFactory()]
        embed(again, {product: [vector] for product in products})
        assert serving.cached().network.pk != again.pk
        assert [result.product for result in similar_to(products[0], visible(), 5)] == [products[1]]

    def test_similar_notices_a_swap_within_the_call(
        self, network: Network, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first, second, third = clustered(3)
        products = [ProductFactory() for _ in range(3)]
        embed(network, dict(zip(products, ([first], [first], [third]), strict=True)))
        other = Network.objects.create(
            name="other", sha256="0" * 64, dimensions=128, card=network.card | {"spread": []}
        )
        halves = (second[:128], third[:128], second[:128])
        embed(other, {each: [half / np.linalg.norm(half)] for each, half in zip(products, halves, strict=True)})
        assert similar_to(products[0], visible(), 1)[0].product == products[1]
        Activation.objects.create(network=other, reason="activate")
        with django_assert_num_queries(5):  # two of them read the new network, once
            assert similar_to(products[0], visible(), 1)[0].product == products[2]
        with django_assert_num_queries(3):
            assert similar_to(products[0], visible(), 1)[0].product == products[2]

    def test_sorting_keeps_the_results(self, network: Network) -> None:
        vectors = clustered(3)
        products = [ProductFactory(price=price) for price in ("30.00", "10.00", "20.00")]
        embed(network, dict(zip(products, ([vector] for vector in vectors), strict=True)))
        found = by_photo(embedding(vectors[0]), visible(), 3, arrange=lambda each: each.order_by("price_amount"))
        assert [result.product for result in found] == [products[1], products[2], products[0]]

    def test_similar_needs_three_queries(
        self, network: Network, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        vectors = clustered(8)
        products = [ProductFactory() for _ in range(8)]
        embed(network, dict(zip(products, ([vector] for vector in vectors), strict=True)))
        with django_assert_num_queries(3):
            found = similar_to(products[0], visible(), 8)
            assert all(result.product.cover and result.product.category.name for result in found)
        assert len(found) == 7

    def test_recommendations_favour_frequently_viewed_kinds(self, network: Network) -> None:
        world = clustered(60, clusters=2)
        products = [ProductFactory(slug=f"thing-{n}") for n in range(60)]
        embed(network, dict(zip(products, ([vector] for vector in world), strict=True)))
        viewed = ["thing-0", "thing-1", "no-such-thing"]
        found = recommend(viewed, visible(), 10)
        assert len(found) == 10
        assert not {"thing-0", "thing-1"} & {result.product.slug for result in found}
        nearest = similar_to(products[0], visible(), 3)
        assert nearest[0].product.slug in {"thing-1", *(result.product.slug for result in found)}

    def test_there_are_no_recommendations_without_a_history(self, network: Network) -> None:
        assert recommend([], visible(), 10) == []


@pytest.fixture(scope="class")
def large_shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Vectors]:
    """Create 20,000 pictures of 10,000 products with an index, once for all tests of the class."""
    with django_db_blocker.unblock():
        network = serving.live()
        vectors = clustered(MANY)
        with stocked_shop(network, vectors):
            yield vectors


@pytest.fixture
def adjustable(db: None) -> Iterator[Network]:
    """Return the live network with a spread on its card."""
    network = serving.live()
    card = dict(network.card)
    network.card["spread"] = np.linspace(2.5, 0.5, network.dimensions).tolist()
    network.save()
    yield serving.live()
    network.card = card
    network.save()
    serving.current()  # the process remembers it


@pytest.mark.slow
@pytest.mark.xdist_group("large shop")  # one worker fills it once
@pytest.mark.django_db
@pytest.mark.usefixtures("large_shop")
class TestManyPictures:
    """With 20,000 pictures, wide searches use the index and narrow ones are exact."""

    def test_wide_photo_search_uses_the_index(self) -> None:
        scanned = plan_of(lambda: by_photo(embedding(clustered(1, seed=2)[0]), visible(), 24))
        assert scanned.index == 1
        assert scanned.exact == 0

    def test_wide_filter_uses_the_index(self) -> None:
        scanned = plan_of(
            lambda: by_photo(embedding(clustered(1, seed=2)[0]), visible().priced(at_most=Decimal(5000)), 24)
        )
        assert (scanned.index, scanned.exact) == (1, 0)

    def test_narrow_filter_compares_all_pictures(self) -> None:
        scanned = plan_of(
            lambda: by_photo(embedding(clustered(1, seed=2)[0]), visible().priced(at_most=Decimal(900)), 24)
        )
        assert (scanned.index, scanned.exact) == (0, 1)

    def test_similar_scans_the_index_once_for_each_picture(self) -> None:
        product = Product.objects.get(slug="product-77")
        scanned = plan_of(lambda: similar_to(product, visible(), 8))
        assert (scanned.index, scanned.exact) == (2, 0)

    @pytest.mark.parametrize("step", STEPS)
    def test_every_closeness_uses_the_index(self, adjustable: Network, step: str) -> None:
        photo = PhotoEmbedding(clustered(1, seed=2)[0], adjustable)
        scanned = plan_of(lambda: search.photo_hits(photo, visible(), 24, step=step))
        assert (scanned.index, scanned.exact) == (1, 0)

    @pytest.mark.usefixtures("adjustable")
    def test_similar_at_another_closeness_scans_the_index_once_for_each_picture(self) -> None:
        product = Product.objects.get(slug="product-77")
        scanned = plan_of(lambda: similar_to(product, visible(), 8))
        assert (scanned.index, scanned.exact) == (2, 0)
        assert len(similar_to(product, visible(), 8)) == 8

    def test_groups_are_searched_in_one_message_each_by_its_better_branch(self) -> None:
        product = Product.objects.get(slug="product-77")
        wide, narrow = visible().in_stock(), visible().priced(at_most=Decimal(900))
        groups = [search.Group(wide, 8), search.Group(narrow, 8), search.Group(Product.objects.none(), 8)]
        plans = plans_of(lambda: search.near_groups(product, groups))
        assert [(plan.index, plan.exact) for plan in plans] == [(2, 0), (0, 1)]
        assert [len(hits) for hits in search.near_groups(product, groups)] == [8, 8, 0]

    def test_recommendations_scan_the_index_once_for_each_viewed_product(self) -> None:
        viewed = [f"product-{n}" for n in (10, 2000, 7000)]
        scanned = plan_of(lambda: recommend(viewed, visible(), 8))
        assert (scanned.index, scanned.exact) == (3, 0)

    def test_words_and_photo_scan_the_index_once(self) -> None:
        """The products that meet the words are searched too, but none does."""
        ranking = Ranking(embedding(clustered(1, seed=2)[0]), read_wish("teapot"))
        scanned = plan_of(lambda: ranking.find(visible()))
        assert scanned.index >= 1

    @pytest.mark.parametrize(("label", "most"), [("all", 10_000), ("half", 5_000), ("a sixth", 1_700), ("1%", 100)])
    def test_index_matches_exact_search(self, large_shop: Vectors, label: str, most: int) -> None:
        """The mean recall at 20 is at least 0.99 and no query is below 0.90, with and without filters."""
        stored = large_shop.astype(np.float16).astype(np.float32)[: 2 * most]
        keys = dict(ImageEmbedding.objects.values_list("image__product__slug", "image__product_id"))
        of_picture = np.array([keys[f"product-{n // 2 + 1}"] for n in range(2 * most)])
        queries = clustered(QUERIES if label == "all" else QUERIES // 5, seed=2)
        recalls = []
        for query, scores in zip(queries, queries @ stored.T, strict=True):
            best = list(dict.fromkeys(of_picture[np.argsort(-scores)[:60]].tolist()))[:20]
            hits = search.best_per_product(
                search.photo_hits(embedding(query), visible().priced(at_most=Decimal(most)), 20)
            )[:20]
            recalls.append(len({hit.product_id for hit in hits} & set(best)) / len(best))
        assert np.mean(recalls) >= 0.99
        assert min(recalls) >= 0.90

    def test_filter_without_near_products_still_fills_the_page(self, large_shop: Vectors) -> None:
        """When the index scan gives up, the exact branch takes over, so no matching product is lost."""
        vector = clustered(1, seed=2)[0]
        best = (large_shop @ vector).reshape(-1, 2).max(axis=1)
        farthest = visible().filter(slug__in=[f"product-{n + 1}" for n in np.argsort(best)[:2000]])
        little = search.Effort(exact_up_to=10, ef_search=10, max_scan_tuples=1)
        make_random_reads_cheap()
        assert plan_of(lambda: search.photo_hits(embedding(vector), farthest, 24, little)).index == 1
        hits = search.photo_hits(embedding(vector), farthest, 24, little)
        assert len(search.best_per_product(hits)) >= 24

    def test_search_among_all_products_of_a_large_shop_counts_none(self) -> None:
        vector = clustered(1, seed=2)[0]

        def hits(effort: search.Effort) -> list[search.Hit]:
            return search.photo_hits(embedding(vector), visible(), 24, effort)

        assert plan_of(lambda: hits(search.ALL_PRODUCTS)).counted == 0
        assert plan_of(lambda: hits(search.DEFAULT_EFFORT)).counted == 2_001
        assert hits(search.ALL_PRODUCTS) == hits(search.DEFAULT_EFFORT)

    def test_search_among_all_products_of_a_smaller_shop_counts_them(self) -> None:
        effort = search.Effort(exact_up_to=10_000, among_all=True)
        scanned = plan_of(lambda: search.photo_hits(embedding(clustered(1)[0]), visible(), 24, effort))
        assert (scanned.index, scanned.counted) == (1, 10_001)

    def test_exact_branch_never_uses_the_index(self, large_shop: Vectors) -> None:
        vector = clustered(1, seed=2)[0]
        make_random_reads_cheap()
        everything = search.Effort(exact_up_to=search.EVERYTHING, ef_search=10, max_scan_tuples=1)
        scanned = plan_of(lambda: search.photo_hits(embedding(vector), visible(), 500, everything))
        assert (scanned.index, scanned.exact) == (0, 1)
        hits = search.photo_hits(embedding(vector), visible(), 500, everything)
        best = np.sort(large_shop.astype(np.float16).astype(np.float32) @ vector)[::-1][: len(hits)]
        assert np.allclose([hit.score for hit in hits], best, atol=2e-3)


def make_random_reads_cheap() -> None:
    """Make the index look cheap to the planner during a test."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 0.01; SET LOCAL enable_sort = off")


class Scanned:
    """How often each branch ran, and how many pictures were counted first, by EXPLAIN ANALYZE."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.index = self.exact = self.counted = 0
        self._walk(plan)

    def _walk(self, node: dict[str, Any]) -> None:
        if node["Actual Loops"]:
            if str(node.get("Index Name", "")).startswith("embedding_hnsw"):
                self.index += int(node["Actual Loops"])
            elif node.get("Relation Name") == "visualsearch_imageembedding" and node.get("Alias") == "e":
                self.exact = 1
            elif node.get("Subplan Name") == "CTE candidates":
                self.counted = int(node["Actual Rows"])
        for child in node.get("Plans", []):
            self._walk(child)


def plan_of(ask: Callable[[], object]) -> Scanned:
    """Return the plan of the search statement that `ask` runs."""
    return plans_of(ask)[0]


def plans_of(ask: Callable[[], object]) -> list[Scanned]:
    """Return the plans of the search statements in the first message that `ask` sends."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    message = next(query["sql"] for query in captured.captured_queries if "<#>" in query["sql"])
    explained = re.sub(r"^WITH probes", "EXPLAIN (ANALYZE, FORMAT JSON) WITH probes", message, flags=re.M)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(explained)
        while True:
            if cursor.description is not None:
                found.append(cursor.fetchone()[0])
            if not cursor.nextset():
                break
    plans = (json.loads(each) if isinstance(each, str) else each for each in found)
    return [Scanned(plan[0]["Plan"]) for plan in plans]

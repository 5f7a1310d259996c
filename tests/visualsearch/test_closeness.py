"""From exactly this to things like this: the same stored vectors, searched with a turned query."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from catalog.models import Product
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.many import clustered
from tests.visualsearch.test_pages import titles, upload
from tests.visualsearch.test_search import embed, embedding, visible
from visualsearch import index, search
from visualsearch.closeness import PRODUCT, STEPS
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.models import Network
from visualsearch.networks import serving
from visualsearch.query_map import make_probe, seen_from

pytestmark = pytest.mark.django_db
URL = "/search/photo/"
API = "/api/v1/search/photo/"


def with_spread(network: Network, spread: list[float]) -> Network:
    network.card["spread"] = spread
    network.save()
    return serving.live()


@pytest.fixture
def adjustable(network: Network) -> Network:
    """Return the live network with a spread on its card."""
    return with_spread(network, np.linspace(2.5, 0.5, network.dimensions).tolist())


@pytest.fixture
def fixed(network: Network) -> Network:
    """Return the live network without a spread on its card."""
    return with_spread(network, [])


@pytest.fixture
def things(network: Network) -> list[Product]:
    products = [ProductFactory(title=f"Thing {number}") for number in range(4)]
    images = [ImageFactory(product=product, data=pattern(number)) for number, product in enumerate(products)]
    index.refresh([image.pk for image in images], network)
    return products


@pytest.mark.usefixtures("adjustable")
def test_wide_axes_tell_the_kind_and_narrow_ones_the_product() -> None:
    vectors = np.zeros((3, 256), dtype=np.float32)
    vectors[0, [0, 255]] = 1, 1
    vectors[1, [0, 1]] = 1, 1  # shares the widest axis
    vectors[2, [255, 254]] = 1.01, 1  # shares the narrowest
    query, kin, twin = unit_vectors(vectors)
    of_kind, of_product = ProductFactory(title="Kin"), ProductFactory(title="Twin")
    embed(serving.live(), {of_kind: [kin], of_product: [twin]})
    first = {step: search.photo_hits(embedding(query), visible(), 2, step=step)[0].product_id for step in STEPS}
    assert first == {"exact": of_product.pk, "alike": of_kind.pk, "kind": of_kind.pk}


@pytest.mark.usefixtures("adjustable")
@pytest.mark.parametrize("step", STEPS)
def test_an_equal_picture_scores_1_at_every_step(step: str) -> None:
    vectors = clustered(5)
    product = ProductFactory()
    embed(serving.live(), {product: [vectors[0]], ProductFactory(): [*vectors[1:]]})
    hits = search.photo_hits(embedding(vectors[0]), visible(), 5, step=step)
    assert hits[0].product_id == product.pk
    assert hits[0].score == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("network_fixture", ["adjustable", "fixed"])
def test_similar_products_are_searched_as_photos_are_at_the_same_step(
    network_fixture: str, request: pytest.FixtureRequest
) -> None:
    """One turns the query in SQL, the other in Python."""
    network, vectors = request.getfixturevalue(network_fixture), clustered(30)
    products = [ProductFactory() for _ in vectors]
    embed(network, {product: [vector] for product, vector in zip(products, vectors, strict=True)})
    by_product = search.near(products[0], visible(), 29)
    by_photo = search.photo_hits(embedding(vectors[0]), visible(), 30, step=PRODUCT)[1:]
    assert [hit.product_id for hit in by_product] == [hit.product_id for hit in by_photo]
    np.testing.assert_allclose([hit.score for hit in by_product], [hit.score for hit in by_photo], atol=3e-3)


def test_products_with_the_smallest_numbers_have_similar_ones(network: Network) -> None:
    """Times a weight below a half, the smallest number of half precision is too small for it."""
    narrow = with_spread(network, np.linspace(2.5, 0.1, network.dimensions).tolist())
    vectors = clustered(3)
    vectors[:, -1] = 2.0**-24
    products = [ProductFactory() for _ in vectors]
    embed(narrow, {product: [vector] for product, vector in zip(products, vectors, strict=True)})
    assert len(search.near(products[0], visible(), 2)) == 2


@pytest.mark.usefixtures("fixed")
@pytest.mark.parametrize("step", STEPS)
def test_without_a_spread_every_step_is_the_same(step: str) -> None:
    query = embedding(clustered(1)[0])
    np.testing.assert_array_equal(make_probe(query, step).vector, make_probe(query).vector)
    assert make_probe(query, step).scale == pytest.approx(1)


def test_a_picture_seen_from_the_query_has_the_direction_of_its_score(adjustable: Network) -> None:
    """The heat map of the photo shows what adds to the score, not to the plain cosine."""
    query, picture = clustered(2)
    asked = embedding(query)
    asked = type(asked)(asked.vector, adjustable, None, is_of_product=True)
    probe = make_probe(asked)
    weighted = query * np.array(adjustable.card["spread"], dtype=np.float32) ** STEPS[PRODUCT]
    np.testing.assert_allclose(probe.vector, unit_vectors(weighted), atol=1e-6)
    moved = unit_vectors(query + 0.01 * seen_from(picture, asked))
    nearer = make_probe(type(asked)(moved, adjustable, None, is_of_product=True))
    assert nearer.vector @ picture > probe.vector @ picture


@pytest.mark.usefixtures("adjustable", "things")
def test_page_offers_the_steps_in_words_and_keeps_the_chosen_one(client: Client) -> None:
    look = client.post(URL, {"photo": upload(pattern(3, again=True))}).context["look"]
    page = client.get(URL, {"look": look, "closeness": "kind", "min_price": "1"})
    chosen = [(step.name, str(step.label)) for step in page.context["closeness"] if step.is_chosen]
    assert chosen == [("kind", "Things like this")]
    assert "Exactly this" in page.content.decode()
    assert set(titles(page)) <= {f"Thing {number}" for number in range(4)}
    assert "closeness=kind" in page.context["query_without_page"]
    assert all("closeness=kind" in address for _label, address in page.context["changes"])


@pytest.mark.usefixtures("adjustable", "things")
def test_photos_and_products_start_at_their_own_step(client: Client) -> None:
    look = client.post(URL, {"photo": upload(pattern(3, again=True))}).context["look"]
    for query, expected in (({"look": look}, "exact"), ({"like": "thing-3"}, "alike")):
        steps = client.get(URL, query).context["closeness"]
        assert [step.name for step in steps if step.is_chosen] == [expected]
        assert [step.name for step in steps if step.is_default] == [expected]


@pytest.mark.usefixtures("fixed", "things")
def test_page_offers_no_steps_without_a_spread(client: Client) -> None:
    page = client.get(URL, {"like": "thing-3", "closeness": "kind"})
    assert page.status_code == 200
    assert 'name="closeness"' not in page.content.decode()


@pytest.mark.usefixtures("adjustable", "things")
def test_api_takes_a_step(client: Client) -> None:
    scores = [client.get(API, {"like": "thing-3", "closeness": step}).json()["results"][0] for step in STEPS]
    assert len({each["score"] for each in scores}) > 1


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("value", ["nearer", "0", "exact,kind", "k" * 21])
def test_unknown_steps_are_refused(client: Client, value: str) -> None:
    response: Any = client.get(API, {"like": "thing-3", "closeness": value})
    assert response.status_code == 400
    assert client.get(URL, {"like": "thing-3", "closeness": value}).status_code == 400
    if len(value) <= 20:
        assert response.json()["code"] == "invalid_closeness"

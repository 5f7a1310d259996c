"""The admin of networks and embeddings."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Calibration, ImageEmbedding, Network
from visualsearch.networks import backlog, swap
from visualsearch.networks.comparison import Comparison, Measure

pytestmark = pytest.mark.django_db
EMBEDDINGS = "/admin/visualsearch/imageembedding/"
ACTIVATIONS = "/admin/visualsearch/activation/"


@pytest.fixture
def alice(client: Client) -> Client:
    """Log in Alice, the owner."""
    client.force_login(get_user_model().objects.create_superuser(email="alice@example.com", password="a"))
    return client


@pytest.fixture
def broken(network: Network) -> ProductImage:
    """Create a picture that has failed permanently, and one that has not."""
    good = ImageFactory(product=ProductFactory(title="Good mug"), data=pattern(1))
    bad = ImageFactory(product=ProductFactory(title="Bad mug"), data=pattern(2))
    Path(bad.file.path).write_bytes(b"nothing")
    for _ in range(3):
        index.refresh([good.pk, bad.pk], network)
    return bad


def test_list_shows_failures_with_their_reason(alice: Client, broken: ProductImage) -> None:
    page = alice.get(EMBEDDINGS, {"status": "failed"}).content.decode()
    assert "Bad mug" in page
    assert "Good mug" not in page
    assert ImageEmbedding.objects.get(image=broken).error in page
    assert "Good mug" in alice.get(EMBEDDINGS, {"status": "done"}).content.decode()


def test_try_again_gives_new_attempts(alice: Client, broken: ProductImage, network: Network) -> None:
    assert not backlog.missing(network)
    keys = list(ImageEmbedding.objects.values_list("pk", flat=True))
    response = alice.post(EMBEDDINGS, {"action": "try_again", "_selected_action": keys}, follow=True)
    assert "Trying 1 picture again." in response.content.decode()
    assert list(backlog.missing(network)) == [broken.pk]


def test_networks_are_counted_and_read_only(alice: Client, broken: ProductImage, network: Network) -> None:
    response = alice.get("/admin/visualsearch/network/")
    row = response.context["cl"].result_list[0]
    assert (row.embedded, row.failed) == (1, 1)
    assert "1 of 2" in response.content.decode()
    assert ">live<" in response.content.decode()
    assert alice.get(f"/admin/visualsearch/network/{network.pk}/change/").status_code == 200
    assert alice.get("/admin/visualsearch/network/add/").status_code == 403
    assert alice.post(f"/admin/visualsearch/network/{network.pk}/delete/", {"post": "yes"}).status_code == 403


def test_history_lists_activations_with_their_figures(alice: Client, network: Network, other: Network) -> None:
    comparison = Comparison(network, other, [Measure("leave one out", 100, 50, 0.9, 0.95, 0.01, 0.08)])
    swap.activate(other, "bob", comparison)
    row = swap.split(network, 30, "bob")
    page = alice.get(ACTIVATIONS).content.decode()
    assert "leave one out: +0.050 (+0.010 to +0.080)" in page
    assert "bob" in page
    assert (
        f"{other.identity}: 0; {network.identity}: 0" in alice.get(f"{ACTIVATIONS}{row.pk}/change/").content.decode()
    )
    assert alice.get(f"{ACTIVATIONS}add/").status_code == 403
    assert alice.post(f"{ACTIVATIONS}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_can_filter_for_pictures_that_ended_the_process(alice: Client, broken: ProductImage) -> None:
    assert "Bad mug" not in alice.get(EMBEDDINGS, {"status": "unfinished"}).content.decode()
    ImageEmbedding.objects.filter(image=broken).update(began_at=timezone.now(), error=index.UNFINISHED)
    page = alice.get(EMBEDDINGS, {"status": "unfinished"}).content.decode()
    assert "Bad mug" in page
    assert "Replace the picture with a smaller one" in page


def test_embedding_page_opens(alice: Client, broken: ProductImage) -> None:
    embedding = ImageEmbedding.objects.get(image=broken)
    assert "Bad mug" in alice.get(f"{EMBEDDINGS}{embedding.pk}/change/").content.decode()


@pytest.mark.parametrize("count", [2, 20])
def test_list_needs_few_queries(
    alice: Client, network: Network, count: int, django_assert_max_num_queries: Any
) -> None:
    index.refresh([ImageFactory(data=pattern(n)).pk for n in range(count)], network)
    with django_assert_max_num_queries(10):
        assert alice.get(EMBEDDINGS).status_code == 200


def test_customers_see_nothing(client: Client, broken: ProductImage) -> None:
    client.force_login(get_user_model().objects.create_user(email="mallory@example.com", password="m"))
    assert client.get(EMBEDDINGS).status_code == 302
    client.post(EMBEDDINGS, {"action": "try_again", "_selected_action": ["1"]})
    assert ImageEmbedding.objects.get(image=broken).attempts == 3


def test_calibration_is_explained_in_words_and_drawn(alice: Client, network: Network) -> None:
    bins = [[0, 60], [0, 20], [2, 10], [4, 6], [4, 2], [10, 2], [10, 0], [20, 0], [50, 0], [100, 0]]
    Calibration.objects.create(
        network=network, bias=0.0, weights=[1.0, 0.0], none_below=0.25, match_from=0.5, bins=bins,
        verdicts=[[190, 8, 2], [4, 16, 80]], pictures=762, calibrated_at=timezone.now(),
    )  # fmt: skip
    assert network.name in alice.get("/admin/visualsearch/calibration/").content.decode()
    page = " ".join(alice.get(f"/admin/visualsearch/calibration/{network.pk}/change/").content.decode().split())
    assert "95 are called a match, 4 ask “Is it one of these?”, and 1 are called not sold" in page
    assert "4 are called a match, 16 ask “Is it one of these?”, and 80 are called not sold" in page
    assert 'x="25.0" y="0" width="25.0"' in page, "what is unsure"
    assert page.count("<rect") == 21
    assert "<td>100%</td>" in page

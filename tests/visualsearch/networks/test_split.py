"""During a split each visitor keeps one network, and every answer names it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network, Tally
from visualsearch.networks import serving, split, swap
from visualsearch.networks.serving import Serving
from visualsearch.networks.split import Visitor

pytestmark = pytest.mark.django_db
PAGE, CALL = "/search/photo/", "/api/v1/search/photo/"


@pytest.fixture(autouse=True)
def _stock(network: Network, other: Network) -> None:
    """Create four products embedded by both networks."""
    images = [ImageFactory(product=ProductFactory(title=f"Thing {n}"), data=pattern(n)) for n in range(4)]
    for each in (network, other):
        index.refresh([image.pk for image in images], each)


def search(client: Client, address: str = PAGE, **fields: Any) -> Any:
    photo = SimpleUploadedFile("photo.jpg", pattern(2), "image/jpeg")
    return client.post(address, {"photo": photo, **fields})


def test_choice_is_kept_by_a_cookie_that_identifies_no_one(network: Network, other: Network) -> None:
    row = swap.split(other, 50, "alice")
    live = serving.current()
    first, second = f"{row.pk}a", f"{row.pk}b"
    assert split.choose(live, Visitor(first)) == split.Choice(network, first)
    assert split.choose(live, Visitor(second)) == split.Choice(other, second)
    for rubbish in (None, "", f"{row.pk - 1}b", f"{row.pk}c", "'; DROP TABLE"):
        assert split.choose(live, Visitor(rubbish)).cookie in (first, second)


@pytest.mark.parametrize("share", [5, 50, 90])
def test_visitors_are_split_by_the_share(network: Network, other: Network, share: int) -> None:
    live = Serving(1, network, other, share)
    drawn = sum(split.choose(live, Visitor(None)).network == other for _ in range(2000))
    assert drawn / 20 == pytest.approx(share, abs=6)  # more than five standard deviations


def test_without_a_split_there_is_no_cookie(client: Client, network: Network) -> None:
    response = search(client)
    assert response.headers["Semblance-Network"] == network.identity
    assert split.COOKIE not in response.cookies
    assert not Tally.objects.exists()


def test_page_keeps_a_visitor_with_one_network_and_counts(client: Client, network: Network, other: Network) -> None:
    swap.split(other, 50, "alice")
    identities = {network.identity: network, other.identity: other}
    chosen = identities[search(client).headers["Semblance-Network"]]
    cookie = client.cookies[split.COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    for _ in range(3):
        response = search(client)
        assert response.headers["Semblance-Network"] == chosen.identity
        assert response.context["results"][0].product.title == "Thing 2"
    tallies = {tally.network: tally.searches for tally in Tally.objects.all()}
    assert tallies == {network: 0, other: 0} | {chosen: 4}


def test_repeated_search_stays_with_its_network_and_counts_once(
    client: Client, network: Network, other: Network
) -> None:
    row = swap.split(other, 50, "alice")
    client.cookies[split.COOKIE] = f"{row.pk}b"
    look = search(client).context["look"]
    client.cookies[split.COOKIE] = f"{row.pk}a"
    again = client.get(PAGE, {"look": look, "sort": "price"})
    assert again.headers["Semblance-Network"] == other.identity
    assert Tally.objects.get(network=other).searches == 1


def test_repeated_search_survives_a_swap_and_a_rollback(client: Client, network: Network, other: Network) -> None:
    before = search(client).context
    swap.activate(other, "alice", is_forced=True)
    between = search(client).context
    for context, expected in ((before, network), (between, other)):
        again = client.get(PAGE, {"look": context["look"]})
        assert again.headers["Semblance-Network"] == expected.identity
        assert [each.score for each in again.context["results"]] == pytest.approx(
            [each.score for each in context["results"]],
            abs=1e-3,  # the token has half precision
        )
    swap.rollback("alice")
    assert client.get(PAGE, {"look": between["look"]}).headers["Semblance-Network"] == other.identity


def test_api_client_names_its_network(client: Client, network: Network, other: Network) -> None:
    swap.split(other, 99, "alice")
    assert search(client, CALL).json()["network"] == network.identity
    for name in ("other", other.identity, other.sha256[:12]):
        response = search(client, CALL, network=name)
        assert (response.json()["network"], response.headers["Semblance-Network"]) == (other.identity, other.identity)
        assert split.COOKIE not in response.cookies
    assert {tally.network: tally.searches for tally in Tally.objects.all()} == {network: 1, other: 3}


def test_api_keeps_the_network_of_a_visitor_with_a_cookie(client: Client, other: Network) -> None:
    row = swap.split(other, 1, "alice")
    client.cookies[split.COOKIE] = f"{row.pk}b"
    assert search(client, CALL).json()["network"] == other.identity


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, "unknown_network") for name in ("other", "nothing", "0" * 64, "' OR 1=1")),
        ("x" * 10_000, "max_length"),
        ("\x00", "null_characters_not_allowed"),
    ],
)
def test_api_refuses_a_network_that_is_not_live(client: Client, name: str, code: str) -> None:
    response = search(client, CALL, network=name)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_split_costs_one_query_more(client: Client, other: Network, django_assert_max_num_queries: Any) -> None:
    swap.split(other, 50, "alice")
    search(client, CALL)  # this process reads which networks are live
    with django_assert_max_num_queries(9):
        search(client, CALL)

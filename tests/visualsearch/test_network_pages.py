"""Pages of networks in the admin: compare, go live, go back."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from shop.accounts.models import Customer
from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Activation, Network, NetworkComparison
from visualsearch.networks import serving, swap
from visualsearch.quality import comparisons

pytestmark = pytest.mark.django_db
LIST = "/admin/visualsearch/network/"
BACK = f"{LIST}go-back/"
NOW = timezone.now()


def page(network: Network, name: str = "change") -> str:
    return f"{LIST}{network.pk}/{name}/"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(Customer.objects.create_superuser("owner@example.com", "a"))
    return client


def reader(*codenames: str) -> Client:
    person = Customer.objects.create_user("reader@example.com", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_network", *codenames]))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def filled(network: Network, other: Network) -> Network:
    """Return the other network, which has embedded all pictures of the shop."""
    images = [ImageFactory(data=pattern(n)).pk for n in range(3)]
    for each in (network, other):
        index.refresh(images, each)
    return other


def compared(network: Network, live: Network, low: float, hours_ago: int = 0) -> NetworkComparison:
    figures = {
        "name": "rephotographed",
        "queries": 50,
        "products": 50,
        "old": 0.9,
        "new": 0.95,
        "low": low,
        "high": 0.1,
    }
    at = timezone.now() - timedelta(hours=hours_ago)
    return NetworkComparison.objects.create(old=live, new=network, asked_at=at, finished_at=at, figures=[figures])


def test_a_network_that_is_still_filling_shows_its_progress(owner: Client, network: Network, filled: Network) -> None:
    ImageFactory(data=pattern(9))
    content = owner.get(page(filled)).content.decode()
    assert "3 of 4 pictures are embedded." in content
    assert f'hx-get="{page(filled, "progress")}"' in content
    assert "Compare with the live network" not in content
    assert "HX-Refresh" not in owner.get(page(filled, "progress")).headers
    index.refresh(list(ProductImage.objects.values_list("pk", flat=True)), filled)
    assert owner.get(page(filled, "progress")).headers["HX-Refresh"] == "true"


def test_compare_stores_figures_that_the_page_shows(
    owner: Client, network: Network, filled: Network, tasks_at_once: None
) -> None:
    response = owner.post(page(filled, "compare"), follow=True)
    assert "are being compared" in response.content.decode()
    row = NetworkComparison.objects.get()
    assert (row.old, row.new, row.author) == (network, filled, "owner@example.com")
    assert row.finished_at is not None
    assert {each["name"] for each in row.figures} >= {"rephotographed"}
    assert "a photo: pictures taken again" in response.content.decode()


def test_comparing_twice_makes_one_comparison(owner: Client, network: Network, filled: Network) -> None:
    for _ in range(2):
        owner.post(page(filled, "compare"))
    row = NetworkComparison.objects.get()
    assert "The networks are being compared." in owner.get(page(filled)).content.decode()
    NetworkComparison.objects.update(asked_at=NOW - timedelta(hours=1))
    owner.post(page(filled, "compare"))
    assert NetworkComparison.objects.get().pk != row.pk, "the worker was killed; another one starts"


def test_a_comparison_runs_once(network: Network, filled: Network) -> None:
    row = compared(filled, network, 0.01)
    before = row.figures
    comparisons.run(row.pk, NOW)
    row.refresh_from_db()
    assert row.figures == before


def test_the_live_network_is_not_compared_with_itself(owner: Client, network: Network) -> None:
    assert "is live. Choose another" in owner.post(page(network, "compare"), follow=True).content.decode()


def test_going_live_asks_first_and_is_logged(owner: Client, network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    assert page(filled, "go-live") in owner.get(page(filled)).content.decode()
    question = owner.get(page(filled, "go-live")).content.decode()
    assert "+5.0 (+1.0 to +10.0)" in question
    assert serving.live() == network, "a GET changes nothing"
    assert "is live." in owner.post(page(filled, "go-live"), follow=True).content.decode()
    row = Activation.objects.order_by("-pk")[0]
    assert (row.network, row.author, row.is_forced) == (filled, "owner@example.com", False)
    assert row.figures[0]["low"] == 0.01
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message()) == (
        str(filled.pk),
        f"Went live, replacing {network.identity}.",
    )


@pytest.mark.parametrize(("low", "hours_ago", "reason"), [(-0.1, 0, "may be worse"), (0.01, 30, "Compare first")])
def test_a_worse_network_or_old_figures_do_not_go_live(
    owner: Client, network: Network, filled: Network, low: float, hours_ago: int, reason: str
) -> None:
    compared(filled, network, low, hours_ago)
    assert page(filled, "go-live") not in owner.get(page(filled)).content.decode()
    assert "cannot go live now" in owner.get(page(filled, "go-live")).content.decode()
    assert reason in owner.post(page(filled, "go-live"), follow=True).content.decode()
    assert serving.live() == network
    assert not LogEntry.objects.exists()


def test_a_network_with_missing_pictures_does_not_go_live(owner: Client, network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    ImageFactory(data=pattern(9))
    assert "has not embedded 1" in owner.post(page(filled, "go-live"), follow=True).content.decode()
    assert serving.live() == network


def test_figures_against_a_network_that_was_replaced_do_not_count(
    owner: Client, network: Network, filled: Network
) -> None:
    compared(filled, filled, 0.01)
    assert "Compare first" in owner.post(page(filled, "go-live"), follow=True).content.decode()


def test_going_back_is_one_click_and_one_step(owner: Client, network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    owner.post(page(filled, "go-live"))
    assert f"Go back to {network.identity}" in owner.get(LIST).content.decode()
    seen = Activation.objects.order_by("-pk")[0].pk
    assert f'name="seen" value="{seen}"' in owner.get(BACK).content.decode()
    assert "is live again" in owner.post(BACK, {"seen": seen}, follow=True).content.decode()
    assert serving.live() == network
    assert Activation.objects.order_by("-pk")[0].author == "owner@example.com"
    assert LogEntry.objects.filter(object_id=str(network.pk)).count() == 1


@pytest.mark.parametrize("seen", ["", "0", "-1", "x", "9" * 30])
def test_going_back_twice_changes_nothing_more(owner: Client, network: Network, filled: Network, seen: str) -> None:
    compared(filled, network, 0.01)
    owner.post(page(filled, "go-live"))
    assert "Nothing was changed" in owner.post(BACK, {"seen": seen}, follow=True).content.decode()
    assert serving.live() == filled


def test_a_shop_with_one_network_cannot_go_back(owner: Client, network: Network) -> None:
    assert "Go back to" not in owner.get(LIST).content.decode()
    assert "no earlier network" in owner.get(BACK, follow=True).content.decode()


def test_a_split_ends_with_the_live_network(owner: Client, network: Network, filled: Network) -> None:
    swap.split(filled, 20, "bob")
    assert page(network, "go-live") in owner.get(page(network)).content.decode()
    owner.post(page(network, "go-live"))
    assert serving.current().other is None


def test_pages_of_networks_that_do_not_exist_are_not_found(owner: Client, network: Network) -> None:
    for key in (network.pk + 1000, 2**70):
        for name in ("compare", "go-live"):
            assert owner.post(f"{LIST}{key}/{name}/").status_code == 404
        assert owner.get(f"{LIST}{key}/progress/").status_code == 404


def test_swapping_requires_its_own_permission(network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    client = reader()
    content = client.get(page(filled)).content.decode()
    assert "go-live" not in content
    assert "Compare with the live network" not in content
    assert client.get(page(filled, "progress")).status_code == 200
    assert client.get(page(filled, "go-live")).status_code == 403
    for address in (page(filled, "go-live"), page(filled, "compare"), BACK):
        assert client.post(address).status_code == 403
    assert serving.live() == network


def test_staff_with_the_permission_may_swap(network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    assert reader("add_activation").post(page(filled, "go-live")).status_code == 302
    assert serving.live() == filled


def test_customers_swap_nothing(client: Client, network: Network, filled: Network) -> None:
    compared(filled, network, 0.01)
    client.force_login(Customer.objects.create_user("mallory@example.com", "m"))
    assert client.post(page(filled, "go-live")).status_code == 302
    assert serving.live() == network


def test_a_network_that_cannot_be_run_reports_why(network: Network, filled: Network, settings: Any) -> None:
    row = NetworkComparison.objects.create(old=network, new=filled, asked_at=NOW)
    filled.files.all().delete()
    settings.VISUALSEARCH_CACHE = settings.VISUALSEARCH_CACHE / "empty"
    Network.objects.filter(pk=filled.pk).update(card=filled.card | {"graph_sha256": "0" * 64})
    comparisons.run(row.pk, NOW)
    row.refresh_from_db()
    assert "missing" in row.error
    assert row.finished_at is not None


def test_a_network_page_needs_few_queries(
    owner: Client, network: Network, filled: Network, django_assert_max_num_queries: Any
) -> None:
    compared(filled, network, 0.01)
    with django_assert_max_num_queries(14):
        assert owner.get(page(filled)).status_code == 200

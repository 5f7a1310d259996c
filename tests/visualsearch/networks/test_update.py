"""After an update of the shop, the shop fills its new default network, compares it and makes it live."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch import index, tasks
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.models import Activation, Network, NetworkUpdate, Vocabulary
from visualsearch.networks import backlog, defaults, serving, swap, update

PICTURES = Path(__file__).parents[3] / "demo" / "images"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def images(former: Network) -> list[int]:
    """Create products with two views each, embedded by the network that came with the shop's last version."""
    found = []
    for first in sorted(PICTURES.glob("*-1.jpg"))[:120:10]:
        product, second = ProductFactory(), first.with_stem(first.stem.removesuffix("1") + "2")
        found += [ImageFactory(product=product, data=path.read_bytes()).pk for path in (first, second)]
    index.refresh(found, former)
    return found


@pytest.fixture(params=[2])
def former(request: pytest.FixtureRequest, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """Start a shop with a former default network of few dimensions, and then update the shop."""
    settings.VISUALSEARCH_NETWORK = str(make_network(tmp_path / "former", request.param, "former"))
    network = serving.live()
    settings.VISUALSEARCH_NETWORK = ""
    monkeypatch.setattr(defaults, "SHIPPED", defaults.SHIPPED | {network.sha256})
    return network


def fill() -> None:
    for network in serving.available():
        index.refresh(list(backlog.missing(network)), network)


def new_default() -> str:
    return read_card(DEFAULT_CARD).weights_sha256


def test_the_default_of_this_version_is_listed_as_shipped() -> None:
    """Otherwise later versions take it for a network that the owner trained. Never remove a hash from the list."""
    assert new_default() in defaults.SHIPPED


def test_a_better_default_is_added_filled_and_goes_live(former: Network, images: list[int]) -> None:
    tasks.update_network()
    found = NetworkUpdate.objects.get()
    assert (found.old, found.new.sha256, found.outcome) == (former, new_default(), "filling")
    tasks.update_network()
    assert serving.live() == former  # not filled yet
    fill()
    tasks.update_network()
    found.refresh_from_db()
    assert (serving.live(), found.outcome, found.pictures) == (found.new, "live", len(images))
    assert found.figures[0]["measure"] == "rephotographed"
    assert Vocabulary.objects.filter(network=found.new).exists()
    row = Activation.objects.first()
    assert row is not None
    assert (row.reason, row.author, row.figures) == ("update", "", found.figures)


def test_staff_see_what_became_of_an_update(former: Network, images: list[int], client: Client) -> None:
    tasks.update_network()
    fill()
    tasks.update_network()
    client.force_login(get_user_model().objects.create_superuser(email="alice@example.com", password="a"))
    page = client.get("/admin/visualsearch/networkupdate/").content.decode()
    assert "went live" in page
    assert "rephotographed: +" in page


def test_a_default_that_finds_less_stays_out(
    former: Network, images: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = good_default_before(former, tmp_path, monkeypatch, images)
    found = NetworkUpdate.objects.get(old=live)
    assert (serving.live(), found.outcome) == (live, "refused")
    tasks.update_network()
    assert serving.live() == live


def test_a_refused_default_is_compared_again_when_the_shop_has_doubled(
    former: Network, images: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = good_default_before(former, tmp_path, monkeypatch, images)
    found = NetworkUpdate.objects.get(old=live)
    for seed in range(100, 100 + len(images)):
        ImageFactory(data=pattern(seed))
    fill()
    for _ in range(2):  # the first run may calibrate the verdicts
        tasks.update_network()
    before, found = found, NetworkUpdate.objects.get(old=live)
    assert (found.outcome, found.pictures) == ("refused", 2 * before.pictures)


def good_default_before(
    former: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: list[int]
) -> Network:
    """Update to the real default, then to one with two dimensions. Return the real one, which is live."""
    tasks.update_network()
    fill()
    tasks.update_network()
    live = serving.live()
    assert live != former
    monkeypatch.setattr(defaults, "DEFAULT_CARD", make_network(tmp_path / "poor", 2, "poor", seed=7))
    tasks.update_network()
    fill()
    tasks.update_network()
    return live


def test_staff_who_roll_back_keep_the_former_network(former: Network, images: list[int]) -> None:
    tasks.update_network()
    fill()
    tasks.update_network()
    swap.rollback("alice")
    tasks.update_network()
    assert serving.live() == former


def test_a_candidate_that_staff_retire_stays_retired(former: Network, images: list[int]) -> None:
    tasks.update_network()
    new = NetworkUpdate.objects.get().new
    swap.retire(new, timezone.now())
    tasks.update_network()
    new.refresh_from_db()
    assert new.retired_at
    assert serving.available() == [former]


def test_a_network_of_the_owner_stays(settings: Any, tmp_path: Path) -> None:
    settings.VISUALSEARCH_NETWORK = str(make_network(tmp_path / "own", 96, "own"))
    own = serving.live()
    settings.VISUALSEARCH_NETWORK = ""
    tasks.update_network()
    assert serving.available() == [own]


def test_nothing_is_added_where_the_owner_names_a_network_or_switches_updates_off(
    former: Network, settings: Any
) -> None:
    settings.VISUALSEARCH_UPDATE = False
    tasks.update_network()
    settings.VISUALSEARCH_UPDATE, settings.VISUALSEARCH_NETWORK = True, str(DEFAULT_CARD)
    tasks.update_network()
    assert serving.available() == [former]


def test_nothing_is_added_to_a_new_shop_or_during_a_split(former: Network, other_card: Path) -> None:
    other = Network.objects.create(name="b", sha256="b" * 64, dimensions=8, card=former.card)
    other.files.create(suffix=".onnx", data=b"")
    swap.split(other, 20, "alice")
    tasks.update_network()
    assert not NetworkUpdate.objects.exists()


def test_an_empty_shop_swaps_at_once(former: Network) -> None:
    tasks.update_network()
    assert serving.live().sha256 == new_default()
    assert update.begin(timezone.now()) is None

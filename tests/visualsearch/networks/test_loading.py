"""Networks are loaded once per process, on first use, and again after a fork."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch.checks import network_is_usable
from visualsearch.embedding.card import DEFAULT_CARD, BadCard
from visualsearch.models import Activation, Network
from visualsearch.networks import loading, registry, serving

CARD = json.loads(DEFAULT_CARD.read_text())
DEFAULT = Network(name=CARD["name"], sha256=CARD["weights_sha256"], dimensions=256, card=CARD)


def test_embedder_is_loaded_once_by_many_threads() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(id(loading.embedder(DEFAULT)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_embedder_works_in_a_forked_child() -> None:
    loading.embedder(DEFAULT).embed([pattern(1)])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        os.write(writer, str(loading.embedder(DEFAULT).embed([pattern(1)]).shape).encode())
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 100) == b"(1, 256)"
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.django_db
def test_new_shop_names_the_card_that_is_missing(settings: Settings, tmp_path: Path) -> None:
    settings.VISUALSEARCH_NETWORK = str(tmp_path / "nothing.json")
    with pytest.raises(BadCard, match=r"nothing\.json"):
        serving.live()


@pytest.mark.django_db
def test_shop_with_a_live_network_needs_no_card(settings: Settings, tmp_path: Path, network: Network) -> None:
    settings.VISUALSEARCH_NETWORK = str(tmp_path / "nothing.json")
    assert serving.live() == network
    assert registry.local_card(network).dimensions == 256


@pytest.mark.django_db
def test_network_is_the_row_of_the_card() -> None:
    network = serving.live()
    assert network.dimensions == 256
    assert network.card["weights_sha256"] == network.sha256
    assert serving.live().pk == network.pk
    assert Network.objects.count() == 1


@pytest.mark.django_db
def test_network_is_stored_again_in_a_rebuilt_database() -> None:
    before = serving.live()
    Activation.objects.all().delete()
    Network.objects.all().delete()
    assert serving.live().pk != before.pk
    assert Network.objects.count() == 1


@pytest.mark.django_db
def test_network_takes_over_a_corrected_card() -> None:
    network = serving.live()
    Network.objects.filter(pk=network.pk).update(card={"name": "old"})
    registry.register_named()
    assert serving.live().card["name"] == network.card["name"]


@pytest.mark.django_db
def test_current_takes_one_query_and_cached_none(django_assert_num_queries: Any) -> None:
    serving.live()  # activates the network of a new shop
    network = serving.live()
    with django_assert_num_queries(1):
        assert serving.live() == network
    with django_assert_num_queries(0):
        assert serving.cached().network == network


def test_web_process_starts_without_the_network() -> None:
    """Loading takes a second and tens of megabytes, which pages without a photo search must not cost."""
    script = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "print([name for name in ('torch', 'onnxruntime', 'torchvision') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "shop.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_configured_network_is_not_unpacked() -> None:
    assert loading.embedder(DEFAULT).card.path == DEFAULT_CARD


@pytest.mark.django_db
def test_only_a_few_networks_stay_in_memory(tmp_path: Path) -> None:
    made = [registry.register(make_network(tmp_path / str(seed), 8, f"n{seed}", seed)) for seed in range(4)]
    first = loading.embedder(made[0])
    assert loading.embedder(made[0]) is first
    for network in made[1:]:
        loading.embedder(network)
    assert loading.embedder(made[0]) is not first


def test_check_names_a_network_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    assert network_is_usable() == []
    settings.VISUALSEARCH_NETWORK = str(tmp_path / "nothing.json")
    (error,) = network_is_usable()
    assert "nothing.json" in error.msg
    assert "VISUALSEARCH_NETWORK" in str(error.hint)

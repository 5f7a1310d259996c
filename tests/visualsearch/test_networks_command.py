"""`manage.py networks`: from a card to a live network and back."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.other_networks import make_network
from visualsearch import index
from visualsearch.models import Activation, ImageEmbedding, Network
from visualsearch.networks import hnsw, serving

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: object) -> str:
    output = StringIO()
    call_command("networks", *map(str, arguments), stdout=output)
    return output.getvalue()


def stock(products: int = 8) -> list[int]:
    """Create products with two views each."""
    images = []
    for seed in range(products):
        product = ProductFactory()
        images += [ImageFactory(product=product, data=pattern(seed, again=again)).pk for again in (False, True)]
    index.refresh(images, serving.live())
    return images


def has_index(network: Network) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [hnsw.index_name(network)])
        return bool(cursor.fetchone()[0])


def test_from_a_card_to_a_live_network_and_back(other_card: Path) -> None:
    stock()
    live = serving.live()
    assert "16 of 16 pictures  live\n" in run("list")
    assert "16 missing pictures" in run("add", other_card, "--here")
    other = Network.objects.get(name="other")
    assert has_index(other)
    assert ImageEmbedding.objects.filter(vector__isnull=False).count() == 32
    assert "0 missing pictures" in run("add", other_card, "--here")
    assert "16 of 16 pictures  ready\n" in run("list")

    output = run("compare", live.sha256[:12], "other", "--photos", 10)
    assert "| leave one out | 16 | 8 |" in output
    assert "| rephotographed | 10 |" in output
    assert run("compare", live.sha256[:12], "other", "--photos", 10) == output

    output = run("activate", "other", "--photos", 10, "--force")
    assert "is live." in output
    assert serving.live() == other
    assert live.identity in run("rollback")
    assert serving.live() == live
    assert [row.reason for row in Activation.objects.all()] == ["rollback", "activate", "start"]


def test_activate_compares_and_refuses_a_worse_network(tmp_path: Path) -> None:
    stock()
    live, card = serving.live(), make_network(tmp_path / "poor", 2, "poor")
    run("add", card, "--here")
    with pytest.raises(CommandError, match="may be worse"):
        run("activate", "poor", "--photos", 5)
    assert serving.live() == live


def test_activate_accepts_an_equal_network(tmp_path: Path) -> None:
    """Its results are the same, so every interval is close to zero."""
    stock()
    run("add", make_network(tmp_path / "twin", 300, "twin"), "--here")
    assert "may go live" in run("activate", "twin", "--photos", 5)
    row = Activation.objects.first()
    assert row is not None
    assert (row.network.name, len(row.figures), row.is_forced) == ("twin", 3, False)


def test_activate_refuses_missing_pictures_before_it_compares(other_card: Path) -> None:
    stock(2)
    with pytest.raises(CommandError, match="Start a worker"):
        run("add", other_card, "--patience", "0.1")
    with pytest.raises(CommandError, match="not embedded 4 of"):
        run("activate", "other")


def test_split_and_retire(other_card: Path) -> None:
    stock(2)
    run("add", other_card, "--here")
    assert "20%" in run("split", "other", "--share", 20)
    assert "live, 20% of the visitors" in run("list")
    with pytest.raises(CommandError, match="is live"):
        run("retire", "other")
    run("rollback")
    assert "is retired" in run("retire", "other")
    assert not has_index(Network.objects.get(name="other"))


def test_errors_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no network nothing"):
        run("activate", "nothing")
    with pytest.raises(CommandError, match="nowhere"):
        run("add", tmp_path / "nowhere.json")
    with pytest.raises(CommandError, match="no earlier network"):
        run("rollback")

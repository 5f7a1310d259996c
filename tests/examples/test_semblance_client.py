"""The example client against a running shop."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Product
from examples.semblance_client import Shop, ShopError
from shop.http import keys
from shop.models import ApiKey
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.servers import ROOT, WebServer, database_url, web_server
from tests.shop.http.test_keys import new_key
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.networks import serving

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
COUNT = 27  # more than a page


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A running shop with a page of things and a few more."""
    network, category = serving.live(), CategoryFactory(name="Things")
    products = [
        ProductFactory(title=f"Thing {number}", category=category, price=f"{number + 1}.00") for number in range(COUNT)
    ]
    images = [ImageFactory(product=each, data=pattern(number)) for number, each in enumerate(products[:6])]
    index.refresh([image.pk for image in images], network)
    with web_server(DATABASE_URL=database_url()) as running:
        yield running


def test_the_client_browses_and_searches(web: WebServer, tmp_path: Path) -> None:
    row, key = new_key()
    shop = Shop(web.url, key)

    # By cursor, while a product of the next page disappears and another comes.
    browsed = shop.browse({"sort": "price"})
    slugs = [product["slug"] for product in islice(browsed, 20)]
    Product.objects.filter(slug__in=["thing-3", "thing-25"]).delete()
    ProductFactory(title="Newcomer", price="2.50")
    slugs += [product["slug"] for product in browsed]
    assert slugs == [f"thing-{number}" for number in range(COUNT) if number != 25]

    page = shop.search("thing", {"max_price": "5"})
    assert {product["slug"] for product in page["results"]} == {"thing-0", "thing-1", "thing-2", "thing-4"}
    assert page["categories"][0]["count"] == 4

    answer = shop.search_by_photo(pattern(1, again=True))
    assert (answer["verdict"], answer["results"][0]["product"]["slug"]) == ("match", "thing-1")
    assert {match["product"]["slug"] for match in shop.similar("thing-1", limit=3)} <= {f"thing-{n}" for n in range(6)}
    assert "thing-1" not in {match["product"]["slug"] for match in shop.recommendations(["thing-1"])}

    # The second time, the shop only confirms that nothing has changed.
    assert shop.search("thing", {"max_price": "5"}) == page
    Product.objects.filter(slug="thing-4").delete()
    assert shop.search("thing", {"max_price": "5"})["count"] == 3

    with pytest.raises(ShopError, match="does not exist") as refusal:
        shop.search("thing", {"category": "nowhere"})
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_filter")
    keys.revoke(ApiKey.objects.filter(pk=row.pk), timezone.now())
    with pytest.raises(ShopError) as refusal:
        shop.similar("thing-1")
    assert (refusal.value.status, refusal.value.code) == (401, "revoked_api_key")

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(pattern(2, again=True))
    for arguments in (["words", "thing"], ["photo", str(photo)], ["browse", "sort=price"]):
        command = [sys.executable, "examples/semblance_client.py", web.url, *arguments]
        shown = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "SEMBLANCE_KEY": ""}
        )
        assert "Thing 2" in shown.stdout

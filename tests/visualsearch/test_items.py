"""Photos of several things: the page shows a dot for each, and the API returns their boxes."""

import re
from html import unescape
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.many import clustered
from tests.visualsearch.regions.scenes import PICTURES, PRODUCTS, blank, jpeg_of, scene_of, stool_and_mug
from visualsearch import index
from visualsearch.embedding.preprocess import Region
from visualsearch.embedding_token import read_token, write_token
from visualsearch.models import Network
from visualsearch.photo import Item, PhotoEmbedding

pytestmark = pytest.mark.django_db
PAGE, API = "/search/photo/", "/api/v1/search/photo/"
TWO = jpeg_of(stool_and_mug()[0])
NETWORK = Network(name="one", sha256="ab" * 32, dimensions=256)


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    """Forget the searches of earlier tests, which count towards the rate of photo searches."""
    cache.clear()


@pytest.fixture
def shop(network: Network) -> None:
    """Sell the products of the scenes."""
    images = [
        ImageFactory(
            product=ProductFactory(title=name, slug=name), data=(PICTURES / f"{name}-{number}.jpg").read_bytes()
        )
        for name in PRODUCTS
        for number in (1,)
    ]
    index.refresh([image.pk for image in images], network)


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", data, "image/jpeg")


def links(response: Any) -> list[str]:
    """Return the addresses of the dots."""
    part = response.content.decode().partition('class="photo-dots"')[2].partition("</nav>")[0]
    return [unescape(address) for address in re.findall(r'<a href="([^"]+)"', part)]


def first(response: Any) -> str:
    return str(response.context["results"][0].product.slug)


@pytest.mark.usefixtures("shop")
class TestPage:
    def test_each_dot_finds_its_product(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        addresses = links(page)
        assert len(addresses) == 2
        assert {first(client.get(f"{PAGE}{address}")) for address in addresses} == set(PRODUCTS[:2])

    def test_all_items_of_a_photo_share_one_address(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        other = client.get(f"{PAGE}{links(page)[1]}")
        assert other.context["look"] == page.context["look"]
        assert links(other) == links(page)

    def test_filters_and_paging_keep_the_item(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        other = client.get(f"{PAGE}{links(page)[1]}")
        assert ("item", "2") in other.context["repeated"]
        assert "item=2" in other.context["query_without_page"]

    def test_dots_have_names_and_tell_which_one_is_searched(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        html = client.get(f"{PAGE}{links(page)[1]}").content.decode()
        assert re.search(r'aria-label="\s*Item 1 of 2\s*"', html)
        assert re.search(r'aria-current="true"\s*aria-label="\s*Item 2 of 2\s*"', html)
        assert (
            'aria-current="true"'
            not in page.content.decode().partition('class="photo-dots"')[2].partition("</nav>")[0]
        )

    def test_whole_photo_can_be_searched_again(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        other = client.get(f"{PAGE}{links(page)[1]}")
        (address,) = re.findall(r'<a href="([^"]+)">Search with the whole photo', other.content.decode())
        again = client.get(f"{PAGE}{unescape(address)}")
        assert [each.product.slug for each in again.context["results"]] == [
            each.product.slug for each in page.context["results"]
        ]

    def test_photo_of_one_thing_has_no_dots(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(jpeg_of(scene_of([(0.3, 0.2)])))})
        assert links(page) == []
        assert first(page) == PRODUCTS[0]

    def test_blank_photo_has_no_dots(self, client: Client) -> None:
        assert links(client.post(PAGE, {"photo": upload(jpeg_of(blank("white")))})) == []

    def test_crop_has_no_dots(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO), "region": "0.5,0.2,0.5,0.7"})
        assert links(page) == []
        assert page.context["region"] == "0.5,0.2,0.5,0.7"

    @pytest.mark.parametrize("item", ["0", "3", "-1", "two", "²", "9" * 20])
    def test_unknown_item_is_refused(self, client: Client, item: str) -> None:
        look = client.post(PAGE, {"photo": upload(TWO)}).context["look"]
        refused = client.get(PAGE, {"look": look, "item": item})
        assert refused.status_code == 400
        assert "item" in refused.context["error"]["detail"]

    def test_reason_is_about_the_item(self, client: Client) -> None:
        page = client.post(PAGE, {"photo": upload(TWO)})
        other = client.get(f"{PAGE}{links(page)[1]}")
        image = other.context["results"][0].image.pk
        sent = {"image": image, "look": page.context["look"]}
        whole, of_item = (
            client.get(f"{PAGE}why/", sent | item).context["reason"].score for item in ({}, {"item": "2"})
        )
        assert whole < of_item


@pytest.mark.usefixtures("shop")
class TestApi:
    def test_regions_have_boxes_and_scores(self, client: Client) -> None:
        answer = client.post(API, {"photo": upload(TWO)}).json()
        assert len(answer["regions"]) == 2
        assert answer["region"] == [0, 0, 1, 1]
        for region in answer["regions"]:
            x, y, width, height = region["box"]
            assert 0 <= x < x + width <= 1.0001
            assert 0 <= y < y + height <= 1.0001
            assert 0 < region["score"] <= 1

    def test_box_sent_as_the_crop_finds_the_product(self, client: Client) -> None:
        answer = client.post(API, {"photo": upload(TWO)}).json()
        found = set()
        for region in answer["regions"]:
            crop = ",".join(map(str, region["box"]))
            found.add(client.post(API, {"photo": upload(TWO), "region": crop}).json()["results"][0]["product"]["slug"])
        assert found == set(PRODUCTS[:2])

    def test_crops_vectors_and_products_have_no_regions(self, client: Client) -> None:
        assert client.post(API, {"photo": upload(TWO), "region": "0.5,0.2,0.5,0.7"}).json()["regions"] == []
        assert client.get(API, {"like": PRODUCTS[0]}).json()["regions"] == []

    def test_one_thing_is_a_region(self, client: Client) -> None:
        answer = client.post(API, {"photo": upload(jpeg_of(scene_of([(0.3, 0.2)])))}).json()
        assert len(answer["regions"]) == 1


def test_token_keeps_five_items_and_still_fits_an_address() -> None:
    vectors = clustered(5)
    colours = np.full(48, 48**-0.5, dtype=np.float32)
    items = tuple(
        Item(Region(number / 10, 0.2, 0.3, 0.4), 0.9, vector, colours) for number, vector in enumerate(vectors)
    )
    look = write_token(PhotoEmbedding(vectors[0], NETWORK, colours, items=items))
    assert len(look) < 2900
    kept = read_token(look, [NETWORK])
    assert kept.item == 0
    for number, (item, vector) in enumerate(zip(items, vectors, strict=True), 1):
        assert float(kept.of_item(number).vector @ vector) > 0.9998
        assert kept.items[number - 1].box == pytest.approx(item.box, abs=0.003)
    with pytest.raises(IndexError):
        kept.of_item(6)

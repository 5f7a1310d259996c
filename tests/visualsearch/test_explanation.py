"""“Why this?”: heat maps of the product's picture and of the photo, which is never stored."""

import base64
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.throttling import ScopedRateThrottle

from catalog.models import Product, ProductImage
from catalog.pictures.checking import open_picture
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.photos import embedded
from tests.visualsearch.pictures import encoded, noise
from tests.visualsearch.test_pages import upload
from visualsearch import index
from visualsearch.embedding.data_uris import jpeg_uri
from visualsearch.embedding.preprocess import Region
from visualsearch.embedding_token import write_token
from visualsearch.explanation import explain, likeness, place_of
from visualsearch.models import Network
from visualsearch.networks import serving
from visualsearch.photo import THUMBNAIL_SIDE, Photo, PhotoEmbedding

pytestmark = pytest.mark.django_db
URL = "/search/photo/why/"


@pytest.fixture
def image(network: Network) -> ProductImage:
    """Create an embedded picture of a mug."""
    shown = ImageFactory(product=ProductFactory(title="Mug"), data=pattern(1), alt="A patterned mug")
    index.refresh([shown.pk], network)
    return shown


@pytest.fixture
def look(network: Network) -> PhotoEmbedding:
    """Return the embedding of another photo of the mug."""
    return embedded(pattern(1, again=True), network)


def query(image: ProductImage, look: PhotoEmbedding) -> dict[str, str | int]:
    return {"image": image.pk, "look": write_token(look)}


def files(folder: str) -> set[Path]:
    return {path for path in Path(folder).rglob("*") if path.is_file()}


def test_product_is_explained_without_the_photo(client: Client, image: ProductImage, look: PhotoEmbedding) -> None:
    response = client.get(URL, query(image, look))
    page = response.content.decode()
    assert response.status_code == 200
    assert response.context["reason"].photo is None
    assert page.count("data:image/jpeg;base64,") == 1
    assert "A patterned mug. Similar area:" in page
    assert "and your photo are" in page
    assert "no-store" in response.headers["Cache-Control"]


def test_photo_is_explained_if_sent_and_not_stored(
    client: Client, image: ProductImage, look: PhotoEmbedding, settings: Any
) -> None:
    before = files(settings.MEDIA_ROOT)
    photo = Photo.decode(open_picture(pattern(1, again=True)), look.network)
    thumbnail = jpeg_uri(photo.shrunk(THUMBNAIL_SIDE))
    sent = {"image": image.pk, "look": write_token(look), "thumbnail": thumbnail}
    response = client.post(URL, sent)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("data:image/jpeg;base64,") == 2
    assert "Your photo. Similar area:" in page
    assert files(settings.MEDIA_ROOT) == before
    photo = response.context["reason"].photo
    assert photo.width == photo.height == 320


def test_results_offer_an_explanation_and_send_their_thumbnail(client: Client, image: ProductImage) -> None:
    page = client.post("/search/photo/", {"photo": upload(pattern(1, again=True)), "region": "0,0,0.5,1"})
    html = page.content.decode()
    assert f'form="why" name="image" value="{image.pk}"' in html
    form = html[html.index('<form id="why"') :]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    assert sent["region"] == "0,0,0.5,1"
    sent = {name: unescape(value) for name, value in sent.items()} | {"image": str(image.pk)}
    assert client.post(URL, sent).context["reason"].photo is not None


@pytest.mark.parametrize("by", ["look", "vector"])
def test_results_without_a_photo_send_none(client: Client, image: ProductImage, look: PhotoEmbedding, by: str) -> None:
    if by == "look":
        html = client.get("/search/photo/", {"look": write_token(look)}).content.decode()
    else:  # what the customer's device computed of a photo that stays there
        vector = base64.b64encode(look.vector.astype("<f4").tobytes()).decode()
        sent = {"vector": vector, "network": look.network.sha256}
        html = client.post("/search/photo/", sent).content.decode()
    form = html[html.index('<form id="why"') :]
    form = form[: form.index("</form>")]
    assert 'method="get"' in form
    assert "thumbnail" not in form
    assert "csrf" not in form


def test_heat_of_a_crop_lies_inside_it(image: ProductImage, network: Network) -> None:
    photo = encoded(noise(300, 200), "JPEG")
    region = Region(0.7, 0.0, 0.3, 0.33)
    reason = explain(embedded(photo, network, region), image, open_picture(photo), region)
    assert reason.photo is not None
    assert reason.photo.place == "mostly upper right"


def test_score_is_that_of_the_search(client: Client, image: ProductImage, look: PhotoEmbedding) -> None:
    found = client.get("/search/photo/", {"look": write_token(look)}).context["results"][0]
    assert explain(look, image).score == pytest.approx(found.score, abs=2e-3)


@pytest.mark.parametrize(
    ("score", "words"), [(0.95, "very much alike"), (0.8, "very much alike"), (0.7, "alike"), (0.5, "slightly alike")]
)
def test_likeness_in_words(score: float, words: str) -> None:
    assert likeness(score, 0.6) == words


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [(0, 0, "mostly upper left"), (4, 0, "mostly middle left"), (8, 8, "mostly lower right")],
)
def test_place_in_words(row: int, column: int, words: str) -> None:
    warmth = np.full((9, 9), 0.01, dtype=np.float32)
    warmth[row, column] = 1
    assert place_of(warmth) == words
    assert place_of(np.ones((9, 9), dtype=np.float32)) == "all over the picture"
    assert place_of(np.zeros((2, 1), dtype=np.float32)) == "nowhere in particular"


@pytest.mark.parametrize(
    "wrong",
    [
        {"look": "nonsense"},
        {"look": ""},
        {"image": ""},
        {"image": "x"},
        {"image": "99999999999999999999"},
        {"thumbnail": "data:image/jpeg;base64,%%%"},
        {"thumbnail": "data:image/jpeg;base64," + base64.b64encode(b"no picture").decode()},
        {"thumbnail": "data:image/svg+xml,<svg/>"},
        {"thumbnail": "a" * 400_001},
        {"thumbnail": base64.b64encode(picture()[:300]).decode()},
        {"region": "0,0,2,2"},
    ],
)
def test_invalid_fields_are_refused_with_a_sentence(
    client: Client, image: ProductImage, look: PhotoEmbedding, wrong: dict[str, str]
) -> None:
    response = client.post(URL, {"image": str(image.pk), "look": write_token(look)} | wrong)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_hidden_products_are_not_explained(client: Client, image: ProductImage, look: PhotoEmbedding) -> None:
    asked = query(image, look)
    Product.objects.update(status="draft")
    assert client.get(URL, asked).status_code == 404
    assert client.get(URL, asked | {"image": image.pk + 1}).status_code == 404


def test_pictures_without_a_heat_map_are_refused_with_a_sentence(
    client: Client, image: ProductImage, look: PhotoEmbedding
) -> None:
    other = ImageFactory(data=pattern(2))
    response = client.get(URL, query(other, look))
    assert response.status_code == 404
    assert "is not in the photo search yet" in response.content.decode()
    Path(image.file.path).unlink()
    response = client.get(URL, query(image, look))
    assert response.status_code == 404
    assert "cannot be read" in response.content.decode()


def test_every_network_explains_by_its_own_feature_maps(client: Client, image: ProductImage, other: Network) -> None:
    index.refresh([image.pk], other)
    seen = embedded(pattern(1, again=True), other)
    assert serving.live() != other
    assert explain(seen, image).score > 0.5


def test_request_needs_a_csrf_token(image: ProductImage, look: PhotoEmbedding) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(URL, {"image": image.pk, "look": write_token(look)}).status_code == 403


def test_too_many_requests_are_refused_with_a_sentence(
    client: Client, image: ProductImage, look: PhotoEmbedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"photo": "1/min"})
    cache.clear()
    answers = [client.get(URL, query(image, look)) for _ in range(2)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Try again in" in answers[1].content.decode()

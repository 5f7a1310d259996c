"""The photo search page: the form, the results of a photo, and repeated searches."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.throttling import ScopedRateThrottle

from catalog.models import Product, ProductImage
from catalog.models.search_tally import SearchTally
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.embedding_token import write_token
from visualsearch.models import Network
from visualsearch.photo import PhotoEmbedding

pytestmark = pytest.mark.django_db
URL = "/search/photo/"


def stock(network: Network, count: int = 6) -> list[Product]:
    """Create products with pictures: product n shows pattern n."""
    products = [ProductFactory(title=f"Thing {seed}", price=f"{10 + seed}.00") for seed in range(count)]
    images = [ImageFactory(product=product, data=pattern(seed)) for seed, product in enumerate(products)]
    index.refresh([image.pk for image in images], network)
    return products


def upload(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def titles(response: Any) -> list[str]:
    return [result.product.title for result in response.context["results"]]


def test_form_is_shown(client: Client) -> None:
    response = client.get(URL)
    assert response.status_code == 200
    assert response.context["results"] is None
    assert 'name="photo"' in response.content.decode()


def test_photo_finds_its_product_first(client: Client, network: Network) -> None:
    stock(network)
    response = client.post(URL, {"photo": upload(pattern(3, again=True))})
    assert response.status_code == 200
    assert titles(response)[0] == "Thing 3"
    assert response.context["verdict"] == "match"
    assert response.context["thumbnail"].startswith("data:image/jpeg;base64,")


def test_token_repeats_the_search_without_the_photo(client: Client, network: Network) -> None:
    stock(network)
    first = client.post(URL, {"photo": upload(pattern(3))})
    again = client.get(URL, {"look": first.context["look"]})
    assert titles(again) == titles(first)
    scores = [result.score for result in first.context["results"]]
    assert [result.score for result in again.context["results"]] == pytest.approx(scores, abs=1e-3)  # half precision
    assert len(f"{URL}?{urlencode({'look': first.context['look']})}") < 1000


def test_narrowing_the_results_does_not_count_the_photo_again(client: Client, network: Network) -> None:
    first = client.post(URL, {"photo": upload(pattern(3))})
    client.get(URL, {"look": first.context["look"], "max_price": "12"})
    assert SearchTally.objects.by_photo().values_list("searches", "unanswered").get() == (1, 1)
    stock(network)
    client.post(URL, {"photo": upload(pattern(3))})
    assert SearchTally.objects.by_photo().values_list("searches", "unanswered").get() == (2, 1)


def test_repeated_search_is_filtered_and_sorted(client: Client, network: Network) -> None:
    stock(network)
    look = client.post(URL, {"photo": upload(pattern(3))}).context["look"]
    narrowed = client.get(URL, {"look": look, "max_price": "12"})
    assert sorted(titles(narrowed)) == ["Thing 0", "Thing 1", "Thing 2"]
    dearest = client.get(URL, {"look": look, "sort": "-price"})
    assert titles(dearest) == [f"Thing {seed}" for seed in (5, 4, 3, 2, 1, 0)]


def test_words_and_photo_rank_together(client: Client, network: Network) -> None:
    stock(network)
    look = client.post(URL, {"photo": upload(pattern(3))}).context["look"]
    response = client.get(URL, {"look": look, "q": "thing 5"})
    assert set(titles(response)[:2]) == {"Thing 3", "Thing 5"}


def test_damaged_token_is_refused(client: Client, network: Network) -> None:
    look = client.post(URL, {"photo": upload(pattern(3))}).context["look"]
    response = client.get(URL, {"look": look[:-2] + "xx"})
    assert response.status_code == 400
    assert response.context["error"]["code"] == "look_invalid"


def test_token_of_another_network_is_refused(client: Client, network: Network) -> None:
    other = Network(name="other", sha256="0" * 64, dimensions=256)
    response = client.get(URL, {"look": write_token(PhotoEmbedding(np.full(256, 1 / 16, dtype=np.float32), other))})
    assert response.status_code == 400
    assert response.context["error"]["code"] == "look_outdated"


def test_invalid_filter_is_refused_with_the_filters_shown(client: Client, network: Network) -> None:
    look = client.post(URL, {"photo": upload(pattern(3))}).context["look"]
    response = client.get(URL, {"look": look, "min_price": "20", "max_price": "10"})
    assert response.status_code == 400
    assert "minimum price is higher" in response.content.decode()


def test_no_results_are_no_match(client: Client, network: Network) -> None:
    response = client.post(URL, {"photo": upload(pattern(3))})
    assert response.context["verdict"] == "no_match"
    assert response.context["results"] == []


def test_score_below_the_threshold_of_the_card_is_no_match(client: Client, network: Network) -> None:
    stock(network)
    Network.objects.update(card=network.card | {"match_threshold": 1.3})
    response = client.post(URL, {"photo": upload(pattern(3))})
    assert response.context["verdict"] == "no_match"
    assert titles(response)[0] == "Thing 3"


def heading(response: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.DOTALL)
    assert found
    return " ".join(unescape(found[1]).split())


@pytest.mark.parametrize(
    ("threshold", "title"),
    [(0.5, "Results for your photo"), (1.1, "Is it one of these?"), (1.3, "We do not seem to sell this")],
)
def test_heading_tells_the_verdicts_apart(client: Client, network: Network, threshold: float, title: str) -> None:
    stock(network)
    Network.objects.update(card=network.card | {"match_threshold": threshold})
    assert heading(client.post(URL, {"photo": upload(pattern(3))})) == title


def test_no_match_offers_categories_and_a_form(client: Client, network: Network) -> None:
    products = stock(network)
    Network.objects.update(card=network.card | {"match_threshold": 1.3})
    found = client.post(URL, {"photo": upload(pattern(3))})
    page = found.content.decode()
    assert f'class="chip chip-link" href="{products[0].category.get_absolute_url()}"' in page
    assert 'action="/search/missed/"' in page
    narrowed = client.get(URL, {"look": found.context["look"], "min_price": "12"}).content.decode()
    assert 'action="/search/missed/"' not in narrowed, "the filters may be why"


def test_match_offers_no_form(client: Client, network: Network) -> None:
    stock(network)
    assert 'action="/search/missed/"' not in client.post(URL, {"photo": upload(pattern(3))}).content.decode()


def test_drafts_are_never_found(client: Client, network: Network) -> None:
    products = stock(network)
    Product.objects.filter(pk=products[3].pk).update(status="draft")
    Product.objects.filter(pk=products[4].pk).update(
        status="scheduled", publish_at=timezone.now() + timedelta(days=400)
    )
    response = client.post(URL, {"photo": upload(pattern(3))})
    assert sorted(titles(response)) == ["Thing 0", "Thing 1", "Thing 2", "Thing 5"]


def test_photo_is_neither_stored_nor_logged(
    client: Client, network: Network, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    stock(network, 1)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    client.post(URL, {"photo": upload(pattern(9), "bobs-secret.jpg")})
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert ProductImage.objects.count() == 1
    assert "bobs-secret" not in caplog.text


@pytest.mark.parametrize("count", [3, 30])
def test_results_need_few_queries(
    client: Client, network: Network, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    stock(network, count)
    client.post(URL, {"photo": upload(pattern(1))})  # this process reads categories and networks, which it then keeps
    with django_assert_max_num_queries(8):
        response = client.post(URL, {"photo": upload(pattern(1))})
    assert len(response.context["results"]) == min(count, 24)


def test_filter_form_keeps_the_token(client: Client, network: Network) -> None:
    stock(network, 1)
    page = client.post(URL, {"photo": upload(pattern(0))}).content.decode()
    hidden = re.search(r'name="look" value="([^"]+)"', page)
    assert hidden is not None
    assert client.get(URL, {"look": unescape(hidden[1])}).status_code == 200


def test_too_many_photos_in_a_minute_are_refused_with_a_sentence(
    client: Client, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"photo": "2/min"})
    cache.clear()
    answers = [client.post(URL, {"photo": upload(pattern(3))}) for _ in range(3)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].context["error"]["code"] == "throttled"
    assert "Try again in" in answers[2].content.decode()
    assert client.get(URL).status_code == 200

"""A vector computed on the customer's device finds the same products as the photo, and invalid vectors are refused."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.throttling import ScopedRateThrottle

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.photos import embedded
from visualsearch import index
from visualsearch.embedding.card import file_sha256
from visualsearch.models import Network
from visualsearch.networks import registry, serving, swap
from visualsearch.photo import Vector

pytestmark = pytest.mark.django_db
PAGE, CALL = "/search/photo/", "/api/v1/search/photo/"
NUMBERS = np.linspace(-1, 1, 256) / np.linalg.norm(np.linspace(-1, 1, 256))


@pytest.fixture(autouse=True)
def _stock(network: Network) -> None:
    products = [ProductFactory(title=f"Thing {n}", price=f"{10 + n}.00") for n in range(6)]
    images = [ImageFactory(product=product, data=pattern(n)) for n, product in enumerate(products)]
    index.refresh([image.pk for image in images], network)


def encode_vector(numbers: Any, kind: str = "<f4", encode: Callable[[bytes], bytes] = base64.b64encode) -> str:
    return encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def photo_vector(data: bytes) -> Vector:
    return embedded(data, serving.live()).vector


def send(client: Client, vector: str, address: str = CALL, **fields: Any) -> Any:
    return client.post(address, {"vector": vector, "network": serving.live().sha256, **fields})


def products(response: Any) -> list[tuple[str, float]]:
    return [(result["product"]["slug"], result["score"]) for result in response.json()["results"]]


@pytest.mark.parametrize("kind", ["<f2", "<f4"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_vector_finds_the_same_products_as_its_photo(
    client: Client, kind: str, encode: Callable[[bytes], bytes]
) -> None:
    data = pattern(3, again=True)
    by_photo = client.post(CALL, {"photo": SimpleUploadedFile("photo.jpg", data, "image/jpeg")})
    by_vector = send(client, encode_vector(photo_vector(data), kind, encode).rstrip("="))
    assert by_vector.status_code == 200
    assert [slug for slug, _ in products(by_vector)] == [slug for slug, _ in products(by_photo)]
    assert [score for _, score in products(by_vector)] == pytest.approx(
        [score for _, score in products(by_photo)], abs=1e-3
    )
    assert by_vector.json()["verdict"] == "match"


def test_a_vector_search_can_be_filtered_and_limited(client: Client) -> None:
    vector = encode_vector(photo_vector(pattern(3)))
    found = send(client, vector, max_price="12.50", limit="2", region="0.1,0.1,0.5,0.5")
    assert len(products(found)) == 2
    assert {slug for slug, _ in products(found)} <= {"thing-0", "thing-1", "thing-2"}
    assert found.json()["region"] == [0.1, 0.1, 0.5, 0.5]


def test_a_vector_search_of_the_page_can_be_repeated(client: Client) -> None:
    page = send(client, encode_vector(photo_vector(pattern(3))), PAGE)
    assert page.status_code == 200
    assert page.context["results"][0].product.slug == "thing-3"
    assert "thumbnail" not in page.context
    again = client.get(PAGE, {"look": page.context["look"], "max_price": "13"})
    assert again.context["results"][0].product.slug == "thing-3"


@pytest.mark.parametrize("address", [PAGE, CALL])
@pytest.mark.parametrize(
    "vector",
    [
        "no base64 at all!",
        "AAAA",
        encode_vector(NUMBERS[:255]),
        encode_vector(np.append(NUMBERS, 0.0)),
        encode_vector(NUMBERS, "<f8"),
        encode_vector(NUMBERS, ">f4"),
        encode_vector(NUMBERS * 1.02),
        encode_vector(NUMBERS * 0.0),
        encode_vector(np.where(np.arange(256) == 7, np.nan, NUMBERS)),
        encode_vector(np.where(np.arange(256) == 7, np.inf, NUMBERS), "<f2"),
        encode_vector(np.full(256, 3e38)),
        "é" * 684,
    ],
)
def test_an_invalid_vector_is_refused(client: Client, vector: str, address: str) -> None:
    assert refusal(send(client, vector, address)) == (400, "vector_invalid")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=1100), st.binary(min_size=512, max_size=512)), is_text=st.booleans())
def test_arbitrary_bytes_as_a_vector_cause_no_error(client: Client, data: bytes, is_text: bool) -> None:
    vector = data.decode("latin-1") if is_text else base64.b64encode(data).decode()
    assert send(client, vector).status_code in (200, 400)


@pytest.mark.parametrize("address", [PAGE, CALL])
@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ("", 400, "network_missing"),
        ("0" * 64, 409, "network_outdated"),
        ("1231", 409, "network_outdated"),
        ("not hexadecimal", 409, "network_outdated"),
    ],
)
def test_a_vector_of_another_network_is_refused(
    client: Client, named: str, status: int, code: str, address: str
) -> None:
    assert refusal(send(client, encode_vector(NUMBERS), address, network=named)) == (status, code)


def test_the_start_of_the_networks_hash_is_enough(client: Client) -> None:
    named = serving.live().sha256[:12].upper()
    assert send(client, encode_vector(NUMBERS), network=named).status_code == 200


@pytest.mark.parametrize("address", [PAGE, CALL])
def test_a_photo_with_its_vector_is_refused(client: Client, address: str) -> None:
    photo_file = SimpleUploadedFile("photo.jpg", pattern(3), "image/jpeg")
    assert refusal(send(client, encode_vector(NUMBERS), address, photo=photo_file)) == (400, "photo_and_vector")


@pytest.mark.parametrize("address", [PAGE, CALL])
def test_vector_searches_are_throttled_like_photos(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"photo": "2/min"})
    cache.clear()
    assert [send(client, encode_vector(NUMBERS), address).status_code for _ in range(3)] == [200, 200, 429]
    cache.clear()


def test_the_network_is_described_and_its_graph_served(client: Client) -> None:
    card = registry.local_card(serving.live())
    described = client.get("/api/v1/search/photo/network/").json()
    assert described["network"] == card.weights_sha256
    assert (described["input_size"], described["crop"], described["mean"]) == (224, 0.875, [0.5, 0.5, 0.5])
    graph = client.get(described["graph"]["url"])
    body = graph.getvalue()
    assert len(body) == described["graph"]["bytes"] == int(graph["Content-Length"])
    assert file_sha256(card.graph_path) == described["graph"]["sha256"]
    assert graph["Content-Type"] == "application/octet-stream"
    assert graph["Cache-Control"] == "public, max-age=31536000, immutable"


def test_files_of_the_live_network_and_the_one_before_are_served(client: Client, other: Network) -> None:
    """A phone may still be downloading when the networks are swapped."""
    before = client.get("/api/v1/search/photo/network/").json()["graph"]["url"]
    assert client.get("/search/photo/networks/default.onnx").status_code == 404
    swap.activate(other, "alice", is_forced=True)
    described = client.get("/api/v1/search/photo/network/").json()
    assert (described["network"], described["dimensions"]) == (other.sha256, 96)
    assert client.get(described["graph"]["url"]).status_code == 200
    assert client.get(before).status_code == 200
    swap.rollback("alice")
    assert client.get(described["graph"]["url"]).status_code == 404


@pytest.mark.parametrize("address", [PAGE, CALL])
def test_a_vector_computed_before_a_swap_is_answered_by_its_network(
    client: Client, other: Network, address: str
) -> None:
    before, product = serving.live(), ImageFactory(data=pattern(3)).product
    index.refresh(product.images.values_list("pk", flat=True), before)
    vector = encode_vector(photo_vector(pattern(3)))
    swap.activate(other, "alice", is_forced=True)
    response = send(client, vector, address, network=before.sha256)
    assert response.status_code == 200
    assert before.sha256[:12] in response["Semblance-Network"]
    assert product.title in response.content.decode()


def test_a_vector_is_refused_once_its_network_is_neither_live_nor_the_one_before(
    client: Client, other: Network
) -> None:
    vector, after = encode_vector(NUMBERS), other.sha256
    swap.activate(other, "alice", is_forced=True)
    swap.rollback("alice")
    assert refusal(send(client, vector, network=after)) == (409, "network_outdated")


def refusal(response: Any) -> tuple[int, str]:
    error = response.context["error"] if response.context else response.json()
    assert str(error["detail"]).endswith(".")
    return response.status_code, error["code"]

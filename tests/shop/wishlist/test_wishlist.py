"""Wishlists of customers and guests, and their visibility."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.models import Product
from shop.accounts import personal_data
from shop.accounts.models import Customer
from shop.wishlist import services
from shop.wishlist.models import Wishlist, WishlistItem
from tests.conftest import PASSWORD
from tests.factories import ImageFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def mug() -> Product:
    return ProductFactory(title="Halden mug")


@pytest.fixture
def client_of_alice(client: Client, alice: Customer) -> Client:
    client.force_login(alice)
    return client


def wish(client: Client, product: Product, **headers: str) -> Any:
    return client.post("/wishlist/change/", {"add": product.slug}, headers=headers)


def titles(client: Client) -> list[str]:
    return [product.title for product in client.get("/wishlist/").context["products"]]


@pytest.mark.parametrize("is_guest", [True, False])
def test_products_are_added_and_removed(client: Client, alice: Customer, mug: Product, is_guest: bool) -> None:
    if not is_guest:
        client.force_login(alice)
    bowl = ProductFactory(title="Bowl")
    assert 'name="add" value="halden-mug"' in client.get(mug.get_absolute_url()).content.decode()
    for each in (mug, mug, bowl):
        wish(client, each)
    assert titles(client) == ["Bowl", "Halden mug"]
    assert 'name="remove" value="halden-mug"' in client.get("/products/").content.decode()
    for _ in range(2):
        client.post("/wishlist/change/", {"remove": mug.slug})
    assert titles(client) == ["Bowl"]


def test_the_button_returns_to_its_page(client: Client, mug: Product) -> None:
    assert wish(client, mug, referer="http://testserver/products/?colour=blue").url == "/products/?colour=blue"
    assert wish(client, mug, referer="https://mallory.example/").url == "/wishlist/"
    assert wish(client, mug).url == "/wishlist/"


def test_scripts_get_json(client: Client, mug: Product) -> None:
    assert wish(client, mug, accept="application/json").json() == {"is_wished": True, "count": 1}


@pytest.mark.parametrize("slug", ["no-such-mug", "", "x" * 5000])
def test_drafts_cannot_be_added(client_of_alice: Client, slug: str) -> None:
    ProductFactory(title="Draft", status=Product.Status.DRAFT)
    assert client_of_alice.post("/wishlist/change/", {"add": slug}).status_code == 404
    assert client_of_alice.post("/wishlist/change/", {"add": "draft"}).status_code == 404
    assert client_of_alice.get("/wishlist/change/").status_code == 405


def test_a_guests_wishlist_is_merged_at_log_in(client: Client, alice: Customer, mug: Product) -> None:
    cache.clear()
    bowl, lamp = ProductFactory(title="Bowl"), ProductFactory(title="Lamp")
    services.add_products(alice, [mug.pk], NOW)
    for each in (mug, bowl, lamp):
        wish(client, each)
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    assert titles(client) == ["Lamp", "Bowl", "Halden mug"]
    client.post("/account/logout/")
    assert titles(client) == []


def test_a_full_wishlist_does_not_prevent_log_in(
    client: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    products = [ProductFactory() for _ in range(services.MAX_ITEMS + 1)]
    services.add_products(alice, [product.pk for product in products[:-1]], NOW)
    with pytest.raises(services.WishlistFullError):
        services.add_products(alice, [products[-1].pk], NOW)
    wish(client, products[-1])
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    assert (
        "Your wishlist is full"
        in client.post("/wishlist/change/", {"add": products[-1].slug}, follow=True).content.decode()
    )
    assert len(services.wished_ids(alice)) == services.MAX_ITEMS


def test_hidden_products_do_not_appear_on_the_wishlist(client_of_alice: Client, alice: Customer, mug: Product) -> None:
    wish(client_of_alice, mug)
    Product.objects.update(status=Product.Status.DRAFT)
    assert titles(client_of_alice) == []
    Product.objects.update(status=Product.Status.PUBLISHED)
    assert titles(client_of_alice) == ["Halden mug"]
    mug.delete()
    assert titles(client_of_alice) == []


def test_a_wishlist_is_public_only_while_shared(
    client_of_alice: Client, alice: Customer, mug: Product, bob: Customer
) -> None:
    wish(client_of_alice, mug)
    visitor = Client()
    visitor.force_login(bob)
    assert titles(visitor) == []
    client_of_alice.post("/wishlist/share/")
    address = f"/wishlist/shared/{services.share_token(alice)}/"
    page = visitor.get(address).content.decode()
    assert "Halden mug" in page
    assert "alice" not in page.lower()
    assert '"noindex, nofollow"' in page
    client_of_alice.post("/wishlist/share/", {"withdraw": ""})
    assert visitor.get(address).status_code == 404
    client_of_alice.post("/wishlist/share/")
    assert str(services.share_token(alice)) not in address


@pytest.mark.parametrize("token", ["None", "null", "x"])
def test_unknown_links_are_not_found(client: Client, alice: Customer, mug: Product, token: str) -> None:
    services.add_products(alice, [mug.pk], NOW)
    assert client.get(f"/wishlist/shared/{token}/").status_code == 404
    services.share(alice)
    assert client.get(f"/wishlist/shared/{token}/").status_code == 404
    assert len(services.share_token(alice) or "") >= 32


def test_guests_cannot_share_a_wishlist(client: Client) -> None:
    assert client.post("/wishlist/share/").headers["Location"].startswith("/account/login/")


def test_products_in_stock_can_be_added_to_the_cart(client: Client, mug: Product) -> None:
    VariantFactory(product=mug, sku="M-L", options={"size": "large"})
    bowl = ProductFactory(title="Bowl", stock=0)
    wish(client, mug)
    wish(client, bowl)
    page = client.get("/wishlist/").content.decode()
    assert page.count('action="/cart/add/"') == 1
    for variant in mug.variants.all():
        assert f'<option value="{variant.pk}">' in page


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("address", ["/wishlist/", "/products/", "shared"])
def test_the_number_of_queries_does_not_grow_with_the_wishlist(
    client_of_alice: Client,
    alice: Customer,
    number: int,
    address: str,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for _ in range(number):
        ImageFactory(product=(product := ProductFactory()))
        services.add_products(alice, [product.pk], NOW)
    if address == "shared":
        address = f"/wishlist/shared/{services.share(alice)}/"
    with django_assert_max_num_queries(13):
        assert client_of_alice.get(address).status_code == 200


def test_the_wishlist_is_exported_and_erased(alice: Customer, bob: Customer, mug: Product) -> None:
    for each in (alice, bob):
        services.add_products(each, [mug.pk], NOW)
    assert personal_data.export_data(alice)["wishlist"] == [
        {"product": "halden-mug", "title": "Halden mug", "added_at": NOW.isoformat()}
    ]
    personal_data.erase_customer(alice, NOW)
    assert [item.wishlist.customer for item in WishlistItem.objects.all()] == [bob]
    assert Wishlist.objects.count() == 1

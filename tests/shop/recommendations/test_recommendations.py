"""Recommendations: what is bought together, what goes with products, and a visitor's own shelves."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Product
from shop.accounts.models import Customer
from shop.celery import app
from shop.orders.models import Order, OrderLine
from shop.orders.states import State
from shop.recommendations.history import COOKIE
from shop.recommendations.models import BoughtTogether
from shop.recommendations.services import MAX_PRODUCTS, MIN_ORDERS, PERIOD, count_pairs, goes_with
from shop.recommendations.tasks import count_pairs as count_pairs_task
from shop.tasks import delete_expired_sessions
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from visualsearch.models import ImageEmbedding
from visualsearch.networks import serving
from visualsearch.recommendations import MAX_VIEWED, Recommendation

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FRAGMENT = {"HX-Request": "true"}


def order(*products: Product, state: str = State.PAID, days_ago: int = 1) -> None:
    """Create an order of one unit of each product."""
    placed = NOW - timedelta(days=days_ago)
    total = Decimal(10) * len(products)
    row = Order.objects.create(
        email="alice@example.com", placed_at=placed, state=state, currency="EUR", goods_amount=total,
        total_amount=total, shipping_name="Parcel",
    )  # fmt: skip
    for product in products:
        variant = product.variants.get()
        OrderLine.objects.create(
            order=row, variant=variant, title=product.title, sku=variant.sku, quantity=1, unit_amount=10,
            total_amount=10,
        )  # fmt: skip


def product(title: str, kind: str = "", cosine: float | None = None, **fields: Any) -> Product:
    """Create a product of a kind, perhaps with a picture of this cosine to that of a product with 1."""
    category = Category.objects.filter(name=kind).first() or CategoryFactory(name=kind or title)
    row = ProductFactory(title=title, category=category, **fields)
    if cosine is not None:
        network, image = serving.live(), ImageFactory(product=row)
        vector = np.zeros(network.dimensions)
        vector[:2] = cosine, np.sqrt(1 - cosine**2)
        ImageEmbedding.objects.create(image=image, network=network, vector=vector.tolist(), image_sha256=image.sha256)
    return row


def pairs() -> dict[tuple[str, str], int]:
    rows = BoughtTogether.objects.values_list("product__title", "other__title", "orders")
    return {(one, other): number for one, other, number in rows}


def titles(found: list[Recommendation]) -> list[str]:
    return [each.product.title for each in found]


def test_pairs_are_counted_both_ways_and_only_if_several_orders_have_them() -> None:
    mug, bowl, lamp = product("Mug"), product("Bowl"), product("Lamp")
    for _number in range(MIN_ORDERS):
        order(mug, bowl)
    order(mug, lamp)
    assert count_pairs(NOW) == 2
    assert pairs() == {("Mug", "Bowl"): 2, ("Bowl", "Mug"): 2}
    assert count_pairs(NOW) == 0


def test_pairs_leave_out_unsold_old_and_very_large_orders() -> None:
    mug, bowl = product("Mug"), product("Bowl")
    crowd = [mug, bowl, *(product(f"Thing {number}", "Things") for number in range(MAX_PRODUCTS - 1))]
    for _number in range(MIN_ORDERS):
        order(mug, bowl, state=State.PENDING)
        order(mug, bowl, state=State.CANCELLED)
        order(mug, bowl, days_ago=PERIOD.days + 1)
        order(*crowd)
    assert count_pairs(NOW) == 0


def test_pairs_that_are_no_longer_bought_disappear() -> None:
    mug, bowl = product("Mug"), product("Bowl")
    for _number in range(MIN_ORDERS):
        order(mug, bowl)
    count_pairs(NOW)
    assert count_pairs(NOW + PERIOD) == 2
    assert pairs() == {}


def test_products_that_everyone_buys_do_not_come_first() -> None:
    mug, bowl, bag = product("Mug"), product("Bowl"), product("Bag")
    for _number in range(3):
        order(mug, bowl, bag)
    for _number in range(9):
        order(bag)
    count_pairs(NOW)
    assert titles(goes_with([mug], NOW, 4)) == ["Bowl", "Bag"]


def test_goes_with_is_in_stock_of_another_kind_and_not_in_the_cart() -> None:
    mug = product("Mug", "Mugs", family="halden")
    partners = [
        product("Other mug", "Mugs"), product("Sold out", stock=0), product("In cart"),
        product("Draft", status="draft"), product("Family", family="halden"), product("Right"),
        product("Tray", family="sol"), product("Tray, black", family="sol"),
    ]  # fmt: skip
    for _number in range(MIN_ORDERS):
        order(mug, *partners)
    count_pairs(NOW)
    found = goes_with([mug], NOW, 8, without=[Product.objects.get(title="In cart").pk])
    assert titles(found) == ["Right", "Tray"]
    assert found[0].reason == "Often bought with Mug"


def test_goes_with_falls_back_to_looks_across_categories() -> None:
    mug = product("Mug", "Mugs", 1)
    product("Other mug", "Mugs", 0.9)
    product("Bowl", "Bowls", 0.8)
    product("Chair", "Chairs", 0.1)
    bought = product("Bag")
    for _number in range(MIN_ORDERS):
        order(mug, bought)
    count_pairs(NOW)
    found = goes_with([mug], NOW, 8)
    assert [(each.product.title, each.reason) for each in found] == [
        ("Bag", "Often bought with Mug"), ("Bowl", "Matches the look of Mug"),
    ]  # fmt: skip
    assert titles(goes_with([mug], NOW, 8, seen=[found[1].product.pk])) == ["Bag"]


def test_goes_with_needs_few_queries(django_assert_max_num_queries: Any) -> None:
    sources = [product(f"Mug {number}", "Mugs", 1) for number in range(4)]
    for number in range(12):
        partner = product(f"Bowl {number}", f"Kind {number}", 0.9)
        if number < 3:
            for _number in range(MIN_ORDERS):
                order(sources[0], partner)
    count_pairs(NOW)
    loaded = list(Product.objects.filter(title__startswith="Mug").select_related("category"))
    with django_assert_max_num_queries(6):
        found = goes_with(loaded, NOW, 8)
        assert all(each.product.category.name for each in found)
    assert len(found) == 8


def test_visited_products_appear_as_recently_viewed_with_picks_and_reasons(client: Client) -> None:
    for number, kind in enumerate(("Mugs", "Mugs", "Bowls", "Bowls")):
        product(f"Thing {number}", kind, 1 - number / 20)
    assert "Recently viewed" not in client.get("/").content.decode()
    client.get("/products/thing-0/more/", headers=FRAGMENT)
    fragment = client.get("/products/thing-2/more/", headers=FRAGMENT).content.decode()
    assert "Recently viewed" in fragment
    assert "<html" not in fragment
    assert "Thing 0" in fragment.partition("Recently viewed")[2].partition("Picked for you")[0]
    assert "Because you viewed Thing" in fragment.partition("Picked for you")[2]
    assert 'hx-get="/for-you/"' in client.get("/").content.decode()
    page = client.get("/for-you/").content.decode()
    viewed = page.partition("Recently viewed")[2].partition("Picked for you")[0]
    assert viewed.index("Thing 2") < viewed.index("Thing 0")
    assert "Thing 1" in page.partition("Picked for you")[2]


def test_one_click_clears_what_was_viewed(client: Client) -> None:
    product("Mug")
    client.get("/products/mug/more/", headers=FRAGMENT)
    assert client.cookies[COOKIE].value
    done = client.post("/for-you/clear/", follow=True)
    assert "Your recently viewed products were cleared." in done.content.decode()
    assert not client.cookies[COOKIE].value
    assert "Recently viewed" not in client.get("/").content.decode()
    assert client.get("/for-you/clear/").status_code == 405


@pytest.mark.parametrize("came_from", ["https://elsewhere.test/", "http://testserver/products/"])
def test_clearing_returns_only_to_pages_of_the_shop(client: Client, came_from: str) -> None:
    address = client.post("/for-you/clear/", headers={"referer": came_from}).headers["Location"]
    assert address == (came_from if "testserver" in came_from else "/")


def test_looking_around_sets_no_cookie_and_creates_no_session(client: Client) -> None:
    product("Mug")
    for address in ("/", "/products/", "/products/mug/", "/for-you/", "/products/mug/more/", "/cart/goes-with/"):
        assert client.get(address).status_code == 200
    assert COOKIE not in client.cookies
    client.get("/products/mug/more/", headers=FRAGMENT)
    assert COOKIE in client.cookies
    assert not Session.objects.exists()


def test_a_history_ends_with_the_log_in_of_its_customer(client: Client, alice: Customer) -> None:
    product("Mug")
    product("Bowl")
    client.force_login(alice)
    client.get("/products/mug/more/", headers=FRAGMENT)
    assert "Mug" in client.get("/for-you/").content.decode()
    session = client.cookies.pop("sessionid")
    assert "Recently viewed" not in client.get("/for-you/").content.decode()
    client.cookies["sessionid"] = session
    assert "Mug" in client.get("/for-you/").content.decode()


def test_a_guest_keeps_their_history_at_log_in(client: Client, alice: Customer) -> None:
    product("Mug")
    client.get("/products/mug/more/", headers=FRAGMENT)
    client.force_login(alice)
    assert "Mug" in client.get("/for-you/").content.decode()


def test_shelves_that_load_late_undo_nothing(client: Client) -> None:
    """The wishlist is in the session, and the slow request must not save what it read before."""
    product("Mug")
    client.post(reverse("wishlist:change"), {"add": "mug"})
    before = Session.objects.get().session_data
    client.get("/products/mug/more/", headers=FRAGMENT)
    assert Session.objects.get().session_data == before


def test_a_shop_that_remembers_nothing_shows_no_personal_shelves(client: Client, settings: Any) -> None:
    settings.RECOMMENDATIONS = False
    product("Mug", "Mugs", 1)
    product("Bowl", "Bowls", 0.9)
    for slug in ("mug", "bowl"):
        page = client.get(f"/products/{slug}/more/", headers=FRAGMENT).content.decode()
    assert not Session.objects.exists()
    assert "Recently viewed" not in page
    assert "Picked for you" not in page


def test_fragments_are_private(client: Client) -> None:
    product("Mug")
    for address in ("/for-you/", "/products/mug/more/", "/cart/goes-with/"):
        response = client.get(address, headers=FRAGMENT)
        assert "private" in response.headers["Cache-Control"]
        assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("value", ["", "junk", "7:1.2:forged", ":1.2:x:y", "1" * 5000])
def test_a_forged_cookie_is_ignored(client: Client, value: str) -> None:
    product("Mug")
    client.cookies[COOKIE] = value
    for address in ("/", "/for-you/", "/products/mug/more/"):
        response = client.get(address)
        assert response.status_code == 200
        assert "Recently viewed" not in response.content.decode()


def test_a_history_is_limited(client: Client) -> None:
    for number in range(MAX_VIEWED + 2):
        product(f"Thing {number}")
        client.get(f"/products/thing-{number}/more/", headers=FRAGMENT)
    assert client.cookies[COOKIE].value.partition(":")[2].partition(":")[0].count(".") == MAX_VIEWED - 1


def test_the_cart_recommends_what_is_not_in_it(client: Client) -> None:
    mug = product("Mug", "Mugs", 1)
    bowl = product("Bowl", "Bowls", 0.9)
    product("Plate", "Plates", 0.8)
    for each in (mug, bowl):
        client.post("/cart/add/", {"variant": each.variants.get().pk, "quantity": "1"})
    assert 'hx-get="/cart/goes-with/"' in client.get("/cart/").content.decode()
    page = client.get("/cart/goes-with/").content.decode()
    assert "Plate" in page
    assert 'href="/products/bowl/"' not in page


def test_api_says_what_goes_with_a_product_and_why(client: Client) -> None:
    product("Mug", "Mugs", 1)
    product("Bowl", "Bowls", 0.9)
    result = client.get("/api/v1/products/mug/goes-with/").json()["results"][0]
    assert (result["product"]["slug"], result["kind"], result["because"]) == ("bowl", "looks", "mug")
    assert result["reason"] == "Matches the look of Mug"
    assert client.get("/api/v1/products/mug/goes-with/?limit=0").json()["code"] == "invalid_limit"
    assert client.get("/api/v1/products/none/goes-with/").status_code == 404


def test_api_offers_substitutes_with_a_reason(client: Client) -> None:
    product("Mug", "Mugs", 1, stock=0)
    product("Cup", "Mugs", 0.8)
    product("Dear cup", "Mugs", 0.9, price="80.00")
    results = client.get("/api/v1/products/mug/substitutes/").json()["results"]
    assert [each["product"]["slug"] for each in results] == ["cup"]
    assert results[0]["reason"] == "Looks like Mug and is in stock"


def test_api_recommends_with_a_reason(client: Client) -> None:
    product("Mug", "Mugs", 1)
    product("Cup", "Mugs", 0.8)
    results = client.get("/api/v1/recommendations/?viewed=mug").json()["results"]
    assert [(each["product"]["slug"], each["reason"]) for each in results] == [("cup", "Because you viewed Mug")]


def test_tasks_count_pairs_and_delete_expired_sessions(client: Client) -> None:
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {count_pairs_task.name, delete_expired_sessions.name} <= tasks
    mug, bowl = product("Mug"), product("Bowl")
    for _number in range(MIN_ORDERS):
        order(mug, bowl)
    count_pairs_task()
    assert len(pairs()) == 2
    client.get("/products/mug/more/", headers=FRAGMENT)
    Session.objects.update(expire_date=NOW - timedelta(days=1))
    delete_expired_sessions()
    assert not Session.objects.exists()

"""The purchase API: repeated writes run once, and unknown fields are ignored."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Variant
from shop.accounts.models import Customer
from shop.cart.models import Cart, CartLine
from shop.models import IdempotentCall
from shop.orders.models import Order
from shop.payments.models import Payment, TestCharge
from tests.purchases import DECLINED, GOOD, article, books_balance, deliver_to
from tests.races import race

ALICE: dict[str, Any] = {
    "email": "alice@example.com", "payment": "test", "card": GOOD, "total": "14.90",
    "delivery": {"name": "Alice", "line1": "1 Long Street", "postal_code": "10115", "city": "Berlin",
                 "country": "de"},
}  # fmt: skip
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]
API = "/api/v1/"


class Guest:
    """An API client that sends its cart's token."""

    def __init__(self) -> None:
        self.client, self.token = APIClient(), ""

    def __call__(self, method: str, call: str, data: Any = None, key: str = "", **headers: str) -> Any:
        if key:
            headers["Idempotency-Key"] = key
        if self.token:
            headers["Cart-Token"] = self.token
        response = getattr(self.client, method)(f"{API}{call}", data, format="json", headers=headers)
        if response.status_code < 300 and response.content and "lines" in response.json():
            self.token = response.json().get("token", self.token) or self.token
        return response


@pytest.fixture
def guest() -> Guest:
    return Guest()


def test_a_guest_buys_by_api(guest: Guest) -> None:
    mug = article("10.00")
    cart = guest("post", "cart/lines/", {"variant": mug.pk}).json()
    assert (cart["total"], cart["is_estimate"], len(cart["token"])) == ("14.90", True, 32)
    guest("patch", "cart/", {"country": "de"})
    line = guest("get", "cart/").json()["lines"][0]
    assert guest("patch", f"cart/lines/{line['id']}/", {"quantity": 2}).json()["goods"] == "20.00"
    guest("patch", f"cart/lines/{line['id']}/", {"quantity": 1})
    response = guest("post", "checkout/", ALICE)
    assert response.status_code == 201
    order = response.json()
    assert (order["state"], order["total"], order["lines"][0]["sku"]) == ("paid", "14.90", mug.sku)
    assert guest("get", f"orders/{order['secret']}/").json()["number"] == order["number"]
    books_balance()


def test_the_cart_lists_tax_by_rate(guest: Guest) -> None:
    deliver_to("DE", reduced="7")
    guest("post", "cart/lines/", {"variant": article("10.70", tax_class="reduced").pk})
    cart = guest("post", "cart/lines/", {"variant": article("20.00").pk}).json()
    assert cart["is_tax_included"]
    assert cart["taxes"] == [
        {"percent": "19", "net": "20.93", "tax": "3.97"}, {"percent": "7", "net": "10.00", "tax": "0.70"},
    ]  # fmt: skip
    order = guest("post", "checkout/", {**ALICE, "total": cart["total"]}).json()
    assert (order["taxes"], order["tax"]) == (cart["taxes"], "4.67")
    assert [line["tax"] for line in order["lines"]] == ["0.70", "3.19"]


def test_the_same_key_returns_the_first_answer_and_writes_once(guest: Guest) -> None:
    mug, key = article(), str(uuid.uuid4())
    guest("post", "cart/lines/", {"variant": mug.pk})
    first = guest("post", "cart/lines/", {"variant": mug.pk, "quantity": 2}, key=key)
    again = guest("post", "cart/lines/", {"variant": mug.pk, "quantity": 2}, key=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert CartLine.objects.get().quantity == 3


def test_the_same_key_with_another_body_is_refused(guest: Guest) -> None:
    mug = article()
    guest("post", "cart/lines/", {"variant": mug.pk})
    guest("post", "cart/lines/", {"variant": mug.pk}, key="one")
    refused = guest("post", "cart/lines/", {"variant": mug.pk, "quantity": 2}, key="one")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert guest("patch", "cart/", {}, key="one").status_code == 422
    assert CartLine.objects.get().quantity == 2


def test_two_guests_can_use_the_same_key(guest: Guest) -> None:
    mug, other = article(), Guest()
    guest("post", "cart/lines/", {"variant": mug.pk})
    other("post", "cart/lines/", {"variant": mug.pk})
    for each in (guest, other):
        assert each("post", "cart/lines/", {"variant": mug.pk}, key="1").json()["lines"][0]["quantity"] == 2


def test_a_failed_request_can_be_repeated_with_its_key(guest: Guest) -> None:
    guest("post", "cart/lines/", {"variant": article().pk})
    wrong = guest("post", "checkout/", {**ALICE, "total": "1.00"}, key="buy")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "total_changed")
    assert guest("post", "checkout/", ALICE, key="buy").status_code == 201


def test_repeating_the_checkout_with_or_without_a_key_gives_one_order(guest: Guest) -> None:
    guest("post", "cart/lines/", {"variant": article().pk})
    answers = [guest("post", "checkout/", ALICE, key=key).json()["secret"] for key in ("a", "a", "b", "")]
    assert len(set(answers)) == 1
    assert (Order.objects.count(), TestCharge.objects.count()) == (1, 1)


def test_a_running_request_is_not_started_again(guest: Guest) -> None:
    guest("post", "cart/lines/", {"variant": article().pk})
    guest("post", "checkout/", ALICE, key="buy")
    IdempotentCall.objects.update(status=None, answer=None)
    refused = guest("post", "checkout/", ALICE, key="buy")
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_use")


@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_requests_with_one_key_add_once(guest: Guest) -> None:
    mug = article(stock=50)
    guest("post", "cart/lines/", {"variant": mug.pk})
    token = guest.token

    def call(_number: int) -> int:
        each = Guest()
        each.token = token
        status: int = each("post", "cart/lines/", {"variant": mug.pk}, key="once").status_code
        return status

    answers = race(10, call)
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize(
    "more",
    [
        {"state": "paid"}, {"total_amount": "0.01"}, {"discount": "9.99"}, {"lines": [{"price": "0.01"}]},
        {"customer": 1, "stock": "sold"}, {"secret": "mine"}, {"payment_status": "captured", "currency": "JPY"},
    ],
)  # fmt: skip
def test_mass_assignment_changes_nothing(guest: Guest, more: dict[str, Any]) -> None:
    guest("post", "cart/lines/", {"variant": article("10.00").pk, "price": "0.01", "price_amount": "0.01", "cart": 1})
    guest("post", "checkout/", {**ALICE, "card": DECLINED, **more})
    order = Order.objects.get()
    assert (order.state, str(order.total_amount), order.customer, order.stock) == (
        "pending",
        "14.900",
        None,
        "reserved",
    )
    assert (order.secret != "mine", order.currency, order.discount_amount) == (True, "EUR", 0)
    assert Payment.objects.get().status == Payment.Status.FAILED


@pytest.mark.parametrize(
    ("call", "data", "code"),
    [
        ("cart/lines/", {"variant": 0}, 400), ("cart/lines/", {"variant": 999_999}, 409),
        ("cart/lines/", {"variant": "x"}, 400), ("cart/lines/", {}, 400), ("cart/lines/", [], 400),
        ("cart/lines/", {"variant": 10**30}, 400),
        ("checkout/", {}, 400), ("checkout/", {**ALICE, "total": "NaN"}, 400),
        ("checkout/", {**ALICE, "payment": "stripe"}, 400), ("checkout/", {**ALICE, "delivery": None}, 400),
        ("checkout/", {**ALICE, "delivery": {**ALICE["delivery"], "country": "FR"}}, 409),
        ("checkout/", {**ALICE, "email": "\x00"}, 400), ("checkout/", {**ALICE, "method": -5}, 409),
        ("checkout/", {**ALICE, "voucher_code": "NONE"}, 409),
    ],
)  # fmt: skip
def test_invalid_input_is_a_clear_error(guest: Guest, call: str, data: Any, code: int) -> None:
    guest("post", "cart/lines/", {"variant": article().pk})
    response = guest("post", call, data)
    assert response.status_code == code
    assert set(response.json()) >= {"code", "detail"}
    assert not Order.objects.exists()


@pytest.mark.parametrize("quantity", [-1, 0, 1000, 10**20, "many", 1.5])
def test_invalid_quantities_are_refused(guest: Guest, quantity: Any) -> None:
    assert guest("post", "cart/lines/", {"variant": article().pk, "quantity": quantity}).status_code == 400
    assert not CartLine.objects.exists()


def test_bob_sees_nothing_of_alice(guest: Guest) -> None:
    alice, bob = (Customer.objects.create_user(f"{name}@example.com") for name in ("alice", "bob"))
    mug = article(stock=9)
    hers, his = APIClient(), APIClient()
    hers.force_login(alice)
    his.force_login(bob)
    line = hers.post(f"{API}cart/lines/", {"variant": mug.pk}, format="json").json()["lines"][0]["id"]
    assert his.patch(f"{API}cart/lines/{line}/", {"quantity": 5}, format="json").status_code == 404
    assert his.delete(f"{API}cart/lines/{line}/").status_code == 404
    token = Cart.objects.get().token
    assert his.get(f"{API}cart/", headers={"Cart-Token": token}).json()["lines"] == []
    assert guest("get", "cart/", **{"Cart-Token": token}).json()["lines"] == []
    assert guest("post", "checkout/", ALICE, **{"Cart-Token": token}).status_code == 409
    hers.post(f"{API}checkout/", ALICE, format="json")
    order = Order.objects.get()
    assert order.customer == alice
    assert [each["number"] for each in hers.get(f"{API}orders/").json()["results"]] == [order.number]
    assert his.get(f"{API}orders/").json()["results"] == []
    assert guest("get", "orders/").status_code in (401, 403)
    for guess in (order.pk, order.number, "x"):
        assert his.get(f"{API}orders/{guess}/").status_code == 404


@pytest.mark.parametrize("lines", [1, 9])
def test_the_cart_needs_few_queries(
    guest: Guest, lines: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(lines):
        guest("post", "cart/lines/", {"variant": article().pk})
    with django_assert_max_num_queries(12):
        assert len(guest("get", "cart/").json()["lines"]) == lines
    assert Variant.objects.count() == lines

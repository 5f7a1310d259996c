"""Malicious JSON bodies get a 400 in the API's error format."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.purchases import article

pytestmark = pytest.mark.django_db
WRITES = [
    ("PATCH", "/api/v1/cart/"), ("POST", "/api/v1/cart/lines/"), ("PATCH", "/api/v1/cart/lines/1/"),
    ("POST", "/api/v1/checkout/"), ("PUT", "/api/v1/products/some-product/review/"), ("PUT", "/api/v1/wishlist/x/"),
]  # fmt: skip
UNREADABLE = {
    "deep list": "[" * 100_000 + "]" * 100_000,
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "deep, within the limit of Python": '{"variant":' + "[" * 300 + "]" * 300 + "}",
    "very long integer": '{"variant": 1' + "0" * 100_000 + "}",
    "number out of range": '{"variant": 1e400}',
    "infinity": '{"variant": -Infinity}',
    "not a number": '{"quantity": NaN}',
    "duplicate key": '{"variant": 1, "variant": 2}',
    "lone surrogate": '{"country": "\\ud800"}',
    "lone surrogate in a key": '{"\\udfff": 1}',
    "nul": '{"country": "D\\u0000"}',
    "not UTF-8": b'{"country": "\xff"}',
    "truncated": '{"variant": ',
}
WRONG: list[Any] = [None, True, 1.5, -1, 10**30, "", "x" * 70_000, [], [1], [[]], {}, {"a": {}}, "²", "1e3", [None]]
CHECKOUT: dict[str, Any] = {
    "email": "ann@example.com", "payment": "test", "total": "1.00", "method": 1, "voucher_code": "", "note": "",
    "card": "", "billing": None,
    "delivery": {"name": "Ann", "line1": "1 Road", "city": "Berlin", "postal_code": "10115", "country": "DE"},
}  # fmt: skip


def send(method: str, address: str, body: Any) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(method, address, body, content_type="application/json")


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_json_is_refused(body: Any) -> None:
    for method, address in WRITES[:4]:
        answer = send(method, address, body)
        assert answer.status_code == 400, (method, address)
        assert set(answer.json()) >= {"code", "detail"}


@pytest.mark.parametrize("value", WRONG, ids=lambda value: repr(value)[:20])
def test_a_value_of_the_wrong_type_is_refused(value: Any) -> None:
    for method, address in WRITES:
        assert send(method, address, json.dumps(value)).status_code < 500, (method, address)
    for name in ("variant", "quantity", "country", "voucher_code", "rating", "text", "title"):
        for method, address in WRITES:
            assert send(method, address, json.dumps({name: value})).status_code < 500, (method, address, name)


@pytest.mark.parametrize("value", WRONG, ids=lambda value: repr(value)[:20])
def test_a_wrong_value_anywhere_in_an_order_is_refused(value: Any) -> None:
    token = send("POST", "/api/v1/cart/lines/", json.dumps({"variant": article(stock=3).pk})).json()["token"]
    fields = [*((name, None) for name in CHECKOUT), *(("delivery", name) for name in CHECKOUT["delivery"])]
    for name, inner in fields:
        data = {**CHECKOUT, name: {**CHECKOUT[name], inner: value} if inner else value}
        client = Client(raise_request_exception=False)
        answer = client.post("/api/v1/checkout/", json.dumps(data), "application/json", headers={"Cart-Token": token})
        assert answer.status_code < 500, (name, inner)


def test_odd_numbers_in_a_query_cause_no_server_error() -> None:
    for number in ("9" * 5000, "9" * 20, "²", "-1"):
        assert Client().get(f"/api/v1/cart/?method={number}").status_code in (200, 400)

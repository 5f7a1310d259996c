"""The fields that gateways declare, on the checkout page and in the API."""

import json
from typing import Any

import pytest
from django.test import Client

from shop.checkout.serializers import CheckoutSerializer
from shop.orders.models import Order
from shop.payments.gateways import details_for
from shop.payments.models import Payment
from tests.purchases import DECLINED, article, deliver_to
from tests.shop.checkout.test_pages import add, checkout

pytestmark = pytest.mark.django_db


def checkout_schema(client: Client) -> dict[str, Any]:
    schema = client.get("/api/schema/", {"format": "json"}, headers={"accept": "application/json"})
    properties: dict[str, Any] = json.loads(schema.content)["components"]["schemas"]["Checkout"]["properties"]
    return properties


def test_the_api_schema_names_the_test_card_only_where_the_test_gateway_is_offered(
    client: Client, settings: Any
) -> None:
    assert "card" in checkout_schema(client)
    settings.PAYMENTS = ["invoice"]
    assert "card" not in checkout_schema(client)
    assert "card" not in CheckoutSerializer().fields


def test_the_checkout_page_asks_for_a_card_only_where_the_test_gateway_is_offered(
    client: Client, settings: Any
) -> None:
    deliver_to("DE")
    add(client, article())
    assert 'name="card"' in client.get("/checkout/").content.decode()
    settings.PAYMENTS = ["invoice"]
    assert 'name="card"' not in client.get("/checkout/").content.decode()


def test_values_for_a_gateway_that_was_not_chosen_are_dropped(client: Client, settings: Any) -> None:
    deliver_to("DE")
    add(client, article())
    assert checkout(client, payment="invoice", card=DECLINED).status_code == 302
    assert Order.objects.count() == 1
    assert Payment.objects.get().details == {}
    assert details_for("test", {"card": DECLINED, "email": "alice@example.com"}) == {"card": DECLINED}
    settings.PAYMENTS = ["invoice"]
    assert details_for("test", {"card": DECLINED}) == {}

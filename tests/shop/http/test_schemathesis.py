"""Whatever schemathesis sends, the API answers as its schema says, and never with a server error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rest_framework.throttling import ScopedRateThrottle
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from catalog.models import ProductImage
from shop.accounts.models import Customer
from shop.http.keys import assign_key
from shop.models import ApiKey
from shop.wsgi import application
from tests.factories import ImageFactory, ProductFactory
from tests.purchases import article, buy, cart_of, deliver_to
from visualsearch.models import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the connection of the test open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Fill a small shop without rate limits, and return path parameters that exist."""
    for scope in ScopedRateThrottle.THROTTLE_RATES:
        monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, scope, None)
    deliver_to("DE")
    order = buy(cart_of(article("10.00")))
    for number in range(3):
        ImageFactory(
            product=ProductFactory(title=f"Mug {number}", slug=f"mug-{number}", attributes={"colour": "Blue"})
        )
    image = ProductImage.objects.latest("pk")
    Verdict.objects.create(image=image, image_sha256=image.sha256, state="refused", rules=1, checked_at=timezone.now())
    return {"slug": "mug-1", "secret": order.secret, "image": str(image.pk)}


def problems_of(operation: Any, known: dict[str, str], examples: int, **more: Any) -> str:
    """Call an operation with valid and invalid input, and return what is wrong with its answers."""
    strategy = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(1)
    @settings(max_examples=examples, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=strategy, exists=st.booleans())
    def call(case: Any, exists: bool) -> None:
        if exists:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.call_and_validate(checks=CHECKS, **more)

    try:
        with one_connection():
            call()
    except FailureGroup as failures:
        return "\n".join(f"{operation.label}: {each}" for each in failures.exceptions)
    return ""


def operations(*tags: str) -> list[Any]:
    """Return the calls of these groups, or of all."""
    with one_connection():
        schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    found: list[Any] = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    return [each for each in found if not tags or set(tags) & set(each.tags or ())]


def test_a_visitor_gets_documented_answers(known: dict[str, str]) -> None:
    found = operations()
    assert len(found) > 20
    problems = [problem for each in found if (problem := problems_of(each, known, examples=10))]
    assert not problems, "\n\n".join(problems)


def test_a_moderator_gets_documented_answers(known: dict[str, str]) -> None:
    row = ApiKey(name="Sorter", scopes=["moderation"], rate=100_000)
    headers = {"Authorization": f"Api-Key {assign_key(row)}"}
    row.save()
    found = operations("Moderation")
    assert len(found) == 6
    problems = [problem for each in found if (problem := problems_of(each, known, examples=30, headers=headers))]
    assert not problems, "\n\n".join(problems)


def test_a_customer_gets_documented_answers(known: dict[str, str], alice: Customer, client: Client) -> None:
    client.force_login(alice)
    token = client.get("/account/").context["csrf_token"]
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    sent = {"cookies": cookies, "headers": {"X-CSRFToken": str(token)}}
    found = operations("Reviews and wishlist", "Cart and checkout", "Orders")
    assert len(found) > 10
    problems = [problem for each in found if (problem := problems_of(each, known, examples=10, **sent))]
    assert not problems, "\n\n".join(problems)

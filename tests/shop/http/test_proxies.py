"""Client addresses behind proxies: forged X-Forwarded-For entries are ignored."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client, RequestFactory
from rest_framework.throttling import ScopedRateThrottle

from shop.http.throttling import ScopedThrottle
from shop.models import IdempotentCall
from tests.architecture.source import ROOT
from tests.purchases import article


@pytest.fixture
def behind(settings: Any) -> Any:
    """Set the number of trusted proxies for all libraries."""

    def trust(number: int) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = number
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": number}

    return trust


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.9"),
        (0, "1.1.1.1", "10.0.0.9"),
        (0, "1.1.1.1, 2.2.2.2", "10.0.0.9"),
        (1, None, "10.0.0.9"),
        (1, "2.2.2.2", "2.2.2.2"),
        (1, "1.1.1.1, 2.2.2.2", "2.2.2.2"),
        (1, "1.1.1.1,127.0.0.1,2.2.2.2", "2.2.2.2"),
        (2, "1.1.1.1, 2.2.2.2, 3.3.3.3", "2.2.2.2"),
    ],
)
def test_log_in_limits_and_throttles_use_the_same_address(
    rf: RequestFactory, behind: Any, proxies: int, forwarded: str | None, address: str
) -> None:
    behind(proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = rf.get("/", headers=headers, REMOTE_ADDR="10.0.0.9")
    assert get_adapter().get_client_ip(request) == address
    assert ScopedThrottle().get_ident(request) == address


def wait_of(rf: RequestFactory, forwarded: str) -> int:
    """Return how long a guest with this header must wait for a photo search."""
    request = rf.post("/", headers={"X-Forwarded-For": forwarded})
    request.user = AnonymousUser()
    return ScopedThrottle().seconds_to_wait(request, "photo")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "forwarded"), [(0, "1.1.1.{}"), (0, "1.1.1.{}, 2.2.2.2"), (1, "1.1.1.{}, 2.2.2.2")]
)
def test_a_forged_header_does_not_bypass_the_photo_throttle(
    rf: RequestFactory, behind: Any, monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str
) -> None:
    behind(proxies)
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "photo", "2/min")
    cache.clear()
    waits = [wait_of(rf, forwarded.format(number)) for number in range(3)]
    cache.clear()
    assert (waits[:2], waits[2] > 0) == ([0, 0], True)


@pytest.mark.django_db
def test_visitors_behind_one_proxy_are_distinguished(
    rf: RequestFactory, behind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind(1)
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "photo", "1/min")
    cache.clear()
    waits = [wait_of(rf, f"2.2.2.{number}") for number in range(3)]
    cache.clear()
    assert waits == [0, 0, 0]


@pytest.mark.django_db
def test_a_forged_header_does_not_bypass_the_api_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "purchase", "2/min")
    cache.clear()
    headers = [{"X-Forwarded-For": f"1.1.1.{number}"} for number in range(3)]
    answers = [Client().get("/api/v1/cart/", headers=each).status_code for each in headers]
    cache.clear()
    assert answers == [200, 200, 429]


@pytest.mark.django_db
def test_idempotency_keys_of_guests_behind_one_proxy_are_separate(behind: Any) -> None:
    behind(1)
    cache.clear()
    variant = article(stock=9).pk
    for number in range(2):
        headers = {"X-Forwarded-For": f"2.2.2.{number}", "Idempotency-Key": "the same"}
        sent = json.dumps({"variant": variant, "quantity": number + 1})
        answer = Client().post("/api/v1/cart/lines/", sent, content_type="application/json", headers=headers)
        assert answer.json()["lines"][0]["quantity"] == number + 1
    scopes = set(IdempotentCall.objects.values_list("scope", flat=True))
    assert scopes == {"ip:2.2.2.0", "ip:2.2.2.1"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, 0), ({"TRUSTED_PROXIES": "2"}, 2)],
)
def test_trusted_proxies_configures_all_libraries(variables: dict[str, str], expected: int) -> None:
    ask = (
        "from shop import settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT, s.REST_FRAMEWORK['NUM_PROXIES'],"
        " hasattr(s, 'SECURE_PROXY_SSL_HEADER'))"
    )
    environment = {**os.environ, **variables}
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == [str(expected), str(expected), str(expected > 0)], done.stderr

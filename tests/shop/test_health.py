"""What a load balancer is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shop.models import Heartbeat
from shop.tasks import beat_heart

pytestmark = pytest.mark.django_db


def test_alive_needs_no_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").json() == {"status": "alive"}


def test_ready_says_that_no_worker_ever_reported(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "No worker has reported yet" in response.json()["queue"]


def test_ready_after_a_heartbeat(client: Client) -> None:
    beat_heart()
    response = client.get("/readyz")
    assert response.status_code == 200, response.json()
    assert response.json() == {"status": "ready", "database": "ok", "queue": "ok", "network": "ok"}


def test_ready_notices_a_worker_that_went_silent(client: Client) -> None:
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now() - timedelta(minutes=5))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "300 s" in response.json()["queue"]

"""Health checks for load balancers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from shop.models import Heartbeat
from shop.tasks import record_heartbeat

pytestmark = pytest.mark.django_db


def test_alive_needs_no_database(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "alive"}


def test_ready_serves_before_any_worker_has_reported(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert "No worker has reported yet" in response.json()["queue"]


def test_ready_after_a_heartbeat(client: Client) -> None:
    record_heartbeat()
    response = client.get("/readyz")
    assert response.status_code == 200, response.json()
    assert response.json() == {"status": "ready", "database": "ok", "queue": "ok", "network": "ok"}


def test_ready_is_degraded_when_workers_stop_reporting(client: Client) -> None:
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now() - timedelta(days=1, minutes=5))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert "86700 s" in response.json()["queue"]


def test_ready_reports_an_unreadable_network(client: Client, settings: Any, tmp_path: Path) -> None:
    record_heartbeat()
    settings.VISUALSEARCH_NETWORK = str(tmp_path / "no-such-card.json")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert "cannot be read" in response.json()["network"]
    assert (response.json()["database"], response.json()["queue"]) == ("ok", "ok")


@pytest.mark.django_db(transaction=True)
def test_ready_reports_unknown_parts_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/no/such/folder")
    response = client.get("/readyz")
    monkeypatch.undo()
    connection.close()
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert "does not respond" in response.json()["database"]
    assert response.json()["queue"] == response.json()["network"] == "Unknown while the database is down."


def test_ready_tells_missing_tables_from_a_missing_database(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE shop_heartbeat")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "manage.py migrate" in response.json()["database"]

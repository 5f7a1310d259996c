"""What customers do after a search, counted without following them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from catalog.follow_ups import MAX_LENGTH, count_step, delete_old_steps, step_after, steps_between
from catalog.models import FollowUp
from tests.factories import ProductFactory

RESULTS = "http://testserver/search/"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEPS = ["opened", "filtered", "sorted", "paged", "reworded"]


@pytest.mark.parametrize(
    ("came_from", "query", "step"),
    [
        ("?q=mug", None, "opened"),
        ("?q=mug&colour=blue", None, "opened"),
        ("?q=mug", "q=lamp", "reworded"),
        ("?q=mug", "q=blue+mug&colour=blue", "reworded"),
        ("?q=mug", "q=mug&colour=blue", "filtered"),
        ("?q=mug&colour=blue&colour=red", "q=mug&colour=red&colour=blue&min_price=", None),
        ("?q=mug&colour=blue", "q=Mug!", "filtered"),
        ("?q=mug&page=2", "q=mug&colour=blue", "filtered"),
        ("?q=mug", "q=mug&sort=price", "sorted"),
        ("?q=mug", "q=mug&page=2", "paged"),
        ("?q=mug&page=2", "q=mug&page=3", "paged"),
        ("?q=mug&page=2", "q=mug", None),
        ("?q=mug", "q=mug", None),
        ("?q=mug", "q=", None),
        ("", None, None),
        ("?q=", None, None),
        ("?q=...", "q=mug", None),
        ("photo/", None, None),
        ("?q=" + "a" * MAX_LENGTH, None, None),
        ("?q=mug&" + "&" * (MAX_LENGTH - 40), None, "opened"),
        ("?q=%00&[", None, None),
    ],
)
def test_a_step_is_judged_by_the_page_before(came_from: str, query: str | None, step: str | None) -> None:
    assert step_after(RESULTS + came_from, RESULTS, query=None if query is None else QueryDict(query)) == step


@pytest.mark.parametrize(
    "came_from",
    ["", "null", "http://elsewhere/search/?q=mug", "http://[::1/search/?q=mug", "http://testserver/?q=mug"],
)
def test_other_pages_are_no_search(came_from: str) -> None:
    assert step_after(came_from, RESULTS, query=None) is None


@pytest.mark.django_db
def test_steps_are_counted_by_day(django_assert_num_queries: Any) -> None:
    for step in ("opened", "opened", "paged"):
        with django_assert_num_queries(1):
            count_step(FollowUp.Step(step), NOW)
    count_step(FollowUp.Step.OPENED, NOW - timedelta(days=1))
    with django_assert_num_queries(0):
        count_step(None, NOW)
    assert steps_between(NOW.date(), NOW.date()) == {**dict.fromkeys(STEPS, 0), "opened": 2, "paged": 1}
    assert steps_between(NOW.date() - timedelta(days=1), NOW.date())["opened"] == 3
    assert delete_old_steps(NOW.date()) == 1


@pytest.mark.django_db
def test_pages_count_the_steps_of_a_customer(client: Client) -> None:
    product = ProductFactory(title="Blue mug")
    client.get("/search/", {"q": "mug"})
    before = {"referer": f"{RESULTS}?q=mug"}
    client.get("/search/", {"q": "mug", "in_stock": "on"}, headers=before)
    client.get("/search/", {"q": "blue"}, headers=before)
    client.get(product.get_absolute_url(), headers=before)
    client.get(product.get_absolute_url())
    client.head(product.get_absolute_url(), headers=before)
    today = timezone.localdate()
    assert steps_between(today, today) == {"opened": 1, "filtered": 1, "sorted": 0, "paged": 0, "reworded": 1}

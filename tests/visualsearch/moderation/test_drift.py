"""The alarm on the admin's front page when the share of refusals moves."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shop.accounts.models import Customer
from tests.factories import ImageFactory
from visualsearch import index
from visualsearch.models import Network, PictureDecision, VerdictCount, VerdictState
from visualsearch.moderation import drift, pipeline
from visualsearch.moderation.checks import RULES

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def counted(weeks_ago: int, looks: int, allowed: int) -> None:
    """Spread these verdicts over two days of a week."""
    for day, share in ((1, looks // 2), (5, looks - looks // 2)):
        when = TODAY - timedelta(days=7 * weeks_ago + day)
        VerdictCount.objects.create(day=when, state=VerdictState.LOOK, count=share)
        VerdictCount.objects.create(day=when, state=VerdictState.ALLOWED, count=allowed // 2)


def found(today: date = TODAY) -> list[tuple[str, bool]]:
    return [(each.state, each.by_staff) for each in drift.find(today)]


def test_a_week_with_many_more_looks_is_noticed() -> None:
    for week, looks in ((1, 6), (2, 4), (3, 5), (4, 7)):
        counted(week, looks, 100)
    counted(0, 30, 100)
    [moved] = drift.find(TODAY)
    assert (moved.state, moved.by_staff, moved.pictures) == (VerdictState.LOOK, False, 30)
    assert moved.share == pytest.approx(30 / 130)
    assert moved.before == pytest.approx(22 / 422, abs=0.01)


def test_a_week_like_the_others_is_not() -> None:
    for week, looks in ((0, 9), (1, 6), (2, 4), (3, 5), (4, 7)):
        counted(week, looks, 100)
    assert not found()


def test_a_shop_whose_weeks_differ_is_used_to_it() -> None:
    for week, looks in ((0, 40), (1, 5), (2, 45), (3, 8), (4, 38)):
        counted(week, looks, 100)
    assert not found()


def test_a_new_or_small_shop_has_no_alarm() -> None:
    counted(0, 30, 100)
    counted(1, 2, 100)
    assert not found()
    for week in (2, 3, 4):
        counted(week, 0, 10)
    assert not found()


def test_refusals_by_staff_are_watched_too() -> None:
    for week in range(5):
        for number in range(60):
            refused = number < (30 if week == 0 else 3)
            PictureDecision.objects.create(
                image_sha256=f"{week}-{number}", decided_at=timezone.now() - timedelta(days=7 * week + 2),
                state=VerdictState.REFUSED if refused else VerdictState.ALLOWED,
            )  # fmt: skip
    assert found() == [(VerdictState.REFUSED, True)]


def test_verdicts_are_counted_once_for_the_same_bytes(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    image = ImageFactory()
    index.refresh([image.pk], network)
    monkeypatch.setattr(pipeline, "CHECKS", ())
    pipeline.check_pictures([image.pk], timezone.now())
    monkeypatch.setattr(pipeline, "RULES", RULES + 1)
    assert pipeline.check_pictures([image.pk], timezone.now()) == 1
    assert [row.count for row in VerdictCount.objects.all()] == [1]


def test_the_front_page_of_the_admin_shows_the_alarm(alice: Customer, client: Client, network: Any) -> None:
    for week in range(1, 5):
        counted(week, 4, 100)
    counted(0, 50, 100)
    alice.is_staff = True
    alice.save()
    alice.user_permissions.add(Permission.objects.get(codename="view_checksetting"))
    client.force_login(alice)
    text = client.get(reverse("admin:index")).text
    assert "Pictures that need a look: 33.3% of the last week’s, usually 4.0%" in text
    assert reverse("admin:visualsearch_checksetting_changelist") in text

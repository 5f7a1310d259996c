"""Thresholds chosen by what they cost, the random sample, and the page where the owner sets them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shop.accounts.models import Customer
from tests.factories import ImageFactory
from visualsearch import index
from visualsearch.models import (
    CheckSetting,
    Network,
    PictureDecision,
    Reason,
    SampleSetting,
    Verdict,
    VerdictState,
)
from visualsearch.moderation import decisions, pipeline, sampling, thresholds
from visualsearch.moderation.decisions import Choice
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.thresholds import Judged

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAGE = "admin:visualsearch_checksetting_changelist"
ALLOW = Choice(VerdictState.ALLOWED, "alice@example.com")


@pytest.fixture(autouse=True)
def _hold(settings: Any) -> None:
    settings.MODERATION = "hold"


def setting(**fields: Any) -> CheckSetting:
    return CheckSetting(**{"name": Reason.UNSAFE, "look_at": 0.7} | fields)


def judged(*pairs: tuple[float, bool], weight: float = 1.0) -> list[Judged]:
    return [Judged({"unsafe": score}, Reason.UNSAFE if is_refused else "", weight) for score, is_refused in pairs]


def finds(score: float) -> Check:
    def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
        return [[Finding(Reason.UNSAFE, "nudity", score)] for _ in candidates]

    return Check(Reason.UNSAFE, examine, look_at=0.7)


def checked(network: Network, monkeypatch: pytest.MonkeyPatch, score: float) -> Verdict:
    image = ImageFactory()
    index.refresh([image.pk], network)
    monkeypatch.setattr(pipeline, "CHECKS", (finds(score),))
    assert pipeline.check_pictures([image.pk], NOW) == 1
    return Verdict.objects.get(image=image)


def staff(person: Customer, *names: str) -> Client:
    person.is_staff = True
    person.save()
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(person)
    return client


def test_a_threshold_is_proposed_where_looks_and_misses_cost_least() -> None:
    decided = judged(*[(0.9, True)] * 6, *[(0.45, True)] * 4, *[(0.3, False)] * 40)
    found = thresholds.curve_of(decided, setting(look_minutes=1, miss_minutes=30)).cheapest
    assert found
    assert (found.threshold, found.looks, found.missed, found.cost) == (0.45, 10, 0, 10)
    careless = thresholds.curve_of(decided, setting(look_minutes=10, miss_minutes=1)).cheapest
    assert careless
    assert careless.threshold == 0.95


def test_nothing_is_proposed_after_a_few_decisions() -> None:
    assert thresholds.curve_of(judged(*[(0.9, True)] * 10), setting()).cheapest is None
    assert thresholds.curve_of(judged(*[(0.9, True)] * 4, *[(0.3, False)] * 90), setting()).cheapest is None


def test_a_refusal_for_another_reason_is_no_success_of_the_check() -> None:
    point = thresholds.point_at([Judged({"unsafe": 0.9}, Reason.QUALITY)], setting(), 0.7)
    assert (point.looks, point.found, point.recall) == (1, 0, None)


def test_a_picture_drawn_at_random_stands_for_many() -> None:
    decided = judged((0.9, True)) + judged((0.0, True), weight=9)
    assert thresholds.point_at(decided, setting(), 0.7).recall == 0.1


def test_the_owner_moves_a_threshold_and_turns_a_check_off(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(network, monkeypatch, 0.6).state == VerdictState.ALLOWED
    row = CheckSetting.objects.create(name=Reason.UNSAFE, look_at=0.5, refuse_at=0.9)
    assert checked(network, monkeypatch, 0.6).state == VerdictState.LOOK
    assert checked(network, monkeypatch, 0.9).state == VerdictState.REFUSED
    row.is_on = False
    row.save()
    verdict = checked(network, monkeypatch, 0.95)
    assert (verdict.state, verdict.findings) == (VerdictState.ALLOWED, [])


def test_new_thresholds_reach_pictures_that_staff_have_not_decided_on(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, decided = checked(network, monkeypatch, 0.8), checked(network, monkeypatch, 0.8)
    decisions.decide([decided.pk], Choice(VerdictState.REFUSED, "alice@example.com", Reason.UNSAFE), NOW)
    CheckSetting.objects.create(name=Reason.UNSAFE, look_at=0.9)
    assert pipeline.concludable(0) == [waiting.image_id]
    assert pipeline.conclude_again([waiting.image_id, decided.image_id]) == 1
    waiting.refresh_from_db()
    waiting.image.refresh_from_db()
    decided.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.image.is_public) == (VerdictState.ALLOWED, "", True)
    assert decided.state == VerdictState.REFUSED
    CheckSetting.objects.update(is_on=False, look_at=0.1)
    assert pipeline.conclude_again([waiting.image_id]) == 0


def test_allowed_pictures_are_drawn_each_week_and_stay_public(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    SampleSetting.objects.create(pk=1, weekly=2)
    rows = [checked(network, monkeypatch, 0.1) for _ in range(3)]
    assert sampling.draw(NOW) == 2
    assert sampling.draw(NOW) == 0
    drawn = Verdict.objects.open()
    assert [row.image.is_public for row in drawn] == [True, True]
    assert decisions.decide([row.pk for row in drawn], ALLOW, NOW) == 2
    assert not Verdict.objects.open().exists()
    assert sampling.draw(NOW + timedelta(days=6)) == 0
    assert sampling.draw(NOW + timedelta(days=8)) == 1
    assert PictureDecision.objects.filter(is_sample=True).count() == len(rows) - 1
    assert [each.weight for each in thresholds.read_judged()] == [1.5, 1.5]  # two of three, and one not drawn yet


def test_the_page_shows_what_each_check_would_have_cost(alice: Customer) -> None:
    for number in range(40):
        is_refused = number < 8
        PictureDecision.objects.create(
            image_sha256=f"{number:064}", scores={"unsafe": 0.5 if is_refused else 0.3}, decided_at=NOW,
            state=VerdictState.REFUSED if is_refused else VerdictState.ALLOWED, reason=Reason.UNSAFE * is_refused,
        )  # fmt: skip
    client = staff(alice, "view_checksetting", "change_checksetting")
    text = client.get(reverse(PAGE)).text
    assert "Set the look to 0.50" in text
    assert "240 minutes: looks 0, missed 8" in " ".join(text.split())
    assert not CheckSetting.objects.exists()


def test_the_proposal_is_applied_with_one_click(alice: Customer, tasks_at_once: None) -> None:
    client = staff(alice, "view_checksetting", "change_checksetting")
    fields = {"is_on": "on", "look_at": "0.7", "refuse_at": "", "look_minutes": "0.5", "miss_minutes": "30"}
    data = {f"unsafe-{name}": value for name, value in fields.items()}
    address = reverse("admin:visualsearch_save_check", args=["unsafe"])
    assert client.post(address, data | {"proposed": "0.35"}).status_code == 302
    row = CheckSetting.objects.get()
    assert (row.name, row.look_at, row.refuse_at, row.is_on) == ("unsafe", 0.35, None, True)
    assert client.post(address, data | {"unsafe-refuse_at": "0.9"}).status_code == 302
    assert CheckSetting.objects.get().refuse_at == 0.9


@pytest.mark.parametrize(
    ("field", "value"),
    [("look_at", "1.5"), ("look_at", "nan"), ("look_at", ""), ("refuse_at", "0.1"), ("miss_minutes", "-1"),
     ("look_minutes", "1e999")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(alice: Customer, field: str, value: str) -> None:
    client = staff(alice, "view_checksetting", "change_checksetting")
    fields = {"is_on": "on", "look_at": "0.7", "refuse_at": "", "look_minutes": "0.5", "miss_minutes": "30"}
    data = {f"unsafe-{name}": text for name, text in (fields | {field: value}).items()}
    response = client.post(reverse("admin:visualsearch_save_check", args=["unsafe"]), data)
    assert response.status_code == 422
    assert "errorlist" in response.text
    assert not CheckSetting.objects.exists()


def test_the_size_of_the_sample_is_set_on_the_page(alice: Customer) -> None:
    client = staff(alice, "view_checksetting", "change_checksetting")
    address = reverse("admin:visualsearch_save_sample")
    assert client.post(address, {"weekly": "25"}).status_code == 302
    assert sampling.weekly() == 25
    assert client.post(address, {"weekly": "100000"}).status_code == 422
    assert sampling.weekly() == 25


def test_only_staff_with_the_permission_may_change_checks(alice: Customer, bob: Customer) -> None:
    viewer = staff(alice, "view_checksetting")
    address = reverse("admin:visualsearch_save_check", args=["unsafe"])
    assert viewer.get(reverse(PAGE)).status_code == 200
    assert viewer.post(address).status_code == 403
    assert viewer.post(reverse("admin:visualsearch_save_sample")).status_code == 403
    assert staff(bob).get(reverse(PAGE)).status_code == 403
    assert (
        staff(bob, "change_checksetting").post(reverse("admin:visualsearch_save_check", args=["nonsense"])).status_code
        == 404
    )


def test_the_page_needs_few_queries(alice: Customer, django_assert_max_num_queries: Any) -> None:
    client = staff(alice, "view_checksetting")
    with django_assert_max_num_queries(10):
        client.get(reverse(PAGE))

"""From an upload to a verdict, and what customers then see."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from catalog.pictures.services import make_renditions
from tests.factories import ImageFactory, ProductFactory
from visualsearch import index
from visualsearch.models import Network, PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, pipeline, wording
from visualsearch.moderation.checks import RULES
from visualsearch.moderation.decisions import Choice
from visualsearch.moderation.finding import Candidate, Check, Finding

pytestmark = pytest.mark.django_db
NOW = timezone.now()
REFUSE = Choice(VerdictState.REFUSED, "alice@example.com", Reason.OTHER, "Not ours")


@pytest.fixture(autouse=True)
def _hold(settings: Any) -> None:
    settings.MODERATION = "hold"


@pytest.fixture
def image(network: Network) -> ProductImage:
    row = ImageFactory(product=ProductFactory(title="Mug"))
    index.refresh([row.pk], network)
    return row


def finds(score: float) -> Check:
    def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
        return [[Finding(Reason.QUALITY, "blurred", score)] for _ in candidates]

    return Check(Reason.QUALITY, examine, look_at=0.5, refuse_at=0.9)


def check(monkeypatch: pytest.MonkeyPatch, image: ProductImage, *checks: Check) -> Verdict:
    monkeypatch.setattr(pipeline, "CHECKS", checks)
    assert pipeline.check_pictures([image.pk], NOW) == 1
    image.refresh_from_db()
    return Verdict.objects.get(image=image)


@pytest.mark.parametrize(
    ("score", "state", "is_public"),
    [(0.4, "allowed", True), (0.5, "look", True), (0.9, "refused", False)],
)
def test_a_score_decides_whether_customers_see_the_picture(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage, score: float, state: str, is_public: bool
) -> None:
    assert not image.is_public
    verdict = check(monkeypatch, image, finds(score))
    assert (verdict.state, image.is_public) == (state, is_public)
    assert verdict.findings[0]["code"] == "blurred"
    assert verdict.reason == ("" if state == "allowed" else Reason.QUALITY)


def test_what_may_harm_is_hidden_before_what_only_sells_badly(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage
) -> None:
    def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
        return [[Finding(Reason.UNSAFE, "nudity", 0.75)] for _ in candidates]

    verdict = check(monkeypatch, image, finds(0.8), Check(Reason.UNSAFE, examine, look_at=0.7))
    assert (verdict.state, verdict.reason, image.is_public) == ("look", Reason.UNSAFE, False)


@pytest.mark.parametrize(
    ("reason", "code"), [(Reason.QUALITY, ""), (Reason.UNSAFE, "image_waiting")], ids=["harmless", "unsafe"]
)
def test_nobody_is_told_to_wait_for_a_picture_that_customers_see(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage, reason: Reason, code: str
) -> None:
    def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
        return [[Finding(reason, "found", 0.6)] for _ in candidates]

    verdict = check(monkeypatch, image, Check(reason, examine, look_at=0.5))
    assert (verdict.state, wording.code(verdict), bool(wording.sentence(verdict))) == ("look", code, bool(code))


def test_a_check_that_fails_publishes_nothing(monkeypatch: pytest.MonkeyPatch, image: ProductImage) -> None:
    def fail(candidates: Sequence[Candidate]) -> list[list[Finding]]:
        raise RuntimeError

    verdict = check(monkeypatch, image, Check("faulty", fail, 0.5))
    assert (verdict.state, verdict.reason) == ("look", Reason.UNCHECKED)
    assert not image.is_public


def test_a_picture_without_its_file_needs_a_look(monkeypatch: pytest.MonkeyPatch, image: ProductImage) -> None:
    default_storage.delete(image.file.name or "")
    assert check(monkeypatch, image).state == VerdictState.LOOK


def test_a_checked_picture_is_not_checked_again(monkeypatch: pytest.MonkeyPatch, image: ProductImage) -> None:
    check(monkeypatch, image)
    assert pipeline.check_pictures([image.pk], NOW) == 0
    assert not pipeline.unchecked().exists()
    monkeypatch.setattr(pipeline, "RULES", RULES + 1)
    assert list(pipeline.unchecked()) == [image.pk]


def test_publish_first_shows_what_waits_for_a_look(
    monkeypatch: pytest.MonkeyPatch, settings: Any, image: ProductImage
) -> None:
    settings.MODERATION = "publish-first"
    check(monkeypatch, image, finds(0.6))
    assert image.is_public


def test_a_refused_picture_loses_its_renditions_and_gets_them_back(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    verdict = check(monkeypatch, image)
    assert make_renditions(image)
    image.refresh_from_db()
    address = image.largest_url
    assert client.get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert decisions.decide([verdict.pk], REFUSE, NOW) == 1
    assert client.get(address).status_code == 404
    image.refresh_from_db()
    assert not image.is_public
    assert not make_renditions(image)
    assert default_storage.exists(image.file.name or "")
    assert decisions.undo(verdict.pk, "alice@example.com", NOW)
    image.refresh_from_db()
    assert image.is_public
    assert make_renditions(image)
    assert client.get(address).status_code == 200


def test_an_upload_is_sent_only_while_it_is_public(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage, client: Client
) -> None:
    assert client.get(image.file.url).status_code == client.get(image.largest_url).status_code == 404
    verdict = check(monkeypatch, image)
    assert client.get(image.file.url).status_code == 404
    assert client.get(image.largest_url).headers["Content-Type"] == "image/png"
    decisions.decide([verdict.pk], REFUSE, NOW)
    assert client.get(image.largest_url).status_code == 404


def test_staff_have_the_last_word_on_the_same_bytes(monkeypatch: pytest.MonkeyPatch, image: ProductImage) -> None:
    verdict = check(monkeypatch, image, finds(0.6))
    decisions.decide([verdict.pk], Choice(VerdictState.ALLOWED, "alice@example.com"), NOW)
    monkeypatch.setattr(pipeline, "unchecked", lambda ids: ProductImage.objects.values_list("pk", flat=True))
    assert check(monkeypatch, image, finds(0.95)).state == VerdictState.ALLOWED
    assert image.is_public
    assert PictureDecision.objects.get().scores == {"quality": 0.6}


def test_deciding_twice_is_logged_once(monkeypatch: pytest.MonkeyPatch, image: ProductImage) -> None:
    verdict = check(monkeypatch, image)
    assert decisions.decide([verdict.pk], REFUSE, NOW) == 1
    assert decisions.decide([verdict.pk], REFUSE, NOW) == 0
    assert PictureDecision.objects.count() == 1


def test_only_a_refusal_can_be_appealed_and_the_decision_answers_it(
    monkeypatch: pytest.MonkeyPatch, image: ProductImage
) -> None:
    verdict = check(monkeypatch, image)
    assert not decisions.appeal(verdict.pk, "It is ours.", NOW)
    decisions.decide([verdict.pk], REFUSE, NOW)
    assert decisions.appeal(verdict.pk, "It  is\nours.", NOW)
    assert Verdict.objects.open().get().appeal == "It is ours."
    decisions.decide([verdict.pk], Choice(VerdictState.ALLOWED, "bob@example.com"), NOW)
    assert not Verdict.objects.open().exists()
    assert PictureDecision.objects.first().appeal == "It is ours."  # type: ignore[union-attr]

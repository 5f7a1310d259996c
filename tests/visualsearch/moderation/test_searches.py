"""Searchers' photos are checked in memory, if the shop wants it, and never kept."""

import logging
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from catalog.models import ProductImage
from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network, PictureDecision, Reason, Verdict
from visualsearch.moderation import searches
from visualsearch.moderation.finding import Candidate, Check, Finding

pytestmark = pytest.mark.django_db
SENTENCE = "We cannot search with this photo. Try another one."


@pytest.fixture(autouse=True)
def _stock(network: Network) -> None:
    index.refresh([ImageFactory(data=pattern(1)).pk], network)


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[Candidate]]:
    """Let the check for unsafe pictures find this score; return what it looked at."""

    def use(score: float) -> list[Candidate]:
        seen: list[Candidate] = []

        def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
            seen.extend(candidates)
            return [[Finding(Reason.UNSAFE, "nudity", 1 / score - 1)] for _ in candidates]

        monkeypatch.setattr(searches, "CHECKS", (Check(Reason.UNSAFE, examine, 0.7),))
        return seen

    return use


def search(client: Client, address: str = "/search/photo/") -> Any:
    photo = BytesIO(pattern(1, again=True))
    photo.name = "photo.jpg"
    return client.post(address, {"photo": photo})


def test_by_default_photos_are_not_checked(client: Client, finds: Callable[[float], list[Candidate]]) -> None:
    seen = finds(0.5)
    assert search(client).status_code == 200
    assert not seen


@pytest.mark.parametrize(("score", "status"), [(0.5, 400), (0.9, 200), (0.0, 200)], ids=["unsafe", "safe", "fails"])
def test_an_unsafe_photo_gets_a_neutral_sentence(
    client: Client, settings: Any, finds: Callable[[float], list[Candidate]], score: float, status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    settings.MODERATION_SEARCH = "neutral"
    caplog.set_level(logging.CRITICAL, "visualsearch.moderation.pipeline")
    seen = finds(score)
    page, answer = search(client), search(client, "/api/v1/search/photo/")
    assert (page.status_code, answer.status_code, len(seen)) == (status, status, 2)
    assert (SENTENCE in page.content.decode()) == (status == 400)
    if status == 400:
        assert answer.json() == {"code": "photo_not_searched", "detail": SENTENCE}


def test_nothing_of_the_photo_is_kept(
    client: Client, settings: Any, finds: Callable[[float], list[Candidate]]
) -> None:
    settings.MODERATION_SEARCH = "neutral"
    finds(0.5)
    before = sorted(str(file) for file in settings.MEDIA_ROOT.rglob("*"))
    search(client)
    assert sorted(str(file) for file in settings.MEDIA_ROOT.rglob("*")) == before
    assert ProductImage.objects.count() == 1
    assert not Verdict.objects.exists()
    assert not PictureDecision.objects.exists()

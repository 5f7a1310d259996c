"""`manage.py moderate_images`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.models import ProductImage
from tests.factories import ImageFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, pipeline
from visualsearch.moderation.decisions import Choice
from visualsearch.moderation.finding import Check, Finding

pytestmark = pytest.mark.django_db
FORBIDDEN = Check("rule", lambda candidates: [[Finding("rule", "learnt", 0.6)] for _ in candidates], 0.5)


@pytest.fixture
def images(network: Network, settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[ProductImage]:
    settings.MODERATION = "hold"
    monkeypatch.setattr(pipeline, "CHECKS", ())
    rows = [ImageFactory(data=pattern(number)) for number in range(3)]
    index.refresh([row.pk for row in rows], network)
    return rows


def moderate(*arguments: str) -> str:
    said = StringIO()
    call_command("moderate_images", *arguments, stdout=said)
    return said.getvalue()


def public() -> int:
    return ProductImage.objects.filter(is_public=True).count()


def test_every_picture_gets_a_verdict_once(images: list[ProductImage]) -> None:
    assert "Checked 3 of 3 pictures. Now: 3 allowed, 0 needs a look, 0 refused." in moderate()
    assert public() == 3
    assert "Checked 0 of 3 pictures." in moderate()


def test_pictures_are_checked_again_on_request(images: list[ProductImage], monkeypatch: pytest.MonkeyPatch) -> None:
    moderate()
    refused = Verdict.objects.get(image=images[0])
    decisions.decide([refused.pk], Choice(VerdictState.REFUSED, "alice@example.com", Reason.RULE), timezone.now())
    monkeypatch.setattr(pipeline, "CHECKS", (FORBIDDEN,))
    assert "Checked 3 of 3 pictures. Now: 0 allowed, 2 needs a look, 1 refused." in moderate("--again")
    assert Verdict.objects.get(image=images[0]).decided_by == "alice@example.com"
    assert public() == 0


def test_pictures_without_a_vector_are_named(images: list[ProductImage]) -> None:
    ImageFactory(data=pattern(9))
    assert "1 pictures have no vector yet. Run `manage.py embed_images`, then this again." in moderate()


def test_without_moderation_nothing_is_checked_and_nothing_waits(images: list[ProductImage], settings: Any) -> None:
    moderate()
    verdict = Verdict.objects.get(image=images[0])
    decisions.decide([verdict.pk], Choice(VerdictState.REFUSED, "alice@example.com", Reason.RULE), timezone.now())
    ImageFactory(data=pattern(9))
    settings.MODERATION = "off"
    said = moderate()
    assert said.startswith("MODERATION is off, so no picture was checked. 1 pictures that waited are public now")
    assert Verdict.objects.count() == 3
    assert not ProductImage.objects.get(pk=images[0].pk).is_public


def test_pictures_that_wait_follow_the_setting(
    images: list[ProductImage], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "CHECKS", (FORBIDDEN,))
    moderate()
    assert public() == 0
    settings.MODERATION = "publish-first"
    assert "3 pictures were shown or hidden, as MODERATION=publish-first says." in moderate()
    assert public() == 3
    settings.MODERATION = "hold"
    moderate()
    assert public() == 0

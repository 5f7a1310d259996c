"""What staff refused is remembered, also after it is deleted, and forgotten once they allow it."""

import pytest
from django.utils import timezone

from catalog.models import ProductImage
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index, tasks
from visualsearch.models import Network, Reason, RefusedPicture, RefusedVector, Verdict, VerdictState
from visualsearch.moderation import decisions, memory, pipeline
from visualsearch.moderation.decisions import Choice

pytestmark = pytest.mark.django_db
NOW = timezone.now()
BY = "alice@example.com"


@pytest.fixture
def verdict(network: Network) -> Verdict:
    row = ImageFactory(product=ProductFactory(), data=pattern(1))
    index.refresh([row.pk], network)
    pipeline.check_pictures([row.pk], NOW)
    return Verdict.objects.get(image=row)


def refuse(verdict: Verdict, reason: Reason = Reason.RULE) -> None:
    decisions.decide([verdict.pk], Choice(VerdictState.REFUSED, BY, reason), NOW)


@pytest.mark.parametrize("reason", sorted(Reason.values))
def test_only_reasons_about_the_picture_itself_are_remembered(verdict: Verdict, reason: str) -> None:
    refuse(verdict, Reason(reason))
    assert RefusedPicture.objects.exists() == (reason in {"unsafe", "rule", "other", "seen"})


def test_a_refused_picture_outlives_its_upload(verdict: Verdict, network: Network) -> None:
    refuse(verdict)
    row = RefusedPicture.objects.get()
    tasks.remember_refused([row.pk])
    ProductImage.objects.all().delete()
    row.refresh_from_db()
    assert (row.image_id, row.sha256, row.reason) == (None, verdict.image_sha256, Reason.RULE)
    assert bytes(row.small).startswith(b"\xff\xd8")
    assert row.vectors.filter(network=network).count() >= 6
    assert not memory.incomplete(network).exists()


def test_filling_twice_changes_nothing(verdict: Verdict, network: Network) -> None:
    refuse(verdict)
    ids = list(RefusedPicture.objects.values_list("pk", flat=True))
    memory.fill(ids, network)
    before = list(RefusedVector.objects.order_by("pk").values_list("pk", flat=True))
    memory.fill(ids, network)
    assert list(RefusedVector.objects.order_by("pk").values_list("pk", flat=True)) == before


@pytest.mark.usefixtures("tasks_at_once")
def test_a_decision_fills_the_row_once_it_has_committed(
    verdict: Verdict, network: Network, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture of pytest-django
        refuse(verdict)
    assert not memory.incomplete(network).exists()


@pytest.mark.usefixtures("tasks_at_once")
def test_a_new_network_gets_its_own_vectors_from_the_small_picture(
    verdict: Verdict, network: Network, other: Network
) -> None:
    refuse(verdict)
    memory.fill(list(RefusedPicture.objects.values_list("pk", flat=True)), network)
    ProductImage.objects.all().delete()
    assert memory.incomplete(other).exists()
    tasks.publish_refused()
    assert not memory.incomplete(other).exists()
    assert RefusedVector.objects.filter(network=other).exists()


def test_a_picture_that_staff_allow_after_all_is_forgotten_but_not_deleted(verdict: Verdict) -> None:
    refuse(verdict)
    decisions.decide([verdict.pk], Choice(VerdictState.ALLOWED, BY), NOW)
    assert not RefusedPicture.objects.get().is_active
    refuse(verdict)
    assert RefusedPicture.objects.get().is_active


def test_an_undone_refusal_is_forgotten(verdict: Verdict) -> None:
    refuse(verdict)
    assert decisions.undo(verdict.pk, BY, NOW)
    assert not RefusedPicture.objects.get().is_active


def test_a_picture_that_cannot_be_read_is_tried_three_times(verdict: Verdict, network: Network) -> None:
    refuse(verdict)
    verdict.image.file.delete(save=False)
    for _ in range(memory.ATTEMPTS):
        assert memory.incomplete(network).exists()
        memory.fill(list(memory.incomplete(network)), network)
    assert not memory.incomplete(network).exists()


def test_of_a_customers_refused_picture_nothing_can_be_looked_at_after_it_is_deleted(
    verdict: Verdict, network: Network
) -> None:
    ProductImage.objects.update(is_from_customer=True)
    refuse(verdict)
    row = RefusedPicture.objects.get()
    tasks.remember_refused([row.pk])
    ProductImage.objects.all().delete()
    row.refresh_from_db()
    assert (bytes(row.small), row.image_id) == (b"", None)
    assert not memory.incomplete(network).exists()
    again = ImageFactory(product=ProductFactory(), data=pattern(1))
    index.refresh([again.pk], network)
    pipeline.check_pictures([again.pk], NOW)
    assert Verdict.objects.get(image=again).reason == Reason.SEEN

"""A picture that staff refused is found again, and others of its kind are left alone."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from catalog.models import ProductImage
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.moderation.disguises import SINGLE
from visualsearch import index
from visualsearch.embedding.preprocess import decode
from visualsearch.models import Network, PictureDecision, Reason, RefusedPicture, Verdict, VerdictState
from visualsearch.moderation import decisions, memory, pipeline, seen
from visualsearch.moderation.decisions import Choice
from visualsearch.moderation.finding import Candidate, Finding
from visualsearch.networks import loading

pytestmark = pytest.mark.django_db
NOW = timezone.now()
BY = "alice@example.com"
IMAGES = Path(settings.BASE_DIR) / "demo" / "images"
MUG = "brisk-mug-navy-stripe-1"


def data_of(name: str) -> bytes:
    return (IMAGES / f"{name}.jpg").read_bytes()


def disguised(name: str, disguise: str) -> bytes:
    file = BytesIO()
    SINGLE[disguise](Image.open(IMAGES / f"{name}.jpg").convert("RGB"), np.random.default_rng(2)).save(file, "PNG")
    return file.getvalue()


def check(data: bytes, network: Network) -> Verdict:
    image = ImageFactory(product=ProductFactory(), data=data)
    index.refresh([image.pk], network)
    pipeline.check_pictures([image.pk], NOW)
    return Verdict.objects.get(image=image)


@pytest.fixture
def refused(network: Network) -> RefusedPicture:
    verdict = check(data_of(MUG), network)
    decisions.decide([verdict.pk], Choice(VerdictState.REFUSED, BY, Reason.RULE), NOW)
    memory.fill(list(RefusedPicture.objects.values_list("pk", flat=True)), network)
    return RefusedPicture.objects.get()


def findings(verdict: Verdict) -> list[dict[str, object]]:
    return [each for each in verdict.findings if each["check"] == Reason.SEEN]


def test_the_same_file_is_refused_without_a_look(refused: RefusedPicture, network: Network) -> None:
    ProductImage.objects.all().delete()
    verdict = check(data_of(MUG), network)
    assert (verdict.state, verdict.reason) == (VerdictState.REFUSED, Reason.SEEN)
    assert findings(verdict)[0]["evidence"] == {"refused": refused.pk, "likeness": 1.0, "reason": "rule"}


def test_the_same_file_is_refused_before_a_task_has_filled_the_row(network: Network) -> None:
    verdict = check(data_of(MUG), network)
    decisions.decide([verdict.pk], Choice(VerdictState.REFUSED, BY, Reason.OTHER), NOW)
    assert check(data_of(MUG), network).state == VerdictState.REFUSED


@pytest.mark.parametrize("disguise", sorted(SINGLE))
def test_a_disguised_picture_is_found_after_the_upload_was_deleted(
    refused: RefusedPicture, network: Network, disguise: str
) -> None:
    ProductImage.objects.all().delete()
    verdict = check(disguised(MUG, disguise), network)
    assert verdict.state in (VerdictState.LOOK, VerdictState.REFUSED)
    assert verdict.reason == Reason.SEEN


def test_evidence_names_the_refused_picture_while_it_is_there(refused: RefusedPicture, network: Network) -> None:
    found = findings(check(disguised(MUG, "mirror"), network))[0]["evidence"]
    assert isinstance(found, dict)
    assert (found["refused"], found["image"]) == (refused.pk, refused.image_id)


@pytest.mark.parametrize("name", ["brisk-mug-red-stripe-1", "halden-mug-blue-1", "brisk-mug-navy-stripe-2"])
@pytest.mark.usefixtures("refused")
def test_similar_goods_are_no_repeats(network: Network, name: str) -> None:
    verdict = check(data_of(name), network)
    assert verdict.state == VerdictState.ALLOWED or verdict.reason != Reason.SEEN


@pytest.mark.usefixtures("refused")
def test_a_forgotten_picture_is_not_found_any_more(network: Network) -> None:
    decision = Verdict.objects.get()
    decisions.decide([decision.pk], Choice(VerdictState.ALLOWED, BY), NOW)
    assert not findings(check(disguised(MUG, "mirror"), network))


@pytest.mark.usefixtures("refused")
def test_what_staff_allowed_is_not_suspected_again(network: Network) -> None:
    verdict = check(disguised(MUG, "mirror"), network)
    decisions.decide([verdict.pk], Choice(VerdictState.ALLOWED, BY), NOW)
    assert PictureDecision.objects.filter(image_sha256=verdict.image_sha256).exists()
    assert not findings(check(disguised(MUG, "mirror"), network))


def candidate(data: bytes, network: Network | None = None) -> Candidate:
    picture = decode(data, 384)
    vector = loading.embedder(network).embed([data])[0] if network else None
    return Candidate(picture, *picture.size, "0" * 64, vector)


@pytest.mark.usefixtures("refused")
def test_a_searchers_photo_is_checked_without_being_stored(network: Network) -> None:
    found = seen.examine(
        [candidate(disguised(MUG, "jpeg"), network), candidate(data_of("halden-mug-blue-1"), network)]
    )
    assert [len(each) for each in found] == [1, 0]
    assert isinstance(found[0][0], Finding)


@pytest.mark.usefixtures("refused")
def test_a_picture_without_a_vector_is_found_by_its_hash(network: Network) -> None:
    assert seen.examine([candidate(disguised(MUG, "jpeg"))])[0]


def test_a_shop_that_never_refused_anything_pays_one_query(
    network: Network, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture of pytest-django
        assert seen.examine([candidate(data_of(MUG), network)]) == [[]]


def test_a_batch_costs_as_many_queries_as_one_picture(
    refused: RefusedPicture, network: Network, django_assert_num_queries: object
) -> None:
    batch = [candidate(disguised(MUG, name), network) for name in ("mirror", "jpeg", "half")]
    with django_assert_num_queries(3):  # type: ignore[operator]  # which, their pictures, allowed?
        assert all(seen.examine(batch))

"""A picture of another product is found, and who had it first; families may share theirs."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Product, ProductImage
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.moderation.disguises import SINGLE
from tests.visualsearch.moderation.test_seen import MUG, candidate, data_of, disguised
from visualsearch import index
from visualsearch.models import Network, PicturePrint, Reason, Verdict, VerdictState
from visualsearch.moderation import copies, pipeline
from visualsearch.moderation.checks import RULES

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def upload(product: Product, data: bytes, network: Network) -> ProductImage:
    image = ImageFactory(product=product, data=data)
    index.refresh([image.pk], network)
    return image


def check(image: ProductImage) -> list[dict[str, Any]]:
    """Check the picture and return what the check for copies found."""
    pipeline.check_pictures([image.pk], NOW)
    return [each for each in Verdict.objects.get(image=image).findings if each["check"] == Reason.COPY]


@pytest.fixture
def original(network: Network) -> ProductImage:
    image = upload(ProductFactory(title="Mug"), data_of(MUG), network)
    assert check(image) == []
    return image


def test_the_same_file_on_another_product_names_the_first(original: ProductImage, network: Network) -> None:
    copy = upload(ProductFactory(), data_of(MUG), network)
    found = check(copy)
    assert [(each["code"], each["score"]) for each in found] == [("same_file", 1.0)]
    assert found[0]["evidence"] == {"image": original.pk, "product": original.product_id, "likeness": 1.0}
    verdict = Verdict.objects.get(image=copy)
    assert (verdict.state, verdict.reason) == (VerdictState.LOOK, Reason.COPY)


@pytest.mark.parametrize("disguise", sorted(SINGLE))
def test_a_disguised_copy_needs_a_look(original: ProductImage, network: Network, disguise: str) -> None:
    copy = upload(ProductFactory(), disguised(MUG, disguise), network)
    assert [each["evidence"]["image"] for each in check(copy)] == [original.pk]
    assert Verdict.objects.get(image=copy).reason == Reason.COPY


def test_the_first_picture_is_not_the_copy(
    original: ProductImage, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(upload(ProductFactory(), data_of(MUG), network))
    monkeypatch.setattr(pipeline, "RULES", RULES + 1)
    assert check(original) == []


def test_of_two_in_one_batch_the_later_one_is_the_copy(network: Network) -> None:
    first, second = (upload(ProductFactory(), data_of(MUG), network) for _ in range(2))
    pipeline.check_pictures([first.pk, second.pk], NOW)
    assert not Verdict.objects.get(image=first).findings
    assert Verdict.objects.get(image=second).reason == Reason.COPY


def test_an_older_picture_that_is_replaced_by_a_copy_is_the_copy(network: Network) -> None:
    old = upload(ProductFactory(), data_of("halden-mug-blue-1"), network)
    check(old)
    first = upload(ProductFactory(), data_of(MUG), network)
    check(first)
    PicturePrint.objects.filter(image=old).update(image_sha256="0" * 64)  # as if its file had just been replaced
    ProductImage.objects.filter(pk=old.pk).update(file=first.file.name, sha256=first.sha256)
    index.refresh([old.pk], network)
    assert check(old)[0]["evidence"]["image"] == first.pk


def test_pictures_of_one_product_or_family_are_no_copies(original: ProductImage, network: Network) -> None:
    Product.objects.filter(pk=original.product_id).update(family="mug")
    assert check(upload(original.product, data_of(MUG), network)) == []
    assert check(upload(ProductFactory(family="mug"), data_of(MUG), network)) == []
    assert check(upload(ProductFactory(family="jug"), data_of(MUG), network))


@pytest.mark.parametrize("name", ["brisk-mug-red-stripe-1", "halden-mug-blue-1"])
@pytest.mark.usefixtures("original")
def test_twins_without_a_family_are_not_suspected(network: Network, name: str) -> None:
    found = check(upload(ProductFactory(), data_of(name), network))
    assert all(each["score"] < copies.LOOK_AT for each in found)


@pytest.mark.usefixtures("original")
def test_a_deleted_picture_is_not_named(network: Network) -> None:
    ProductImage.objects.all().delete()
    assert check(upload(ProductFactory(), data_of(MUG), network)) == []


def test_a_second_check_keeps_when_the_bytes_came_first(
    original: ProductImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = PicturePrint.objects.get()
    monkeypatch.setattr(pipeline, "RULES", RULES + 1)
    check(original)
    after = PicturePrint.objects.get()
    assert (after.first_at, bytes(after.small)) == (before.first_at, bytes(before.small))


@pytest.mark.usefixtures("original")
def test_a_searchers_photo_is_neither_stored_nor_compared(network: Network) -> None:
    assert copies.examine([candidate(data_of(MUG), network)]) == [[]]
    assert PicturePrint.objects.count() == 1


@pytest.mark.usefixtures("original")
def test_a_batch_costs_as_many_queries_as_one_picture(network: Network, django_assert_num_queries: Any) -> None:
    images = [upload(ProductFactory(), disguised(MUG, name), network) for name in ("mirror", "jpeg", "half")]
    batch = []
    for image in images:
        with image.file.open("rb") as file:
            each = candidate(file.read(), network)
        each.image, each.product, each.sha256 = image.pk, image.product_id, image.sha256
        batch.append(each)
    with django_assert_num_queries(3):  # write, which, their prints
        assert all(copies.examine(batch))

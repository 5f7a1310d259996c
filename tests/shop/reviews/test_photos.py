"""Photos of reviews: uploading, changing, moderating, showing, and deleting them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.pictures.services import hide_pictures
from shop.accounts import personal_data
from shop.accounts.models import Customer
from shop.http.throttling import ScopedThrottle
from shop.reviews.models import Review, ReviewPhoto
from tests.catalog.test_structured_data import blocks
from tests.factories import ImageFactory
from tests.shop.reviews.conftest import Written, images_of, picture, snapshot, upload
from tests.shop.reviews.test_reviews import NOW, WORDS, reviewed
from visualsearch.models import PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions
from visualsearch.moderation.decisions import Choice
from visualsearch.moderation.wording import sentence
from visualsearch.tasks import embed_images

pytestmark = pytest.mark.django_db
WRITE, PAGE, MINE = "/products/halden-mug/review/", "/products/halden-mug/", "/account/reviews/"


@pytest.fixture(autouse=True)
def _anyone_may_review(settings: Any) -> None:
    settings.REVIEWS_BUYERS_ONLY = False


@pytest.fixture
def alices(client: Client, alice: Customer, mug: Product) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def post(client: Client, *photos: object, **more: Any) -> Any:
    return client.post(WRITE, {**WORDS, "photos": photos, **more})


def errors(response: Any) -> list[str]:
    return [str(error) for error in response.context["photos"].errors.get("photos", [])]


def verdict(image: ProductImage, state: VerdictState, reason: str = "") -> Verdict:
    return Verdict.objects.create(
        image=image, image_sha256=image.sha256, state=state, reason=reason, rules=1, checked_at=NOW
    )


def refuse(image: ProductImage) -> Verdict:
    found = verdict(image, VerdictState.LOOK)
    decisions.decide([found.pk], Choice(VerdictState.REFUSED, "staff@example.com", Reason.UNSAFE), NOW)
    return found


def test_photos_are_stored_without_their_place(alices: Client) -> None:
    assert post(alices, snapshot(), snapshot("#47a", "IMG_2.jpg")).headers["Location"] == PAGE
    images = images_of(Review.objects.get())
    assert [(image.is_from_customer, image.position, image.width) for image in images] == [
        (True, 0, 640),
        (True, 1, 640),
    ]
    for image in images:
        stored = image.file.open("rb").read()
        assert b"Exif" not in stored
        assert b"Handy" not in stored
        assert not Image.open(BytesIO(stored)).getexif()
        assert "IMG" not in str(image.file.name)


def test_a_refused_photo_loses_nothing_else(alices: Client) -> None:
    refused = post(alices, snapshot(), upload(b"no picture", "notes.txt"), snapshot("#47a"))
    assert refused.status_code == 400
    assert errors(refused) == ["notes.txt: The file is damaged or not a picture. Choose another, or save it as JPEG."]
    assert "Your review is saved, but not every photo." in refused.content.decode()
    review = Review.objects.get()
    assert (review.text, review.photos.count()) == ("Holds tea.", 2)
    assert refused.content.decode().count('name="remove"') == 2
    assert post(alices, snapshot()).status_code == 302  # again, as a reload sends it
    assert review.photos.count() == 2


def test_invalid_words_keep_what_was_written_and_say_to_choose_again(alices: Client) -> None:
    refused = post(alices, snapshot(), rating="9")
    assert refused.status_code == 400
    assert errors(refused) == ["Choose your photos again."]
    assert "Holds tea." in refused.content.decode()
    assert not ProductImage.objects.exists()


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        (b"", "The file is empty."),
        (picture(8, 8), "Choose one with at least 16 on each side."),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64, "HEIC pictures are not supported."),
        (picture(64, 64) + b"\0" * 2**20, "larger than 1 MB"),
        (picture(2048, 1024), "more than 1 million pixels"),
    ],
)
def test_a_photo_that_cannot_be_used_says_what_to_do(
    alices: Client, settings: Any, photo: bytes, sentence: str
) -> None:
    settings.PICTURE_MAX_BYTES, settings.PICTURE_MAX_PIXELS = 2**20, 1_000_000
    refused = post(alices, upload(photo, "IMG_1.jpg"))
    assert refused.status_code == 400
    assert errors(refused)[0].startswith("IMG_1.jpg: ")
    assert sentence in errors(refused)[0]
    assert not ReviewPhoto.objects.exists()


def test_what_was_written_survives_photos_that_are_too_large_to_read(alices: Client, settings: Any) -> None:
    settings.PICTURE_MAX_BYTES = 2**16
    refused = post(alices, *(upload(bytes(2**16), f"{number}.jpg") for number in range(20)))
    assert refused.status_code == 400
    assert "larger than this shop accepts" in errors(refused)[0]
    assert Review.objects.get().text == "Holds tea."


def test_a_review_has_at_most_four_photos(alices: Client) -> None:
    colours = ["#111", "#333", "#555", "#777", "#999"]
    refused = post(alices, *(snapshot(colour) for colour in colours))
    assert errors(refused) == ["A review has at most 4 photos. You can add 4 more."]
    review = Review.objects.get()
    assert review.photos.count() == 4
    assert errors(post(alices, snapshot("#999"))) == ["A review has at most 4 photos. Remove one to add another."]
    keys = list(review.photos.values_list("pk", flat=True))
    assert post(alices, snapshot("#999"), remove=keys[:1]).status_code == 302
    assert keys[0] not in review.photos.values_list("pk", flat=True)
    assert review.photos.count() == 4


def test_photos_are_removed_with_their_files(
    alices: Client, write: Written, django_capture_on_commit_callbacks: Any
) -> None:
    review = write("#111", "#333")
    gone, stays = images_of(review)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(alices, remove=[review.photos.all()[0].pk]).status_code == 302
    assert images_of(review) == [stays]
    assert not default_storage.exists(gone.file.name or "")
    assert not default_storage.exists(gone.rendition_name(gone.width, "jpg"))
    assert default_storage.exists(stays.file.name or "")


def test_mallory_cannot_remove_see_or_appeal_photos_of_alice(
    client: Client, mallory: Customer, write: Written
) -> None:
    photo = write("#111").photos.get()
    refuse(photo.image)
    client.force_login(mallory)
    refused = post(client, remove=[photo.pk])
    assert refused.status_code in (302, 400)
    assert client.get(f"{MINE}photos/{photo.pk}/").status_code == 404
    client.post(f"{MINE}photos/{photo.pk}/appeal/", {"sentence": "It is mine."})
    assert not Verdict.objects.get().appeal
    assert ReviewPhoto.objects.filter(pk=photo.pk).exists()


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 30, "\0"])
def test_junk_among_the_keys_to_remove_is_refused_or_ignored(alices: Client, write: Written, junk: str) -> None:
    review = write("#111")
    assert post(alices, remove=[junk]).status_code < 500
    assert review.photos.count() == 1


def test_photos_are_shown_with_the_approved_review_only(client: Client, write: Written) -> None:
    review = write("#111", "#333")
    first, second = images_of(review)
    for address in (PAGE, f"{PAGE}reviews/", "/api/v1/products/halden-mug/reviews/"):
        shown = client.get(address).content.decode()
        assert first.sha256 in shown
        assert "Photo by Alice" in shown
    hide_pictures(ProductImage.objects.filter(pk=first.pk))
    for address in (PAGE, f"{PAGE}reviews/", "/api/v1/products/halden-mug/reviews/"):
        shown = client.get(address).content.decode()
        assert first.sha256 not in shown
        assert second.sha256 in shown
    Review.objects.update(state=Review.State.WAITING)
    assert second.sha256 not in client.get(PAGE).content.decode()


def test_the_newest_photos_are_gathered_even_from_older_reviews(client: Client, write: Written, mug: Product) -> None:
    (old,) = images_of(write("#111"))
    Review.objects.update(created_at=NOW.replace(year=2020))
    reviewed(mug, 6)
    page = client.get(PAGE).content.decode()
    assert "Word 5." in page
    assert "Holds tea." not in page
    section = page[page.index('id="photos"') : page.index('id="reviews"')]
    assert old.sha256 in section
    assert "<figcaption>Alice</figcaption>" in section


@pytest.mark.parametrize("number", [1, 8])
def test_photos_cost_no_queries(
    client: Client, write: Written, mug: Product, number: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for index in range(number):
        who = Customer.objects.create(email=f"{index}@example.com")
        write(f"#{index}11", f"#{index}33", who=who)
    embed_images([ImageFactory(product=mug).pk])  # the page shows similar products
    with django_assert_max_num_queries(11):
        assert 'id="photos"' in client.get(PAGE).content.decode()
    with django_assert_max_num_queries(4):
        client.get(f"{PAGE}reviews/")


def test_customers_photos_are_no_pictures_of_the_shop(client: Client, write: Written, mug: Product) -> None:
    own = ImageFactory(product=mug)
    (photo,) = images_of(write("#111"))
    page = client.get(PAGE).content.decode()
    gallery = page[page.index("data-gallery") : page.index("<h1>")]
    assert photo.sha256 not in gallery + str(blocks(client, PAGE)["Product"])
    assert [image.pk for image in client.get(PAGE).context["images"]] == [own.pk]


def test_the_author_sees_what_becomes_of_a_photo_and_appeals(alices: Client, settings: Any) -> None:
    settings.MODERATION = "hold"
    post(alices, snapshot())
    (image,) = images_of(Review.objects.get())
    assert not image.is_public
    assert "Waiting to be checked" in alices.get(MINE).content.decode()
    own = alices.get(f"{MINE}photos/{image.review_photo.pk}/")
    assert b"".join(own.streaming_content) == image.file.open("rb").read()  # type: ignore[attr-defined]
    assert own.headers["Cache-Control"].startswith("private")
    refuse(image)
    page = alices.get(MINE).content.decode()
    assert "Refused. This picture may not be safe to show." in page
    address = f"{MINE}photos/{image.review_photo.pk}/appeal/"
    assert address in page
    alices.post(address, {"sentence": " "})
    assert not Verdict.objects.open().exists()
    alices.post(address, {"sentence": "It is\na mug." + "x" * 600})
    assert Verdict.objects.open().get().appeal.startswith("It is a mug.")
    page = alices.get(MINE).content.decode()
    assert "You asked us to look again." in page
    assert address not in page


def test_staff_see_the_photos_of_a_review(client: Client, write: Written) -> None:
    review = write("#111")
    refuse(images_of(review)[0])
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    page = client.get(f"/admin/reviews/review/{review.pk}/change/").content.decode()
    assert f"/admin/catalog/productimage/{images_of(review)[0].pk}/file/" in page
    assert "Refused. This picture may not be safe to show." in page
    deletion = client.get(f"/admin/reviews/review/{review.pk}/delete/").content.decode()
    assert "1 photo" in deletion
    client.post(f"/admin/reviews/review/{review.pk}/delete/", {"post": "yes"})
    assert not ProductImage.objects.exists()


@pytest.mark.parametrize("way", ["withdraw", "erase", "product", "picture", "photo"])
def test_photos_go_with_what_they_belong_to(
    alices: Client, alice: Customer, write: Written, mug: Product, way: str, django_capture_on_commit_callbacks: Any
) -> None:
    review = write("#111")
    (image,) = images_of(review)
    with django_capture_on_commit_callbacks(execute=True):
        if way == "withdraw":
            alices.post(f"{WRITE}withdraw/")
        elif way == "erase":
            personal_data.erase_customer(alice, NOW)
        else:
            {"product": mug, "picture": image, "photo": review.photos.get()}[way].delete()
    assert not ReviewPhoto.objects.exists()
    assert not ProductImage.objects.exists()
    assert not default_storage.exists(image.file.name or "")
    assert not default_storage.exists(image.rendition_name(image.width, "jpg"))


def test_a_file_that_the_shop_uses_too_stays(
    write: Written, mug: Product, alices: Client, django_capture_on_commit_callbacks: Any
) -> None:
    (image,) = images_of(write("#111"))
    own = ProductImage.objects.create(
        product=mug, file=image.file.name, sha256=image.sha256, width=image.width, height=image.height
    )
    with django_capture_on_commit_callbacks(execute=True):
        alices.post(f"{WRITE}withdraw/")
    assert default_storage.exists(own.file.name or "")


def test_photos_are_exported_and_appeals_erased(alices: Client, alice: Customer, write: Written) -> None:
    photo = write("#111").photos.get()
    found = refuse(photo.image)
    decisions.appeal(found.pk, "My own kitchen.", NOW)
    (exported,) = personal_data.export_data(alice)["reviews"][0]["photos"]
    assert exported == {
        "file": f"{MINE}photos/{photo.pk}/", "state": "refused", "refusal": sentence(Verdict.objects.get()),
        "appeal": "My own kitchen.",
    }  # fmt: skip
    assert alices.get(exported["file"]).status_code == 200
    decisions.decide([found.pk], Choice(VerdictState.ALLOWED, "staff@example.com"), NOW)
    personal_data.erase_customer(alice, NOW)
    assert {entry.appeal for entry in PictureDecision.objects.all()} == {""}


def test_too_many_changes_of_reviews_are_refused(
    alices: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ScopedThrottle.THROTTLE_RATES, "review", "1/hour")
    assert post(alices).status_code == 302
    refused = post(alices, snapshot(), text="Changed.")
    assert refused.status_code == 429
    assert "Too many changes of reviews." in refused.content.decode()
    assert "Changed." in refused.content.decode()
    assert not ReviewPhoto.objects.exists()

"""Photos of reviews by the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.models import Review, ReviewPhoto
from tests.shop.reviews.conftest import Written, images_of, snapshot, upload
from tests.shop.reviews.test_photos import refuse

pytestmark = pytest.mark.django_db
REVIEW = "/api/v1/products/halden-mug/review/"
PHOTOS = f"{REVIEW}photos/"


@pytest.fixture
def alices(alice: Customer) -> APIClient:
    client = APIClient()
    client.force_login(alice)
    return client


def post(client: APIClient, *photos: object) -> Any:
    return client.post(PHOTOS, {"photo": photos}, format="multipart")


def test_a_photo_is_added_read_and_removed(alices: APIClient, write: Written) -> None:
    review = write()
    for _ in range(2):
        answer = post(alices, snapshot())
        assert answer.status_code == 201
    review.refresh_from_db()
    assert review.state == Review.State.WAITING
    (photo,) = alices.get(REVIEW).json()["photos"]
    assert photo == answer.json()
    assert (photo["width"], photo["height"], photo["state"], photo["refusal"]) == (640, 480, "allowed", None)
    assert alices.get(photo["url"]).status_code == 200
    for _ in range(2):
        assert alices.delete(f"{PHOTOS}{photo['id']}/").status_code == 204
    assert not ReviewPhoto.objects.exists()


def test_changing_the_words_keeps_the_photos(alices: APIClient, write: Written, settings: Any) -> None:
    settings.REVIEWS_BUYERS_ONLY = False
    write("#111")
    answer = alices.put(REVIEW, {"author": "Alice", "rating": 2}, format="json")
    assert len(answer.json()["photos"]) == 1


def test_a_refused_photo_says_what_to_do(alices: APIClient, write: Written) -> None:
    refuse(images_of(write("#111"))[0])
    (photo,) = alices.get(REVIEW).json()["photos"]
    assert photo["state"] == "refused"
    assert photo["refusal"]["code"] == "image_refused"
    assert photo["refusal"]["detail"].startswith("This picture may not be safe to show. Upload another one")


@pytest.mark.parametrize(
    ("photos", "status", "code"),
    [
        ([], 400, "photo_missing"),
        ([snapshot(), snapshot("#333")], 400, "photo_missing"),
        ([upload(b"no picture", "a.jpg")], 400, "image_unreadable"),
        ([upload(b"%PDF-1.7", "a.jpg")], 415, "image_format_unsupported"),
    ],
)
def test_a_photo_that_cannot_be_used_is_refused(
    alices: APIClient, write: Written, photos: list[object], status: int, code: str
) -> None:
    write()
    answer = post(alices, *photos)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not ReviewPhoto.objects.exists()


def test_a_fifth_photo_is_refused(alices: APIClient, write: Written) -> None:
    review = write("#111", "#333", "#555", "#777")
    answer = post(alices, snapshot("#999"))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_photos")
    review.refresh_from_db()
    assert review.state == Review.State.APPROVED


def test_photos_need_a_review_of_ones_own(alices: APIClient, mallory: Customer, mug: Product, write: Written) -> None:
    assert post(alices, snapshot()).status_code == 404
    photo = write("#111").photos.get()
    other = APIClient()
    assert post(other, snapshot()).status_code == 403
    other.force_login(mallory)
    assert post(other, snapshot()).status_code == 404
    other.delete(f"{PHOTOS}{photo.pk}/")
    assert ReviewPhoto.objects.get() == photo


def test_published_reviews_have_their_photos(write: Written) -> None:
    (image,) = images_of(write("#111"))
    (review,) = APIClient().get("/api/v1/products/halden-mug/reviews/").json()["results"]
    assert [(each["alt"], image.sha256 in each["url"]) for each in review["photos"]] == [("Photo by Alice", True)]

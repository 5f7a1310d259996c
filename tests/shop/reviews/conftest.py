"""Photos that customers send with their reviews."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.pictures.services import make_renditions
from shop.accounts.models import Customer
from shop.reviews.models import Review, ReviewPhoto
from shop.reviews.photos import read_photo
from shop.reviews.services import write_review
from tests.conftest import picture
from tests.factories import ProductFactory
from tests.shop.reviews.test_reviews import NOW, WORDS

GPS, MAKE = 0x8825, 0x010F  # EXIF tags
Written = Callable[..., Review]


def snapshot(colour: str = "#a74", name: str = "IMG_1.jpg", width: int = 640) -> SimpleUploadedFile:
    """Return a photo as a phone writes it, with its place and maker."""
    exif = Image.Exif()
    exif[MAKE] = "Handy"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (11.0, 34.0, 5.0)})
    file = BytesIO()
    Image.new("RGB", (width, 480), colour).save(file, "JPEG", exif=exif)
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def upload(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture(autouse=True)
def _own_media_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mug(db: None) -> Product:
    return ProductFactory(title="Halden mug")


@pytest.fixture
def write(alice: Customer, mug: Product) -> Written:
    """Write Alice's review of the mug with photos of these colours, and publish it."""

    def written(*colours: str, who: Customer = alice, product: Product = mug, **more: Any) -> Review:
        photos = [read_photo(snapshot(colour)) for colour in colours]
        review = write_review(who, product, WORDS | more, NOW, has_bought=True, photos=photos)
        Review.objects.filter(pk=review.pk).update(state=Review.State.APPROVED)
        for image in ProductImage.objects.filter(review_photo__review=review):
            make_renditions(image)
        review.refresh_from_db()
        return review

    return written


def images_of(review: Review) -> list[ProductImage]:
    return [photo.image for photo in ReviewPhoto.objects.filter(review=review).select_related("image")]


__all__ = ["images_of", "picture", "snapshot", "upload"]

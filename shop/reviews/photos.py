"""Customers' photos: check uploads, add them to reviews and remove them, and appeal against refusals.

A photo is stored upright and without metadata, as any picture of the catalogue. Customers see it once its review is
approved and the picture is public.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max
from django.utils.translation import gettext as _

from catalog.models import ProductImage
from catalog.pictures.checking import CheckedPicture, PictureRefused, cleaned_picture
from catalog.pictures.services import StoredPicture, attach_picture, store_cleaned
from shop.accounts.models import Customer
from shop.reviews.models import MAX_PHOTOS, Review, ReviewPhoto
from visualsearch.moderation import decisions

Photo = tuple[CheckedPicture, bytes]  # bytes without metadata


def read_photo(upload: UploadedFile[Any]) -> Photo:
    """Check an uploaded photo and strip its metadata. Raises PictureRefused. Reads at most a byte beyond the limit."""
    return cleaned_picture(upload.read(settings.PICTURE_MAX_BYTES + 1))


def store_photos(photos: Iterable[Photo]) -> list[StoredPicture]:
    """Store checked photos. Call it in the transaction of `add_photos`, before locks: a storage may be slow.

    Raises PictureRefused.
    """
    return [store_cleaned(*photo) for photo in photos]


def add_photos(review: Review, photos: Iterable[StoredPicture]) -> list[ReviewPhoto]:
    """Add stored photos to the review, each once. Call it in a transaction that locks the review.

    Raises PictureRefused if they are too many.
    """
    known = set(review.photos.values_list("image__sha256", flat=True))
    new = list({photo.sha256: photo for photo in photos if photo.sha256 not in known}.values())
    if len(known) + len(new) > MAX_PHOTOS:
        raise too_many_photos(MAX_PHOTOS - len(known))
    last = review.photos.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    return [_add(review, photo, position) for position, photo in enumerate(new, start)]


def remove_photos(review: Review, keys: Collection[int]) -> None:
    """Remove these photos of the review with their files. Others' photos stay."""
    review.photos.filter(pk__in=keys).delete()


def appeal_photo(customer: Customer, key: int, sentence: str, now: datetime) -> bool:
    """Ask staff to look at the customer's refused photo again. Return False if it is not refused."""
    photo = ReviewPhoto.objects.for_author().filter(pk=key, review__customer=customer).first()
    if photo is None or photo.verdict is None or photo.state != ReviewPhoto.State.REFUSED:
        return False
    return decisions.appeal(photo.verdict.pk, sentence, now)


def too_many_photos(room: int) -> PictureRefused:
    """Return the refusal of photos where there is only room for so many."""
    if room <= 0:
        sentence = _("A review has at most %(limit)d photos. Remove one to add another.") % {"limit": MAX_PHOTOS}
    else:
        sentence = _("A review has at most %(limit)d photos. You can add %(room)d more.")
        sentence %= {"limit": MAX_PHOTOS, "room": room}
    return PictureRefused("too_many_photos", sentence)


def _add(review: Review, photo: StoredPicture, position: int) -> ReviewPhoto:
    image = ProductImage(product_id=review.product_id, is_from_customer=True, position=position)
    attach_picture(image, photo)
    image.save()
    return ReviewPhoto.objects.create(image=image, review=review, position=position)

"""Pictures of products: storing them, making their renditions, removing what is no longer shown.

A stored picture is a JPEG or PNG file that stands upright, carries no metadata and is named after its own bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.pictures.checking import (
    PictureRefused,
    cleaned_picture,
    decode,
    open_picture,
)
from catalog.pictures.files import FILE_MISSING, lock_hash, remove_unused
from catalog.pictures.storage import StorageError, read_file, store_file

EXTENSIONS = {"JPEG": "jpg", "PNG": "png"}
ENCODINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("AVIF", {"quality": 60, "speed": 8}),
    "webp": ("WEBP", {"quality": 80, "method": 4}),
    "jpg": ("JPEG", {"quality": 82, "optimize": True, "progressive": True}),
}
ATTEMPTS = 3
UNFINISHED = gettext_noop(
    "The process that made the renditions ended before it was done, perhaps for want of memory. "
    "Replace the picture with a smaller one, or let it be tried again."
)
CLEARLY_MORE = 1.3  # times as wide
LONGEST_SIDE = 16_383  # of a WebP file


@dataclass(frozen=True)
class StoredPicture:
    """A picture in storage: checked, upright, without metadata."""

    name: str
    width: int
    height: int
    sha256: str


def store_picture(data: bytes) -> StoredPicture:
    """Check the picture, take its metadata out and put it into storage. Raises PictureRefused.

    The name comes from the bytes: the same picture is stored once, and a file name from outside is never used. Call it
    in the transaction that saves the row: until that ends, nobody removes the file.
    """
    checked, clean = cleaned_picture(data)
    name = f"products/{checked.sha256[:2]}/{checked.sha256}.{EXTENSIONS[checked.format]}"
    _store_original(name, checked.sha256, clean)
    return StoredPicture(name, checked.width, checked.height, checked.sha256)


def store_upload(upload: UploadedFile[Any]) -> StoredPicture:
    """`store_picture` for an uploaded file, of which no more is read than a picture may have."""
    return store_picture(upload.read(settings.PICTURE_MAX_BYTES + 1))


def attach_picture(image: ProductImage, stored: StoredPicture) -> None:
    """Make the row show the stored picture. The caller saves the row."""
    if image.sha256 != stored.sha256:
        image.rendition_widths, image.rendition_attempts, image.rendition_error = [], 0, ""
        image.replaced_sha256 = image.sha256
    elif image.rendition_error == FILE_MISSING:
        image.rendition_attempts, image.rendition_error = 0, ""
    image.sha256 = stored.sha256
    image.file.name = stored.name
    image.width, image.height = stored.width, stored.height


def add_picture(product: Product, data: bytes, alt: str = "", position: int = 0) -> ProductImage:
    """Check and store a picture and give it to the product. Raises PictureRefused."""
    image = ProductImage(product=product, alt=alt, position=position)
    with transaction.atomic():
        attach_picture(image, store_picture(data))
        image.save()
    return image


def restore_picture(image: ProductImage, clean: bytes) -> bool:
    """Store the file of the row anew where it is missing or damaged; `clean` are its bytes. Raises PictureRefused.

    Returns True if it was. Renditions and embedding are tried again.
    """
    with transaction.atomic():
        is_back = _store_original(image.file.name or "", image.sha256, clean)
        if is_back or image.rendition_error == FILE_MISSING:
            image.rendition_attempts, image.rendition_error = 0, ""
            image.save(update_fields=["file", "rendition_attempts", "rendition_error"])
    return is_back


def rendition_widths(width: int, height: int) -> list[int]:
    """The widths in which a picture of this size is offered: never wider than itself, and always at least one.

    Its own width is one of them where the next smaller one would show clearly less.
    """
    widest = min(width, max(1, LONGEST_SIDE * width // height), max(settings.PICTURE_WIDTHS))
    offered = [each for each in settings.PICTURE_WIDTHS if each <= widest]
    return offered if offered and widest < offered[-1] * CLEARLY_MORE else [*offered, widest]


def make_renditions(image: ProductImage) -> bool:
    """Make the picture's renditions, or note on the row why there are none. Return True if there are renditions now.

    Safe to run twice and at the same time: names and contents follow from the bytes. Bytes that were rendered for
    another row are not rendered again. A storage that is full or away uses up no attempt.
    """
    row = ProductImage.objects.filter(pk=image.pk, sha256=image.sha256)
    if _is_given_up(image):
        return False
    # First, and committed: what kills the worker is not tried for ever, and staff read why it has no renditions.
    row.update(rendition_attempts=F("rendition_attempts") + 1, rendition_error=UNFINISHED)
    widths = rendition_widths(image.width, image.height)
    try:
        if not ProductImage.objects.filter(sha256=image.sha256, rendition_widths=widths).exists():
            _render(image, read_file(image.file.name or ""), widths)
    except FileNotFoundError:
        row.update(rendition_error=FILE_MISSING, rendition_attempts=ATTEMPTS)
    except StorageError as failed:
        row.update(rendition_error=f"The storage failed: {failed}", rendition_attempts=F("rendition_attempts") - 1)
    except Exception as error:  # the row must say what happened, whatever it was
        row.update(rendition_error=f"{type(error).__name__}: {error}"[:1000])
    else:
        is_shown = bool(row.update(rendition_widths=widths, rendition_error=""))
        if not is_shown:  # deleted or replaced meanwhile, perhaps before there were renditions to remove
            remove_unused(image.sha256)
        return is_shown
    return False


def retry_renditions(images: QuerySet[ProductImage]) -> int:
    """Let the next sweep try these pictures again. Returns how many."""
    missing = ProductImage.objects.filter(pk__in=images.values("pk"), rendition_widths=[])
    count = missing.count()
    hashes = list(missing.values_list("sha256", flat=True))
    ProductImage.objects.filter(rendition_widths=[], sha256__in=hashes).update(
        rendition_attempts=0, rendition_error=""
    )
    return count


def _is_given_up(image: ProductImage) -> bool:
    """Note on the row that the same bytes were tried often enough for another one, where they were."""
    same = ProductImage.objects.filter(sha256=image.sha256, rendition_widths=[], rendition_attempts__gte=ATTEMPTS)
    failed = same.exclude(pk=image.pk).exclude(rendition_error=FILE_MISSING).first()
    if failed is None:
        return False
    row = ProductImage.objects.filter(pk=image.pk, sha256=image.sha256)
    row.update(rendition_attempts=failed.rendition_attempts, rendition_error=failed.rendition_error)
    return True


def _store_original(name: str, sha256: str, clean: bytes) -> bool:
    if connection.in_atomic_block:
        lock_hash(sha256)
    try:
        return store_file(name, clean)
    except StorageError as failed:
        sentence = _("The picture could not be stored: %(reason)s. Make room in the storage and try again.")
        raise PictureRefused("image_not_stored", sentence % {"reason": failed}) from failed


def _render(image: ProductImage, data: bytes, widths: list[int]) -> None:
    flat = decode(open_picture(data), (widths[-1], 1))
    for width in reversed(widths):  # each from the one before, which is the larger
        height = max(1, round(image.height * width / image.width))
        flat = flat.resize((width, height), Image.Resampling.LANCZOS)
        for extension, (form, options) in ENCODINGS.items():
            file = BytesIO()
            flat.save(file, form, **options)
            store_file(image.rendition_name(width, extension), file.getvalue())

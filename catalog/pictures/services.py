"""Store pictures of products and make their renditions.

A stored picture is an upright JPEG or PNG file without metadata, named after its hash.
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
    CheckedPicture,
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
MAX_ATTEMPTS = 3
KILLED = gettext_noop(
    "The process that made the renditions was killed, perhaps because it ran out of memory. "
    "Replace the picture with a smaller one, or retry."
)
MIN_STEP = 1.3  # between the widths of the two largest renditions
MAX_SIDE = 16_383  # pixels, in a WebP file


@dataclass(frozen=True)
class StoredPicture:
    """A picture in storage: checked, upright, without metadata."""

    name: str
    width: int
    height: int
    sha256: str


def store_picture(data: bytes) -> StoredPicture:
    """Check the picture, strip its metadata and store it. Raises PictureRefused.

    The name is derived from the hash, so each picture is stored once, and never from an uploaded file name. Call this
    in the transaction that saves the row: until it ends, the file cannot be removed.
    """
    return store_cleaned(*cleaned_picture(data))


def store_cleaned(checked: CheckedPicture, clean: bytes) -> StoredPicture:
    """Store the result of `cleaned_picture`, as `store_picture` does."""
    name = f"products/{checked.sha256[:2]}/{checked.sha256}.{EXTENSIONS[checked.format]}"
    _store_original(name, checked.sha256, clean)
    return StoredPicture(name, checked.width, checked.height, checked.sha256)


def store_upload(upload: UploadedFile[Any]) -> StoredPicture:
    """Store an uploaded file. Reads no more than one byte beyond the size limit."""
    return store_picture(upload.read(settings.PICTURE_MAX_BYTES + 1))


def attach_picture(image: ProductImage, stored: StoredPicture) -> None:
    """Set the row's file to the stored picture. The caller saves the row."""
    if image.sha256 != stored.sha256:
        image.rendition_widths, image.rendition_attempts, image.rendition_error = [], 0, ""
        image.is_public = settings.MODERATION != "hold"
        image.replaced_sha256 = image.sha256
    elif image.rendition_error == FILE_MISSING:
        image.rendition_attempts, image.rendition_error = 0, ""
    image.sha256 = stored.sha256
    image.file.name = stored.name
    image.width, image.height = stored.width, stored.height


def add_picture(product: Product, data: bytes, alt: str = "", position: int = 0) -> ProductImage:
    """Store a picture and add it to the product. Raises PictureRefused."""
    return add_cleaned(product, *cleaned_picture(data), alt, position)


def add_cleaned(
    product: Product, checked: CheckedPicture, clean: bytes, alt: str = "", position: int = 0
) -> ProductImage:
    """Store the result of `cleaned_picture` and add it to the product. Raises PictureRefused."""
    image = ProductImage(product=product, alt=alt, position=position)
    with transaction.atomic():
        attach_picture(image, store_cleaned(checked, clean))
        image.save()
    return image


def restore_picture(image: ProductImage, clean: bytes) -> bool:
    """Restore the file of the row from its bytes if it is missing or damaged. Raises PictureRefused.

    Return True if it was restored. Renditions and embeddings are then retried.
    """
    with transaction.atomic():
        is_restored = _store_original(image.file.name or "", image.sha256, clean)
        if is_restored or image.rendition_error == FILE_MISSING:
            image.rendition_attempts, image.rendition_error = 0, ""
            image.save(update_fields=["file", "rendition_attempts", "rendition_error"])
    return is_restored


def rendition_widths(width: int, height: int) -> list[int]:
    """Return the widths of the renditions of a picture, at least one and none larger than the picture.

    Includes the picture's own width if it is much larger than the largest standard width that fits.
    """
    widest = min(width, max(1, MAX_SIDE * width // height), max(settings.PICTURE_WIDTHS))
    offered = [each for each in settings.PICTURE_WIDTHS if each <= widest]
    return offered if offered and widest < offered[-1] * MIN_STEP else [*offered, widest]


def make_renditions(image: ProductImage) -> bool:
    """Make the picture's renditions, or record the error on its row. Return True if it has renditions now.

    Safe to run twice and concurrently, because names and contents depend on the original's bytes only. Rows with the
    same bytes share renditions. A storage failure does not use up an attempt.
    """
    row = ProductImage.objects.filter(pk=image.pk, sha256=image.sha256, is_public=True)
    if not row.exists():  # hidden or deleted since
        remove_unused(image.sha256)
        return False
    if _is_given_up(image):
        return False
    # Committed before rendering, so that a picture that kills the worker is neither retried forever nor unexplained.
    row.update(rendition_attempts=F("rendition_attempts") + 1, rendition_error=KILLED)
    widths = rendition_widths(image.width, image.height)
    try:
        if not ProductImage.objects.filter(sha256=image.sha256, rendition_widths=widths).exists():
            _render(image, read_file(image.file.name or ""), widths)
    except FileNotFoundError:
        row.update(rendition_error=FILE_MISSING, rendition_attempts=MAX_ATTEMPTS)
    except StorageError as error:
        row.update(rendition_error=f"The storage failed: {error}", rendition_attempts=F("rendition_attempts") - 1)
    except Exception as error:  # any error is recorded on the row
        row.update(rendition_error=f"{type(error).__name__}: {error}"[:1000])
    else:
        is_current = bool(row.update(rendition_widths=widths, rendition_error=""))
        if not is_current:  # hidden, deleted or replaced meanwhile, perhaps before these files existed
            remove_unused(image.sha256)
        return is_current
    return False


def show_pictures(images: QuerySet[ProductImage]) -> int:
    """Make the pictures public. The caller queues their renditions (`catalog.tasks.make_renditions`)."""
    return images.filter(is_public=False).update(is_public=True)


def hide_pictures(images: QuerySet[ProductImage]) -> int:
    """Take the pictures out of the shop and delete their renditions; the uploads stay.

    Renditions that a public row with the same bytes uses stay, too. If the process dies first, the sweep deletes them.
    """
    hashes = set(images.values_list("sha256", flat=True))
    count = images.filter(is_public=True).update(is_public=False, rendition_widths=[], rendition_attempts=0)
    transaction.on_commit(lambda: [remove_unused(sha256) for sha256 in hashes], robust=True)
    return count


def retry_renditions(images: QuerySet[ProductImage]) -> int:
    """Reset the attempts of these pictures for the next sweep. Return how many lack renditions."""
    missing = ProductImage.objects.filter(pk__in=images.values("pk"), rendition_widths=[])
    count = missing.count()
    hashes = list(missing.values_list("sha256", flat=True))
    ProductImage.objects.filter(rendition_widths=[], sha256__in=hashes).update(
        rendition_attempts=0, rendition_error=""
    )
    return count


def _is_given_up(image: ProductImage) -> bool:
    """If the same bytes have failed often enough for another row, copy its error and return True."""
    same = ProductImage.objects.filter(sha256=image.sha256, rendition_widths=[], rendition_attempts__gte=MAX_ATTEMPTS)
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
    except StorageError as error:
        sentence = _("The picture could not be stored: %(reason)s. Free some space and try again.")
        raise PictureRefused("image_not_stored", sentence % {"reason": error}) from error


def _render(image: ProductImage, data: bytes, widths: list[int]) -> None:
    flat = decode(open_picture(data), (widths[-1], 1))
    for width in reversed(widths):  # scale each down from the next larger one
        height = max(1, round(image.height * width / image.width))
        flat = flat.resize((width, height), Image.Resampling.LANCZOS)
        for extension, (form, options) in ENCODINGS.items():
            file = BytesIO()
            flat.save(file, form, **options)
            store_file(image.rendition_name(width, extension), file.getvalue())

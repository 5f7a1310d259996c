"""Pictures of products: storing them, making their renditions, removing what is no longer shown.

A stored picture is a JPEG or PNG file that stands upright, carries no metadata and is named after its own bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F, QuerySet
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.pictures import CheckedPicture, PictureRefused, check_picture, cleaned_picture, decode, strip_metadata

__all__ = [
    "CheckedPicture",
    "PictureRefused",
    "StoredPicture",
    "add_picture",
    "attach_picture",
    "check_picture",
    "make_renditions",
    "remove_files",
    "rendition_widths",
    "retry_renditions",
    "store_picture",
    "store_upload",
    "strip_metadata",
]

EXTENSIONS = {"JPEG": "jpg", "PNG": "png"}
ENCODINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("AVIF", {"quality": 60, "speed": 8}),
    "webp": ("WEBP", {"quality": 80, "method": 4}),
    "jpg": ("JPEG", {"quality": 82, "optimize": True, "progressive": True}),
}
ATTEMPTS = 3
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

    The name comes from the bytes: the same picture is stored once, and a file name from outside is never used.
    """
    checked, clean = cleaned_picture(data)
    name = f"products/{checked.sha256[:2]}/{checked.sha256}.{EXTENSIONS[checked.format]}"
    _store(name, clean)
    return StoredPicture(name, checked.width, checked.height, checked.sha256)


def store_upload(upload: UploadedFile[Any]) -> StoredPicture:
    """`store_picture` for an uploaded file, of which no more is read than a picture may have."""
    return store_picture(upload.read(settings.PICTURE_MAX_BYTES + 1))


def attach_picture(image: ProductImage, stored: StoredPicture) -> None:
    """Make the row show the stored picture. The caller saves the row."""
    if image.sha256 != stored.sha256:
        image.rendition_widths, image.rendition_attempts, image.rendition_error = [], 0, ""
    image.sha256 = stored.sha256
    image.file.name = stored.name
    image.width, image.height = stored.width, stored.height


def add_picture(product: Product, data: bytes, alt: str = "", position: int = 0) -> ProductImage:
    """Check and store a picture and give it to the product. Raises PictureRefused."""
    image = ProductImage(product=product, alt=alt, position=position)
    attach_picture(image, store_picture(data))
    image.save()
    return image


def rendition_widths(width: int, height: int) -> list[int]:
    """The widths in which a picture of this size is offered: never wider than itself, and always at least one.

    Its own width is one of them where the next smaller one would show clearly less.
    """
    widest = min(width, max(1, LONGEST_SIDE * width // height), max(settings.PICTURE_WIDTHS))
    offered = [each for each in settings.PICTURE_WIDTHS if each <= widest]
    return offered if offered and widest < offered[-1] * CLEARLY_MORE else [*offered, widest]


def make_renditions(image: ProductImage) -> bool:
    """Make the picture's renditions, or note on the row why there are none. Says whether there are renditions now.

    Safe to run twice and at the same time: names and contents follow from the bytes. Bytes that were rendered for
    another row are not rendered again.
    """
    row = ProductImage.objects.filter(pk=image.pk, sha256=image.sha256)
    row.update(rendition_attempts=F("rendition_attempts") + 1)  # first: what kills the worker is not tried for ever
    widths = rendition_widths(image.width, image.height)
    try:
        if not ProductImage.objects.filter(sha256=image.sha256, rendition_widths=widths).exists():
            with image.file.open("rb") as file:
                _render(image, file.read(), widths)
    except Exception as error:  # the row must say what happened, whatever it was
        row.update(rendition_error=f"{type(error).__name__}: {error}"[:1000])
        return False
    return bool(row.update(rendition_widths=widths, rendition_error=""))


def retry_renditions(images: QuerySet[ProductImage]) -> int:
    """Let the next sweep try these pictures again. Returns how many."""
    missing = ProductImage.objects.filter(pk__in=images.values("pk"), rendition_widths=[])
    return missing.update(rendition_attempts=0, rendition_error="")


def remove_files(image: ProductImage) -> None:
    """Remove the files of a deleted picture, unless another row shows the same bytes."""
    if ProductImage.objects.filter(sha256=image.sha256).exists():
        return
    for width in image.rendition_widths:
        for extension in ENCODINGS:
            default_storage.delete(image.rendition_name(width, extension))
    if image.file.name:
        default_storage.delete(image.file.name)


def _store(name: str, data: bytes) -> None:
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))


def _render(image: ProductImage, data: bytes, widths: list[int]) -> None:
    flat = decode(data, widths[-1])
    for width in reversed(widths):  # each from the one before, which is the larger
        height = max(1, round(image.height * width / image.width))
        flat = flat.resize((width, height), Image.Resampling.LANCZOS)
        for extension, (form, options) in ENCODINGS.items():
            file = BytesIO()
            flat.save(file, form, **options)
            _store(image.rendition_name(width, extension), file.getvalue())

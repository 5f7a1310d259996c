"""Sample photos for visitors who have none at hand.

The demo shop has customer photos, each offered while its product is on sale. Other shops offer their own pictures.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse

from catalog.models import Product, ProductImage
from catalog.pictures.checking import decode, open_picture
from visualsearch.embedding.data_uris import jpeg
from visualsearch.photo import THUMBNAIL_SIDE, Photo

LIST = "truth.csv"  # columns: photo, product, notes
MARK = "sample"  # marks the photos to offer, in their notes
PRODUCT_PREFIX = "product-"  # followed by the key of one of the shop's own pictures
MAX_SAMPLES = 8
NEWEST = 60  # new products to choose from


@dataclass(frozen=True)
class Sample:
    """A photo to try, described by `alt`: a file of the demo, or a product's picture."""

    name: str
    alt: str
    product: str
    path: Path | None = None
    image: ProductImage | None = None

    @property
    def url(self) -> str:
        return reverse("visualsearch:sample", args=[self.name])

    @property
    def thumbnail_url(self) -> str:
        return reverse("visualsearch:sample_thumbnail", args=[self.name])

    def open(self) -> IO[bytes]:
        """Open the photo. Raises FileNotFoundError."""
        if self.image is None:
            return (self.path or Path()).open("rb")
        return cast(IO[bytes], self.image.file.open("rb"))

    def thumbnail(self) -> bytes:
        """Return a small JPEG. Raises FileNotFoundError."""
        if self.image is None:
            return _thumbnail_of(self.path or Path())
        width = min(self.image.rendition_widths, key=lambda width: abs(width - THUMBNAIL_SIDE))
        with default_storage.open(self.image.rendition_name(width, "jpg")) as file:
            data: bytes = file.read()
            return data


def samples(now: datetime) -> list[Sample]:
    """Return the photos to offer. At most two queries."""
    shipped = _read(settings.SAMPLE_PHOTOS)
    on_sale = Product.objects.visible(now).filter(slug__in={sample.product for sample in shipped})
    slugs = set(on_sale.order_by().values_list("slug", flat=True)) if shipped else set()
    return [sample for sample in shipped if sample.product in slugs] or _own_pictures(now)


def find_sample(name: str, now: datetime) -> Sample | None:
    """Return the sample by name, if its product is on sale. Names are compared, never used as paths."""
    visible = Product.objects.visible(now)
    if name.startswith(PRODUCT_PREFIX):
        number = name.removeprefix(PRODUCT_PREFIX)
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        images = ProductImage.objects.shown().exclude(rendition_widths=[]).select_related("product")
        image = images.filter(pk=number if is_number else 0, product__in=visible).first()
        return _picture_sample(image) if image else None
    sample = next((sample for sample in _read(settings.SAMPLE_PHOTOS) if sample.name == name), None)
    return sample if sample and visible.filter(slug=sample.product).exists() else None


def _own_pictures(now: datetime) -> list[Sample]:
    """Return covers of new products, alternating categories. Covers that products share are placeholders."""
    newest = Product.objects.visible(now).order_by("-created_at", "-pk").values("pk")[:NEWEST]
    shown = ProductImage.objects.shown().filter(product__in=newest)
    images = shown.exclude(rendition_widths=[]).select_related("product")
    covers: dict[int, ProductImage] = {}
    for image in images.order_by("-product_id", "position", "pk"):
        covers.setdefault(image.product_id, image)
    shared = Counter(image.sha256 for image in covers.values())
    single = [image for image in covers.values() if shared[image.sha256] == 1]
    return [_picture_sample(image) for image in _interleave(single)[:MAX_SAMPLES]]


def _interleave(images: Iterable[ProductImage]) -> list[ProductImage]:
    """Return the first of each category, then the second of each, and so on."""
    turns: Counter[int] = Counter()
    placed = []
    for image in images:
        placed.append((turns[image.product.category_id], image))
        turns[image.product.category_id] += 1
    return [image for _turn, image in sorted(placed, key=lambda pair: pair[0])]


def _picture_sample(image: ProductImage) -> Sample:
    return Sample(f"{PRODUCT_PREFIX}{image.pk}", image.alt or image.product.title, image.product.slug, image=image)


@lru_cache(maxsize=32)
def _thumbnail_of(path: Path) -> bytes:
    photo = Photo(decode(open_picture(path.read_bytes()), (THUMBNAIL_SIDE, THUMBNAIL_SIDE)))
    return jpeg(photo.shrunk(THUMBNAIL_SIDE))


@lru_cache(maxsize=4)
def _read(folder: Path | None) -> tuple[Sample, ...]:
    if folder is None or not (folder / LIST).is_file():
        return ()
    with (folder / LIST).open(encoding="utf-8", newline="") as file:
        rows = [(Path(row["photo"]), row["product"], row["notes"].split("; ")) for row in csv.DictReader(file)]
    offered = ((photo, product, notes) for photo, product, notes in rows if MARK in notes)
    return tuple(
        Sample(photo.name, ", ".join([product.replace("-", " "), *(note for note in notes if note != MARK)]), product,
               found)
        for photo, product, notes in offered
        if (found := folder / photo.name).is_file()
    )  # fmt: skip

"""Photos for visitors to try, where nobody has one at hand: of what this shop sells, or none.

The demo comes with photos as customers take them; each is offered where the product on it is on sale. Any other shop
offers pictures of its own.
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

LIST = "truth.csv"  # photo, product, notes; what is offered says "sample" in its notes
MARK = "sample"
OWN = "product-"  # begins the name of a picture of the shop's own; its number follows
MOST = 8
NEWEST = 60  # how many new products the samples are chosen from


@dataclass(frozen=True)
class Sample:
    """A photo to try; `alt` says what is on it. It is a file of the demo, or a picture of the shop's own."""

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
        """Open the photo. Raises FileNotFoundError where it has gone."""
        if self.image is None:
            return (self.path or Path()).open("rb")
        return cast(IO[bytes], self.image.file.open("rb"))

    def thumbnail(self) -> bytes:
        """Return a small JPEG of it. Raises FileNotFoundError where it has gone."""
        if self.image is None:
            return _shrunk(self.path or Path())
        width = min(self.image.rendition_widths, key=lambda width: abs(width - THUMBNAIL_SIDE))
        with default_storage.open(self.image.rendition_name(width, "jpg")) as file:
            data: bytes = file.read()
            return data


def samples(now: datetime) -> list[Sample]:
    """All that are offered; two queries at most."""
    shipped = _read(settings.SAMPLE_PHOTOS)
    on_sale = Product.objects.visible(now).filter(slug__in={sample.product for sample in shipped})
    slugs = set(on_sale.order_by().values_list("slug", flat=True)) if shipped else set()
    return [sample for sample in shipped if sample.product in slugs] or _own(now)


def find_sample(name: str, now: datetime) -> Sample | None:
    """The sample of that name, of a product that is on sale. A name is only compared, never made into a path."""
    visible = Product.objects.visible(now)
    if name.startswith(OWN):
        number = name.removeprefix(OWN)
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        images = ProductImage.objects.exclude(rendition_widths=[]).select_related("product")
        image = images.filter(pk=number if is_number else 0, product__in=visible).first()
        return _of(image) if image else None
    sample = next((sample for sample in _read(settings.SAMPLE_PHOTOS) if sample.name == name), None)
    return sample if sample and visible.filter(slug=sample.product).exists() else None


def _own(now: datetime) -> list[Sample]:
    """Covers of new products, of different categories first; none that several products share, as placeholders are."""
    newest = Product.objects.visible(now).order_by("-created_at", "-pk").values("pk")[:NEWEST]
    images = ProductImage.objects.filter(product__in=newest).exclude(rendition_widths=[]).select_related("product")
    covers: dict[int, ProductImage] = {}
    for image in images.order_by("-product_id", "position", "pk"):
        covers.setdefault(image.product_id, image)
    shared = Counter(image.sha256 for image in covers.values())
    single = [image for image in covers.values() if shared[image.sha256] == 1]
    return [_of(image) for image in _mixed(single)[:MOST]]


def _mixed(images: Iterable[ProductImage]) -> list[ProductImage]:
    """The first of each category, then the second of each, and so on."""
    turns: Counter[int] = Counter()
    placed = []
    for image in images:
        placed.append((turns[image.product.category_id], image))
        turns[image.product.category_id] += 1
    return [image for _turn, image in sorted(placed, key=lambda pair: pair[0])]


def _of(image: ProductImage) -> Sample:
    return Sample(f"{OWN}{image.pk}", image.alt or image.product.title, image.product.slug, image=image)


@lru_cache(maxsize=32)
def _shrunk(path: Path) -> bytes:
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

"""Write side of the colours: measure the pictures that lack them. Safe to run twice and to kill at any moment.

Only pictures that a network has embedded are measured, so that a picture that kills its worker does not kill a second.
A picture that cannot be read is stored without colours: the sweep leaves it alone, and saving the picture tries again.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import F, Q, QuerySet
from pgvector import HalfVector

from catalog.models import ProductImage
from visualsearch.embedding.colours import VERSION, measure_colours
from visualsearch.index import batches
from visualsearch.models import ImageEmbedding, PictureColours
from visualsearch.networks.pictures import Files

DECODED_SIDE = 96  # pixels; a JPEG is decoded at a fraction of its size
WRITE = """
INSERT INTO visualsearch_picturecolours AS old (image_id, histogram, image_sha256, version)
SELECT picture.id, new.histogram::halfvec, new.image_sha256, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (image_id, histogram, image_sha256)
JOIN catalog_productimage AS picture ON picture.id = new.image_id
ORDER BY picture.id FOR KEY SHARE OF picture
ON CONFLICT (image_id) DO UPDATE
SET histogram = excluded.histogram, image_sha256 = excluded.image_sha256, version = excluded.version
"""


def missing_colours(ids: Sequence[int] | None = None) -> QuerySet[ProductImage, int]:
    """Return the keys of embedded pictures without current colours, oldest first.

    With `ids`, only of those, and also of those that could not be read before.
    """
    done = PictureColours.objects.filter(version=VERSION, image_sha256=F("image__sha256"))
    if ids is not None:
        done = done.filter(histogram__isnull=False)
    embedded = ImageEmbedding.objects.filter(vector__isnull=False, image_sha256=F("image__sha256"))
    pictures = ProductImage.objects.all() if ids is None else ProductImage.objects.filter(pk__in=ids)
    wanted = Q(pk__in=embedded.values("image_id")) & ~Q(pk__in=done.values("image_id"))
    return pictures.filter(wanted).order_by("pk").values_list("pk", flat=True)


def refresh_colours(ids: Iterable[int], files: Files | None = None) -> int:
    """Measure the pictures that lack current colours. Return the number of rows written."""
    return sum(_refresh_batch(batch, files or Files()) for batch in batches(ids))


def _refresh_batch(ids: list[int], files: Files) -> int:
    pictures = list(ProductImage.objects.filter(pk__in=missing_colours(ids)).order_by("pk"))
    if not pictures:
        return 0
    rows = [(picture.pk, _histogram(picture, files), picture.sha256) for picture in pictures]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [VERSION, *map(list, zip(*rows, strict=True))])
        return int(cursor.rowcount)


def _histogram(picture: ProductImage, files: Files) -> str | None:
    image = files.picture(picture, DECODED_SIDE)
    return None if image is None else HalfVector(measure_colours(image)).to_text()

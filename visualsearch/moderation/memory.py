"""Remember the pictures that staff refuse, and forget those that they allow after all.

A decision writes a row; a task fills it with a small JPEG, hashes and vectors, and again for every new network. Each
step may run twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from pgvector import HalfVector
from PIL import Image

from catalog.models import ProductImage
from visualsearch.models import Network, Reason, RefusedPicture, RefusedVector, Verdict, VerdictState
from visualsearch.moderation.frames import find_inner
from visualsearch.moderation.nearest import as_bits
from visualsearch.moderation.prints import as_jpeg, make_hash, mirrored, read_print, thumbnail
from visualsearch.networks import loading
from visualsearch.networks.pictures import read_picture

# Reasons that are about the picture itself. One that is blurred, or of another product, may be right elsewhere.
REMEMBERED = frozenset({Reason.UNSAFE, Reason.SEEN, Reason.RULE, Reason.OTHER})
SIDE = 320  # pixels: enough to show as evidence and to embed
ATTEMPTS = 3
CORNERS = ((0.125, 0.125), (0.0, 0.0), (0.25, 0.0), (0.0, 0.25), (0.25, 0.25))  # of views of 0.75 by 0.75


def follow(verdicts: Sequence[Verdict]) -> None:
    """Remember or forget these pictures as staff have just decided. Call it in the transaction of the decision."""
    for row in verdicts:
        if row.state == VerdictState.REFUSED and row.reason in REMEMBERED and row.decided_at:
            RefusedPicture.objects.update_or_create(
                sha256=row.image_sha256,
                defaults={"image": row.image, "reason": row.reason, "decided_at": row.decided_at, "is_active": True},
            )
        else:
            RefusedPicture.objects.filter(sha256=row.image_sha256).update(is_active=False)


def strip(image: ProductImage) -> None:
    """Forget what this refused picture shows, and keep its hashes and vectors, which nobody can look at.

    The same file is still refused. A disguised one is not found any more.
    """
    RefusedPicture.objects.filter(image=image).update(small=b"", image=None)


def incomplete(network: Network) -> QuerySet[RefusedPicture, int]:
    """Return the keys of refused pictures that lack something that `fill` can add for this network."""
    without = ~Q(pk__in=RefusedVector.objects.filter(network=network).values("refused"))
    can_be_read = ~Q(small=b"") | Q(image__isnull=False, attempts__lt=ATTEMPTS)
    return (
        RefusedPicture.objects.filter(without, can_be_read, is_active=True).order_by("pk").values_list("pk", flat=True)
    )


def fill(ids: Sequence[int], network: Network) -> None:
    """Store what these refused pictures look like, and their vectors by this network."""
    for row in _rows(ids, network):
        picture = read_print(bytes(row.small)) if row.small else _read(row)
        if picture is None:
            RefusedPicture.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
            continue
        vectors = loading.embedder(network).embed(views(picture))
        RefusedVector.objects.bulk_create(
            (RefusedVector(refused=row, network=network, view=view, vector=HalfVector(vector))
             for view, vector in enumerate(vectors)),
            ignore_conflicts=True,
        )  # fmt: skip


def views(picture: Image.Image) -> list[Image.Image]:
    """Return the picture, its middle and corners, and what is inside its frame, for the vectors to be near a part."""
    width, height = picture.size
    parts = [(x * width, y * height, (x + 0.75) * width, (y + 0.75) * height) for x, y in CORNERS]
    inner = find_inner(picture)
    crops = [picture.crop(tuple(round(edge) for edge in part)) for part in parts]  # type: ignore[arg-type]
    return [picture, *crops, *([inner] if inner else [])]


def _rows(ids: Sequence[int], network: Network) -> list[RefusedPicture]:
    return list(RefusedPicture.objects.filter(pk__in=incomplete(network).filter(pk__in=ids)).select_related("image"))


def _read(row: RefusedPicture) -> Image.Image | None:
    """Store the small JPEG and the hashes of the upload, unless it is gone or another one has replaced it."""
    image = row.image
    if image is None or image.sha256 != row.sha256:
        same = ProductImage.objects.filter(sha256=row.sha256).first()
        if same is None:
            return None
        image = same
    whole = read_picture(image, SIDE)
    if whole is None:
        return None
    small = as_jpeg(thumbnail(whole, SIDE) if max(whole.size) > SIDE else whole)
    inner = find_inner(whole) or whole
    RefusedPicture.objects.filter(pk=row.pk).update(
        small=small, hash=as_bits(make_hash(inner)), mirrored_hash=as_bits(make_hash(mirrored(inner)))
    )
    return read_print(small)

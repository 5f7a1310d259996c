"""The pictures that a network has yet to embed. Always read from the tables, never cached."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, QuerySet

from catalog.models import ProductImage
from visualsearch.models import ImageEmbedding, Network


def missing(network: Network, ids: Sequence[int] | None = None) -> QuerySet[ProductImage, int]:
    """Return the keys of pictures (of those in `ids`, if given) without a current embedding, oldest first.

    These are pictures never tried, changed since, or failed fewer than VISUALSEARCH_ATTEMPTS times.
    """
    rows = ImageEmbedding.objects.filter(network=network)
    settled = Q(vector__isnull=False) | Q(attempts__gte=settings.VISUALSEARCH_ATTEMPTS)
    done = rows.filter(settled, image_sha256=F("image__sha256")).values("image_id")
    pictures = ProductImage.objects.all() if ids is None else ProductImage.objects.filter(pk__in=ids)
    return pictures.exclude(pk__in=done).order_by("pk").values_list("pk", flat=True)


def untried(network: Network, since: datetime) -> QuerySet[ProductImage, int]:
    """Return the keys of missing pictures that no worker has tried since then."""
    tried = ImageEmbedding.objects.filter(network=network, updated_at__gte=since, began_at=None)
    return missing(network).exclude(pk__in=tried.values("image_id"))

"""Fit a network's map again when the shop has changed, and use it if it is better. Safe to run twice, in parallel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from visualsearch.adaptation.fitting import fit
from visualsearch.adaptation.samples import Again, Floats, Gallery, read_gallery, take_again
from visualsearch.adaptation.trials import is_better, try_map
from visualsearch.models import Calibration, ImageEmbedding, Network, QueryMap
from visualsearch.networks import backlog
from visualsearch.networks.comparison import Measure
from visualsearch.networks.locks import try_lock
from visualsearch.query_map import NUMBER

MIN_PICTURES = 200  # taken again; half of them fit the map, the others try it
MIN_CHANGE = 0.1  # of the pictures: fit again
STRENGTHS = (0.25, 0.125)  # the stronger one that is better is used; more helps only with pictures taken again
LOCK = 0x5E3B1AB7  # with the network's key: one process at a time fits its map


class _Fitted(NamedTuple):
    """The measures of a map, and the map itself if it is better."""

    measures: Sequence[Measure] = ()
    strength: float = 0.0
    matrix: Floats | None = None


def refresh_stale(network: Network, now: datetime) -> bool:
    """Fit the network's map if it is stale and all pictures are embedded. Return True if it did."""
    if not settings.VISUALSEARCH_QUERY_MAP or backlog.missing(network).exists():
        return False
    return is_stale(network) and refresh(network, now) is not None


def is_stale(network: Network) -> bool:
    """Return True if a tenth of the network's pictures is new or gone since its map was fitted."""
    known = QueryMap.objects.filter(network=network).defer("matrix").first()
    if known is None:
        return True
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False)
    counts = rows.aggregate(all=Count("pk"), new=Count("pk", filter=Q(updated_at__gt=known.fitted_at)))
    return bool(max(counts["new"], known.pictures - counts["all"]) > MIN_CHANGE * known.pictures)


def refresh(network: Network, now: datetime) -> QueryMap | None:
    """Fit the network's map and store it, used or refused. None if the shop is too small, or the machine too busy.

    Products are either for fitting or for trying.
    """
    with try_lock(LOCK, network) as is_free:
        if not is_free:
            return None
        gallery = read_gallery(network, now)
        if len(gallery.images) < MIN_PICTURES:
            return None
        again = take_again(network, gallery)
        is_enough = len(again.places) >= MIN_PICTURES
        if again.is_cut_short and not is_enough:  # a busy machine, which may be idle the next time
            return None
        return _store(network, _strongest(gallery, again) if is_enough else _Fitted(), now)


def remove(network: Network) -> None:
    """Search without a map until the shop has changed enough for another one."""
    Network.objects.filter(pk=network.pk).update(mapped_at=None)
    QueryMap.objects.filter(network=network).update(matrix=b"")


def _strongest(gallery: Gallery, again: Again) -> _Fitted:
    """Return the strongest map that is better, or the measures of the weakest."""
    is_for_fitting = gallery.products[again.places] % 2 == 0
    fitted, tried = (Again(again.places[part], again.vectors[part]) for part in (is_for_fitting, ~is_for_fitting))
    originals = gallery.vectors[fitted.places]
    for strength in STRENGTHS:
        matrix = fit(originals, fitted.vectors, strength)
        measures = try_map(matrix, gallery, tried)
        if is_better(measures):
            return _Fitted(measures, strength, matrix)
    return _Fitted(measures)


def _store(network: Network, fitted: _Fitted, now: datetime) -> QueryMap:
    is_used = fitted.matrix is not None
    values = {
        "matrix": np.ascontiguousarray(fitted.matrix, dtype=NUMBER).tobytes() if is_used else b"",
        "strength": fitted.strength,
        "figures": [each.as_facts() for each in fitted.measures],
        "pictures": ImageEmbedding.objects.filter(network=network, vector__isnull=False).count(),
        "fitted_at": now,
    }
    with transaction.atomic():
        if is_used or network.mapped_at is not None:
            Calibration.objects.filter(network=network).delete()  # it will be done again, with this map
        found, _ = QueryMap.objects.update_or_create(network=network, defaults=values)
        Network.objects.filter(pk=network.pk).update(mapped_at=now if is_used else None)
    return found

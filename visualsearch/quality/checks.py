"""Checks of the photo search: ask for one, work through it in slices, and keep its result for a year.

A check tries the same random products every week, so that weeks can be compared. Its progress is in the database, so a
slice may be lost or made twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Sum, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import MD5, Cast, Greatest

from catalog.models import Product, ProductQuerySet
from catalog.search_counts import RETENTION
from visualsearch.models import ImageEmbedding, Network, QualityCheck, QualityResult, QualityTrial
from visualsearch.networks import backlog
from visualsearch.quality.results import STALLED_AFTER
from visualsearch.quality.trials import try_products

PRODUCTS = 1_000
BATCH = 8  # products
MAX_AUTHOR = 150  # letters
SLICE = 20  # seconds of one task
TIME_LIMIT = 600  # seconds of a check; on a busy machine it ends with fewer products
MAX_AGE = timedelta(weeks=1)


def ask(network: Network, author: str, now: datetime) -> QualityCheck:
    """Return the unfinished check of the network, or a new one."""
    unfinished = QualityCheck.objects.filter(network=network, finished_at=None)
    try:
        with transaction.atomic():
            return unfinished.first() or QualityCheck.objects.create(
                network=network,
                author=author[:MAX_AUTHOR],
                asked_at=now,
                active_at=now,
                total=len(_sample(network, now)),
            )
    except IntegrityError:  # somebody asked at the same moment
        return unfinished.get()


def due(network: Network, now: datetime) -> list[QualityCheck]:
    """Return the checks that a task must work on: stalled ones, and a new one if the network has none of this week.

    A shop whose pictures are still being embedded waits.
    """
    stalled = list(QualityCheck.objects.filter(finished_at=None, active_at__lt=now - STALLED_AFTER))
    recent = QualityCheck.objects.filter(network=network, asked_at__gt=now - MAX_AGE)
    if recent.exists() or backlog.missing(network).exists() or not network.embeddings.exists():
        return stalled
    return [*(each for each in stalled if each.network_id != network.pk), ask(network, "", now)]


def advance(key: int, now: datetime) -> bool:
    """Try products for SLICE seconds. Return True if there are more to try. Raises BadCard."""
    check = QualityCheck.objects.select_related("network").filter(pk=key, finished_at=None).first()
    if check is None:
        return False
    keys, started = _sample(check.network, now), monotonic()
    place, visible, is_over = check.done, Product.objects.visible(now), False
    while place < len(keys) and not is_over and monotonic() - started < SLICE:
        batch, begun = keys[place : place + BATCH], monotonic()
        place += len(batch)
        _move(check, now, done=Greatest(F("done"), place))  # first: a picture that kills the worker is not tried again
        _store(check, try_products(check.network, batch, visible))
        _move(check, now, seconds=F("seconds") + monotonic() - begun)
        is_over = check.seconds + monotonic() - started > TIME_LIMIT
    if place < len(keys) and not is_over:
        return True
    _finish(key, now)
    return False


def _sample(network: Network, now: datetime) -> Sequence[int]:
    embedded = ImageEmbedding.objects.shown(network).filter(image__product=OuterRef("pk"))
    products: ProductQuerySet = Product.objects.visible(now).filter(Exists(embedded))
    return list(products.order_by(MD5(Cast("pk", TextField()))).values_list("pk", flat=True)[:PRODUCTS])


def _move(check: QualityCheck, now: datetime, **progress: Combinable) -> None:
    QualityCheck.objects.filter(pk=check.pk).update(active_at=now, **progress)


def _store(check: QualityCheck, trials: Sequence[QualityTrial]) -> None:
    for trial in trials:
        trial.check_run = check
    QualityTrial.objects.bulk_create(trials, ignore_conflicts=True)


def _finish(key: int, now: datetime) -> None:
    with transaction.atomic():
        check = QualityCheck.objects.select_for_update().filter(pk=key, finished_at=None).first()
        if check is None:
            return
        sums = {"trials": Count("pk"), "score": Sum("score")}
        everything = check.trials.values("kind").annotate(**sums).order_by()
        by_category = check.trials.values("kind", category_id=F("product__category")).annotate(**sums).order_by()
        rows = [*everything, *by_category]
        QualityResult.objects.bulk_create(QualityResult(check_run=check, **row) for row in rows)
        check.finished_at, check.total = now, max(check.total, check.done)
        check.save(update_fields=["finished_at", "total"])
        QualityTrial.objects.filter(check_run__network=check.network).exclude(check_run=check).delete()
    QualityCheck.objects.filter(asked_at__lt=now - RETENTION).delete()

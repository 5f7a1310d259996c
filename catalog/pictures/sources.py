"""Fetch the pictures that feeds name by their address: politely, safely, and again after failures.

The products are there before their pictures. Each source is claimed for a few minutes before it is fetched, so that
one whose process was killed comes back, and one that kills processes does not come back for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.fetching import Answer, FetchFailed, Validators, check_url, fetch, host_of
from catalog.locks import lock_products, try_session_lock
from catalog.models import Product, ProductImage
from catalog.models.picture_source import PictureSource
from catalog.pictures.checking import CheckedPicture, PictureRefused, cleaned_picture
from catalog.pictures.services import add_cleaned, attach_picture, restore_picture, store_cleaned

Status = PictureSource.Status
MAX_ATTEMPTS = 5
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]  # after each failure
LEASE = timedelta(minutes=5)
RECHECK = timedelta(days=1)  # a picture that was fetched within this time is not asked for again
BUDGET = 20  # seconds of one task
HOST_LOCK = 0x5E3B_1A9E  # first key of the advisory locks of hosts
TEMPORARY = {"too_busy", "image_not_stored"}
KILLED = gettext_noop("The process that fetched the picture was killed.")
Clock = Callable[[], datetime]
Picture = tuple[int, str, str]  # position, address, alternative text


def is_address(name: str) -> bool:
    """Return True if the name of a picture in a feed is an address."""
    return name.lower().startswith(("http://", "https://"))


def plan_pictures(product: int, pictures: Sequence[Picture], now: datetime) -> int:
    """Let the product have the pictures at these addresses. Return how many will be fetched.

    Pictures from addresses that are no longer named go; others, such as uploads of staff, stay. The product is locked.
    """
    known = {source.url: source for source in PictureSource.objects.filter(product=product).select_related("image")}
    new, waiting = [], 0
    unique: dict[str, Picture] = {}
    for each in pictures:
        unique.setdefault(each[1][:2000], each)
    for position, url, alt in unique.values():
        source = known.pop(url[:2000], None)
        if source is None:
            new.append(_new_source(product, position, url, alt, now))
        else:
            waiting += _renew(source, position, alt, now)
    PictureSource.objects.bulk_create(new)
    for source in known.values():
        _drop(source)
    return waiting + sum(source.status == Status.WAITING for source in new)


def _new_source(product: int, position: int, url: str, alt: str, now: datetime) -> PictureSource:
    source = PictureSource(
        product_id=product, url=url[:2000], host=host_of(url), alt=alt, position=position, next_try_at=now
    )
    try:
        check_url(url)
    except FetchFailed as failed:
        source.status, source.reason = Status.FAILED, str(failed)
    return source


def _renew(source: PictureSource, position: int, alt: str, now: datetime) -> bool:
    """Update a known source. Return True if it will be fetched, or compared with what the server has."""
    source.position, source.alt = position, alt
    is_old = source.fetched_at is None or source.fetched_at <= now - RECHECK
    if source.status == Status.FAILED or (source.status == Status.FETCHED and (is_old or source.image is None)):
        if source.image is None:
            source.etag = source.last_modified = ""
        source.status, source.attempts, source.next_try_at, source.reason = Status.WAITING, 0, now, ""
    source.save()
    image = source.image
    if image is not None and (image.position, image.alt) != (position, alt):
        image.position, image.alt = position, alt
        image.save(update_fields=["position", "alt"])
    return source.status == Status.WAITING


def _drop(source: PictureSource) -> None:
    image = source.image
    source.delete()
    if image is not None and not image.sources.exists():
        image.delete()


def due_hosts(now: datetime) -> list[str]:
    """Return the hosts that have pictures to fetch."""
    return list(PictureSource.objects.due(now).order_by("host").values_list("host", flat=True).distinct())


def retry_sources(sources: QuerySet[PictureSource], now: datetime) -> int:
    """Fetch these pictures again, as soon as their hosts allow."""
    failed = sources.filter(status=Status.FAILED)
    return failed.update(status=Status.WAITING, attempts=0, next_try_at=now, reason="")


def fetch_host(host: str, clock: Clock) -> bool:
    """Fetch due pictures of the host, one after the other, for BUDGET seconds. Return True if some are left.

    Does nothing if as many processes as the host may have are fetching from it.
    """
    ends = time.monotonic() + BUDGET
    with _slot(host) as is_free:
        while is_free and time.monotonic() < ends:
            source = _claim(host, clock())
            if source is None:
                return False
            fetch_source(source, clock)
            time.sleep(settings.FETCH_DELAY)
    return bool(is_free)


@contextmanager
def _slot(host: str) -> Iterator[bool]:
    """Yield True if another connection to the host is allowed. A killed process frees its slot."""
    for slot in range(settings.FETCH_PER_HOST):
        with try_session_lock(HOST_LOCK, crc32(f"{slot} {host}".encode()) - 2**31) as is_free:
            if is_free:
                yield True
                return
    yield False


def _claim(host: str, now: datetime) -> PictureSource | None:
    """Return a due source of the host that nobody else fetches, or None."""
    while True:
        with transaction.atomic():
            due = PictureSource.objects.due(now).filter(host=host).order_by("next_try_at", "pk")
            source = due.select_for_update(skip_locked=True).first()
            if source is None:
                return None
            row = PictureSource.objects.filter(pk=source.pk)
            if source.attempts < MAX_ATTEMPTS:
                row.update(attempts=F("attempts") + 1, next_try_at=now + LEASE, reason=KILLED)
                source.attempts += 1
                return source
            row.update(status=Status.FAILED)


def fetch_source(source: PictureSource, clock: Clock) -> None:
    """Fetch one picture, and record on its row what came of it."""
    try:
        has_picture = source.image_id is not None
        known = Validators(source.etag, source.last_modified) if has_picture else Validators()
        answer = fetch(source.url, settings.PICTURE_MAX_BYTES, known)
        checked = None if answer.is_unchanged else _checked(answer)
    except FetchFailed as failed:
        _record_failure(source, failed, clock())
        return
    with transaction.atomic():
        lock_products(Product.objects.filter(pk=source.product_id))
        row = PictureSource.objects.filter(pk=source.pk).select_for_update(of=("self",)).first()
        if row is None:  # no longer in the feed, or the product was deleted
            return
        try:
            if checked is not None:
                row.image = _stored(row, *checked)
        except PictureRefused as refused:
            row.status, row.reason = Status.FAILED, refused.detail
        else:
            row.status, row.reason, row.fetched_at = Status.FETCHED, "", clock()
            row.etag, row.last_modified = answer.validators.etag, answer.validators.last_modified
        row.save()


def _checked(answer: Answer) -> tuple[CheckedPicture, bytes]:
    try:
        return cleaned_picture(answer.data)
    except PictureRefused as refused:
        reason = refused.detail
        if not answer.content_type.startswith("image/") and refused.code.startswith("image_"):
            reason = _("The address leads to a file of the type %(type)s, not to a picture.") % {
                "type": answer.content_type[:100]
            }
        raise FetchFailed(reason, is_temporary=refused.code in TEMPORARY) from refused


def _stored(source: PictureSource, checked: CheckedPicture, clean: bytes) -> ProductImage:
    """Return the product's picture with these bytes: the one that it has, the replaced one, or a new one."""
    pictures = ProductImage.objects.filter(product=source.product_id, is_from_customer=False)
    same = pictures.filter(sha256=checked.sha256).first()
    if same is not None:
        restore_picture(same, clean)
        if source.image is not None and source.image.pk != same.pk and source.image.sources.count() == 1:
            source.image.delete()
        return same
    image = pictures.filter(pk=source.image_id).first() if source.image_id else None
    if image is None:
        return add_cleaned(source.product, checked, clean, source.alt, source.position)
    attach_picture(image, store_cleaned(checked, clean))
    image.save()
    return image


def _record_failure(source: PictureSource, failed: FetchFailed, now: datetime) -> None:
    values: dict[str, Any] = {"status": Status.FAILED, "reason": str(failed)}
    if failed.is_temporary and source.attempts < MAX_ATTEMPTS:
        wait = max(WAITS[min(source.attempts, len(WAITS)) - 1], timedelta(seconds=failed.retry_after))
        values = {"status": Status.WAITING, "reason": str(failed), "next_try_at": now + wait}
    PictureSource.objects.filter(pk=source.pk).update(**values)

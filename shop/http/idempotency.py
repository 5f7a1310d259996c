"""Idempotent API writes: the first response to an Idempotency-Key is stored for a day and returned again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shop.models import IdempotentCall

CALL_TIMEOUT = timedelta(minutes=2)
RETENTION = timedelta(days=1)
MAX_KEY_LENGTH = 120

Answer = tuple[int, Any]  # status and body


class KeyInUseError(Exception):
    """The first request with this key is still running."""


class KeyReusedError(Exception):
    """The key was used for a different request."""


def fingerprint_of(*parts: bytes) -> str:
    """Return a hash that identifies a request."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def answer_once(
    scope: str, key: str, fingerprint: str, now: datetime, work: Callable[[], Answer], *, together: bool
) -> Answer:
    """Run `work` once per key and scope, and return its stored answer after that. A failed call may be repeated.

    `together` runs the work and stores its answer in one transaction. Work that cannot run in a transaction must
    itself be safe to run twice. Raises KeyInUseError, KeyReusedError.
    """
    call, is_new = IdempotentCall.objects.get_or_create(
        scope=scope, key=key, defaults={"fingerprint": fingerprint, "begun_at": now}
    )
    if not is_new:
        if call.fingerprint != fingerprint:
            raise KeyReusedError
        if call.status is not None:
            return call.status, call.answer
        abandoned = IdempotentCall.objects.filter(pk=call.pk, status=None, begun_at__lt=now - CALL_TIMEOUT)
        if not abandoned.update(begun_at=now):
            raise KeyInUseError
    try:
        if together:
            with transaction.atomic():
                return _run(call, work)
        return _run(call, work)
    except Exception:
        IdempotentCall.objects.filter(pk=call.pk, status=None).delete()
        raise


def delete_old_calls(now: datetime) -> int:
    """Delete expired answers and return their number."""
    return IdempotentCall.objects.filter(begun_at__lt=now - RETENTION).delete()[0]


def _run(call: IdempotentCall, work: Callable[[], Answer]) -> Answer:
    status, answer = work()
    IdempotentCall.objects.filter(pk=call.pk).update(status=status, answer=answer)
    return status, answer

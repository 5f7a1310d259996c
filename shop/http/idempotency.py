"""Writes of the API that may be repeated: the Idempotency-Key names a write, and its answer is kept for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shop.models import IdempotentCall

LONGEST_CALL = timedelta(minutes=2)
MEMORY = timedelta(days=1)
LONGEST_KEY = 120

Answer = tuple[int, Any]


class KeyInUseError(Exception):
    """The first call under this key is still at work."""


class KeyReusedError(Exception):
    """The key has named another call."""


def fingerprint_of(*parts: bytes) -> str:
    """What tells one call from another."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def answer_once(
    scope: str, key: str, fingerprint: str, now: datetime, work: Callable[[], Answer], *, together: bool
) -> Answer:
    """What `work` answered to the first call under this key within this scope. A failed call may be repeated.

    `together`: work and answer are one transaction, so that a crash leaves both or neither. Work that cannot be part
    of one must itself be safe to run twice. Raises KeyInUseError, KeyReusedError.
    """
    call, is_new = IdempotentCall.objects.get_or_create(
        scope=scope, key=key, defaults={"fingerprint": fingerprint, "begun_at": now}
    )
    if not is_new:
        if call.fingerprint != fingerprint:
            raise KeyReusedError
        if call.status is not None:
            return call.status, call.answer
        abandoned = IdempotentCall.objects.filter(pk=call.pk, status=None, begun_at__lt=now - LONGEST_CALL)
        if not abandoned.update(begun_at=now):
            raise KeyInUseError
    try:
        if together:
            with transaction.atomic():
                return _work_and_keep(call, work)
        return _work_and_keep(call, work)
    except Exception:
        IdempotentCall.objects.filter(pk=call.pk, status=None).delete()
        raise


def forget_calls(now: datetime) -> int:
    """Let go of answers that nobody asks for any more; how many."""
    return IdempotentCall.objects.filter(begun_at__lt=now - MEMORY).delete()[0]


def _work_and_keep(call: IdempotentCall, work: Callable[[], Answer]) -> Answer:
    status, answer = work()
    IdempotentCall.objects.filter(pk=call.pk).update(status=status, answer=answer)
    return status, answer

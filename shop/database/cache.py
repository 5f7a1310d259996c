"""The default cache: a table of the shop's database, shared by all processes and exact. CACHE_URL selects another.

It counts log-in attempts (allauth's) and throttled requests (`shop.http.throttling`). Nothing is evicted early, so a
flood of requests cannot erase the attempts on an account. Each write is one SQL statement.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils.crypto import salted_hmac

from catalog.counters import write_count
from shop.models import SharedValue

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
ADD = """
    INSERT INTO shop_sharedvalue AS entry (key, value, ends_at) VALUES (%(key)s, %(value)s, %(ends_at)s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
    WHERE entry.ends_at <= %(now)s RETURNING 1"""
SET = """
    INSERT INTO shop_sharedvalue (key, value, ends_at) VALUES (%(key)s, %(value)s, %(ends_at)s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at"""
HIT = """
    INSERT INTO shop_sharedvalue AS entry (key, value, ends_at) VALUES (%(key)s, '1', %(ends_at)s)
    ON CONFLICT (key) DO UPDATE SET
        value = CASE WHEN entry.ends_at <= %(now)s THEN '1' ELSE to_jsonb((entry.value #>> '{}')::bigint + 1) END,
        ends_at = CASE WHEN entry.ends_at <= %(now)s THEN excluded.ends_at ELSE entry.ends_at END
    RETURNING (entry.value #>> '{}')::bigint, entry.ends_at"""


def hashed_key(key: str, prefix: str, version: int) -> str:
    """Hash the key, so that the table or Redis reveals no IP or email address."""
    return salted_hmac("shop.database.cache", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()


class DatabaseCache(BaseCache):
    """A cache of JSON values with an expiry time."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__({**params, "KEY_FUNCTION": hashed_key})

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._run(ADD, key, version, timeout, value))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = SharedValue.objects.filter(pk=self._name(key, version), ends_at__gt=_now())
        found = rows.values_list("value", flat=True).first()
        return default if found is None else found

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._run(SET, key, version, timeout, value)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        rows = SharedValue.objects.filter(pk=self._name(key, version), ends_at__gt=_now())
        return bool(rows.update(ends_at=self._end(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(SharedValue.objects.filter(pk=self._name(key, version)).delete()[0])

    def clear(self) -> None:
        SharedValue.objects.all().delete()

    def hit(self, key: str, seconds: float) -> tuple[int, float]:
        """Count a hit. Return the number of hits in the current window and the seconds until it ends."""
        count, ends_at = write_count(HIT, self._values(key, None, seconds, None))[0]
        return int(count), (ends_at - _now()).total_seconds()

    def _run(self, statement: str, key: str, version: int | None, timeout: Any, value: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._values(key, version, timeout, value))
            return cursor.fetchall() if cursor.description else []

    def _values(self, key: str, version: int | None, timeout: Any, value: Any) -> dict[str, Any]:
        end = self._end(timeout)
        return {"key": self._name(key, version), "value": json.dumps(value), "now": _now(), "ends_at": end}

    def _name(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _end(self, timeout: Any) -> datetime:
        end = self.get_backend_timeout(timeout)
        return NEVER if end is None else datetime.fromtimestamp(end, UTC)


def delete_expired() -> int:
    """Delete expired entries and return their number."""
    return SharedValue.objects.filter(ends_at__lte=_now()).delete()[0]


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)

"""API keys: create them, and authenticate and authorise the calls of clients that send one.

A key is 256 random bits, so one SHA-256 protects it: nobody can guess it from its hash, and a slow hash such as those
for passwords would only slow every call. Keys identify programs. They never stand for a customer.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shop.models import ApiKey

SCHEME = "Api-Key"
BEGINNING = "semblance_"  # lets scanners of public code recognise a key
PREFIX_LENGTH = len(BEGINNING) + 6
MAX_LENGTH = 100
USE_INTERVAL = timedelta(hours=1)  # between two updates of `last_used_at`


def assign_key(row: ApiKey) -> str:
    """Give an unsaved row a new key and return it. It cannot be read again."""
    key = BEGINNING + secrets.token_urlsafe(32)
    row.prefix, row.digest = key[:PREFIX_LENGTH], _digest(key)
    return key


def revoke(keys: Any, now: datetime) -> int:
    """Revoke keys for good and return how many were valid before."""
    revoked: int = keys.filter(revoked_at=None).update(revoked_at=now)
    return revoked


class ApiKeyAuthentication(BaseAuthentication):
    """Accept `Authorization: Api-Key …`. The caller is then the key in `request.auth`, and no customer."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        if not _names_scheme(request):
            return None
        now, text = timezone.now(), request.headers["Authorization"].partition(" ")[2].strip()
        key = ApiKey.objects.filter(digest=_digest(text)).first() if 0 < len(text) <= MAX_LENGTH else None
        if key is None:
            raise AuthenticationFailed(_("This API key is not valid. Check it for typing errors."), "invalid_api_key")
        if key.revoked_at is not None:
            raise AuthenticationFailed(_("This API key was revoked. Ask the shop for a new one."), "revoked_api_key")
        if key.expires_at is not None and key.expires_at <= now:
            raise AuthenticationFailed(_("This API key has expired. Ask the shop for a new one."), "expired_api_key")
        _record_use(key, now)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str | None:
        """Answer 401 to callers who sent a key. Others keep the 403 of a missing session."""
        return f'{SCHEME} realm="api"' if _names_scheme(request) else None


class HasScope(BasePermission):
    """Allow a key the views whose `key_scope` it has. Callers without a key are none of its business."""

    code = "missing_scope"

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        scope = getattr(view, "key_scope", None)
        self.message = (
            _("This API key lacks the scope “%(scope)s”.") % {"scope": scope}
            if scope
            else _("API keys cannot make this call.")
        )
        return scope is not None and scope in request.auth.scopes


def _record_use(key: ApiKey, now: datetime) -> None:
    """Record the use of a key, but not on every call."""
    stale = now - USE_INTERVAL
    if key.last_used_at is None or key.last_used_at < stale:
        unrecorded = Q(last_used_at=None) | Q(last_used_at__lt=stale)
        ApiKey.objects.filter(unrecorded, pk=key.pk).update(last_used_at=now)


def _names_scheme(request: Request) -> bool:
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == SCHEME.lower()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

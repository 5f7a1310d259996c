"""The allauth adapter, which queues emails and reports rate limits."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from shop.http.throttling import LOGIN_RETRY_SECONDS, exceeds_login_limit
from shop.mail import queue_mail
from shop.storefront.current import shop_settings

LINKS = {
    "email_confirmation": ("accounts/verify_email", "activate_url"),
    "email_confirmation_signup": ("accounts/verify_email", "activate_url"),
    "password_reset_key": ("accounts/reset_password", "password_reset_url"),
    "account_already_exists": ("accounts/address_is_known", "password_reset_url"),
}


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def get_totp_issuer(self) -> str:
        """Return the shop's name, which authenticator apps show beside the code."""
        return shop_settings().name


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_safe_url(self, url: str | None) -> bool:
        """Check a `next` URL. allauth raises ValueError for malformed ones."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def ajax_response(
        self,
        request: HttpRequest,
        response: HttpResponse,
        redirect_to: str | None = None,
        form: BaseForm | None = None,
        data: Any = None,
    ) -> HttpResponse:
        """Return 429 with Retry-After to scripts, too, if the log-in is rate-limited."""
        answer: HttpResponse = super().ajax_response(request, response, redirect_to, form, data)
        if exceeds_login_limit(form):
            answer.status_code = 429
            answer.headers["Retry-After"] = str(LOGIN_RETRY_SECONDS)
        return answer

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count log-in attempts per account; allauth counts per host name too, which a client can vary."""
        return str(credentials.get("email", "")).lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue an email with a link, or a notice of a change to the account."""
        event, now = template_prefix.rpartition("/")[2], timezone.now()
        if event in LINKS:
            kind, name = LINKS[event]
            url = _at_site_url(str(context[name]))
            # A form submitted twice within a minute sends one email.
            reference = hashlib.sha256(f"{url} {now:%Y-%m-%d %H:%M}".encode()).hexdigest()
            queue_mail(kind, email, reference, {"url": url}, now)
        else:
            facts = {"event": event, "at": f"{now:%Y-%m-%d %H:%M} UTC", "address": str(context.get("to_email", ""))}
            queue_mail("accounts/notice", email, f"{event} {now.isoformat()}", facts, now)


def _at_site_url(url: str) -> str:
    """Replace the host by SITE_URL: a request's Host header is not trusted."""
    return f"{settings.SITE_URL}{urlsplit(url)._replace(scheme='', netloc='').geturl()}"

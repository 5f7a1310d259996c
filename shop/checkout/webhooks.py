"""What providers tell the shop unasked. Believed only with a signature that holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from shop.checkout.settlement import settle
from shop.payments.gateways import gateway
from shop.payments.models import Payment


def receive_webhook(name: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Settle the payment that the webhook speaks of; whether there is one.

    Raises KeyError for an unknown provider, BadSignature for what the provider has not signed; nothing is stored then.
    """
    provider = gateway(name)
    news = provider.read_webhook(body, headers)
    if news is None:
        return False
    try:
        payment = Payment.objects.filter(gateway=name, key=uuid.UUID(news.key)).first()
    except ValueError:
        return False
    if payment is None:
        return False
    settle(payment.pk, news.outcome, now, who=name)
    return True

"""Templates of all mails: text, HTML and subject."""

import re
from datetime import UTC, datetime

import pytest

from shop import mail
from tests.architecture.source import ROOT, files

FOLDER = ROOT / "templates" / "mail"
ORDER: dict[str, object] = {"number": "100001", "total": "€9.90", "order_url": "https://shop.test/orders/secret/"}
LINE = {"title": "Mug <1> & 'co'", "options": "large", "quantity": 2}
RETURN = {**ORDER, "return_number": "R100001", "lines": [{**LINE, "received": 1}]}
# Every kind of mail with an example of its context.
CONTEXTS: dict[str, dict[str, object]] = {
    "accounts/address_is_known": {"url": "https://shop.test/link/"},
    "accounts/notice": {"event": "password_changed", "at": "2026-05-04 12:00 UTC", "address": ""},
    "accounts/reset_password": {"url": "https://shop.test/link/"},
    "accounts/verify_email": {"url": "https://shop.test/link/"},
    "opening/test": {},
    "orders/confirmed": {**ORDER, "is_paid": True, "lines": [{**LINE, "amount": "€5.00"}]},
    "orders/pay_link": {**ORDER, "until": "Nov. 25, 2026, noon", "lines": [{**LINE, "amount": "€5.00"}]},
    "orders/payment_failed": {**ORDER, "reason": "The card was declined."},
    "orders/refunded": {**ORDER, "amount": "€5.00", "reason": "broken"},
    "orders/return_announced": {**RETURN, "address": ["Semblance", "1 Long Street"]},
    "orders/return_declined": {**RETURN, "reason": "It was worn."},
    "orders/return_received": RETURN,
    "orders/shipped": {
        **ORDER,
        "lines": [LINE],
        "carrier": "DHL",
        "tracking_number": "42",
        "tracking_url": "https://dhl.test/42",
    },
    "orders/too_late": ORDER,
    "pages/message": {"name": "Alice", "email": "alice@example.com", "order": "100001", "message": "Is it blue?"},
    "waitlist/back_in_stock": {
        "title": "Mug <1> & 'co' · large",
        "url": "https://shop.test/products/mug/",
        "unsubscribe_url": "https://shop.test/back-in-stock/secret/",
    },
}
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def kinds(ending: str) -> set[str]:
    found = {str(file.relative_to(FOLDER).with_suffix("")) for file in files(f"templates/mail/*.{ending}")}
    return {kind for kind in found if kind != "base" and not kind.rpartition("/")[2].startswith("_")}


def test_every_mail_has_both_templates_and_an_example_here() -> None:
    assert kinds("txt") == kinds("html") == set(CONTEXTS)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(CONTEXTS))
def test_text_and_html_have_the_same_content(kind: str) -> None:
    message = mail.render(mail.queue_mail(kind, "alice@example.com", "1", CONTEXTS[kind], NOW))
    html = str(message.alternatives[0][0])
    assert 5 < len(message.subject) < 78
    assert "&#" not in f"{message.subject}{message.body}"
    links = set(re.findall(r"https?://[^\s<>\"]+", str(message.body)))
    assert links
    assert links <= set(re.findall(r'href="([^"]+)"', html))

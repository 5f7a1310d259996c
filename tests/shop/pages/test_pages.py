"""Pages of text: drafts, menus, the contact form and what the checkout says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.throttling import ScopedRateThrottle

from shop import mail
from shop.mail import queue_mail
from shop.models import Mail
from shop.pages.models import Page
from shop.pages.services import write_drafts
from shop.pages.starter import DRAFTS
from shop.storefront.current import settings_row
from tests.purchases import article

pytestmark = pytest.mark.django_db


def publish(kind: Page.Kind, **values: Any) -> Page:
    page = Page(**{"kind": kind, "title": kind.label.capitalize(), "slug": kind.value, "is_published": True, **values})
    page.full_clean()
    page.save()
    return page


def test_drafts_are_written_once_and_are_not_public(client: Client, admin_client: Client) -> None:
    assert (write_drafts(), write_drafts()) == (len(DRAFTS), 0)
    assert not Page.objects.public().exists()
    for page in Page.objects.all():
        assert client.get(f"/pages/{page.slug}/").status_code == 404
        shown = admin_client.get(f"/pages/{page.slug}/")
        assert "Only staff see this draft." in shown.content.decode()
        assert "noindex" in shown.content.decode()
    assert client.get("/contact/").status_code == 404
    assert "/pages/" not in client.get("/sitemap-pages.xml").content.decode()


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft.slug)
def test_a_draft_with_gaps_cannot_be_published(draft: Any) -> None:
    with pytest.raises(ValidationError, match="square brackets"):
        publish(draft.kind, text=draft.text)


def test_published_pages_are_in_the_menus_and_the_sitemap_in_their_order(client: Client) -> None:
    publish(Page.Kind.IMPRINT, title="Imprint", position=2)
    publish(Page.Kind.ABOUT, title="Our story", position=1, menu=Page.Menu.HEADER, text="# Since 1990\nWe make lamps.")
    publish(Page.Kind.OTHER, title="Hidden", slug="hidden", menu=Page.Menu.NONE)
    home = client.get("/").content.decode()
    header, footer = home.split("<main")[0], home.split("</main>")[1]
    assert ("Our story" in header, "Imprint" in header) == (True, False)
    assert footer.index("Our story") < footer.index("Imprint")
    assert "Hidden" not in home
    assert "<h2>Since 1990</h2>" in client.get("/pages/about/").content.decode()
    assert client.get("/sitemap-pages.xml").content.decode().count("<loc>") == 3


def test_menus_need_no_query(client: Client, django_assert_max_num_queries: Callable[..., Any]) -> None:
    client.get("/cart/")
    with django_assert_max_num_queries(20) as before:
        client.get("/cart/")
    publish(Page.Kind.IMPRINT)
    client.get("/cart/")
    with django_assert_max_num_queries(len(before)):
        assert "Imprint" in client.get("/cart/").content.decode()


@pytest.mark.usefixtures("delivery")
def test_the_checkout_names_terms_and_right_of_withdrawal(client: Client) -> None:
    client.post("/cart/add/", {"variant": article("10.00").pk, "quantity": 1})
    assert 'class="legal"' not in client.get("/checkout/").content.decode()
    publish(Page.Kind.TERMS)
    publish(Page.Kind.WITHDRAWAL)
    page = client.get("/checkout/").content.decode()
    assert 'href="/pages/terms/"' in page
    assert 'href="/pages/withdrawal/"' in page
    assert "Order with obligation to pay" in page


def test_the_confirmation_of_an_order_has_terms_and_withdrawal_to_keep() -> None:
    publish(Page.Kind.TERMS, title="Terms", text="Ask {name}.")
    Page.objects.create(kind=Page.Kind.WITHDRAWAL, title="Withdrawal", slug="withdrawal")
    context = {"number": "1", "total": "€9.90", "order_url": "https://shop.test/orders/secret/", "lines": []}
    message = mail.render(queue_mail("orders/confirmed", "a@example.com", "1", context, timezone.now()))
    assert [(each.filename, each.content) for each in message.attachments] == [
        ("terms.txt", "Terms\n\nAsk Semblance.\n")
    ]
    assert "Terms: " in message.body
    assert "/pages/terms/" in str(message.alternatives[0][0])
    assert "withdrawal" not in message.body
    other = mail.render(queue_mail("orders/refunded", "a@example.com", "1", context, timezone.now()))
    assert not other.attachments


def test_a_message_reaches_the_owner_who_can_reply(client: Client) -> None:
    publish(Page.Kind.CONTACT, text="We answer.")
    row = settings_row()
    row.email = "hello@vesta.test"
    row.save()
    form = {"name": "Alice", "email": "alice@example.com", "message": "Is it blue?\nAlice", "website": ""}
    assert client.post("/contact/", form).status_code == 302
    assert "Your message is on its way" in client.get("/contact/").content.decode()
    queued = Mail.objects.get(kind="pages/message")
    message = mail.render(queued)
    assert (message.to, message.reply_to) == (["hello@vesta.test"], ["alice@example.com"])
    assert "Is it blue?" in message.body


def test_a_program_that_fills_in_every_field_sends_nothing(client: Client) -> None:
    publish(Page.Kind.CONTACT)
    form = {"name": "x", "email": "x@example.com", "message": "Buy", "website": "https://spam.test"}
    assert client.post("/contact/", form).status_code == 302
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "values",
    [{"email": "no address"}, {"message": ""}, {"message": "x" * 5001}, {"email": "a@b.test\nBcc: c@d.test"}],
)
def test_a_message_that_cannot_be_answered_is_refused(client: Client, values: dict[str, str]) -> None:
    publish(Page.Kind.CONTACT)
    form = {"name": "Alice", "email": "alice@example.com", "message": "Hello", **values}
    assert client.post("/contact/", form).status_code == 400
    assert not Mail.objects.exists()


def test_messages_are_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "contact", "1/hour")
    publish(Page.Kind.CONTACT)
    form = {"name": "Alice", "email": "alice@example.com", "message": "Hello"}
    assert [client.post("/contact/", form).status_code for _ in range(2)] == [302, 429]
    assert Mail.objects.count() == 1


def test_a_kind_has_one_page() -> None:
    publish(Page.Kind.TERMS)
    with pytest.raises(ValidationError):
        publish(Page.Kind.TERMS, slug="other-terms")

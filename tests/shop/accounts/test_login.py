"""Sign-up, verification, log-in and password reset, and what they reveal to an attacker."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib import auth
from django.core.cache import cache
from django.test import Client

from shop.accounts.models import Customer
from shop.models import Mail
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


def link(kind: str, recipient: str) -> str:
    """Return the link in the newest mail of this kind."""
    return str(Mail.objects.filter(kind=kind, recipient=recipient).latest("pk").context["url"])


def sign_up(client: Client, email: str, **more: str) -> Any:
    return client.post("/account/signup/", {"email": email, "password1": PASSWORD, **more})


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/account/login/", {"login": email, "password": password, **more})


def user_of(client: Client) -> Any:
    return auth.get_user(client)


def test_a_new_customer_verifies_their_address_and_returns_to_their_page(client: Client) -> None:
    proven: list[str] = []

    def note(email_address: EmailAddress, **kwargs: Any) -> None:
        proven.append(email_address.email)

    email_confirmed.connect(note)
    assert sign_up(client, "alice@example.com", next="/products/").url == "/account/confirm-email/"
    assert not user_of(client).is_authenticated
    address = link("accounts/verify_email", "alice@example.com")
    assert "Is alice@example.com your address?" in client.get(address).content.decode()
    assert proven == []
    assert client.post(address).headers["Location"] == "/products/"
    assert proven == ["alice@example.com"]
    assert user_of(client).email == "alice@example.com"
    assert user_of(client).password.startswith("argon2")


def test_sign_up_does_not_reveal_whether_an_address_is_registered(client: Client, alice: Customer) -> None:
    stranger = Client()
    known, unknown = sign_up(client, alice.email), sign_up(stranger, "nobody@example.com")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert known.cookies.keys() == unknown.cookies.keys()
    pages = [
        re.sub(r"csrf.+?>|\w+@example.com", "", each.get(known.url).content.decode()) for each in (client, stranger)
    ]
    assert pages[0] == pages[1]
    assert Mail.objects.get(recipient=alice.email).kind == "accounts/address_is_known"
    assert not user_of(client).is_authenticated
    assert Customer.objects.get(email=alice.email).check_password(PASSWORD)


def test_password_reset_does_not_reveal_whether_an_address_is_registered(client: Client, alice: Customer) -> None:
    answers = [
        client.post("/account/password/reset/", {"email": each}) for each in (alice.email, "nobody@example.com")
    ]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert [mail.recipient for mail in Mail.objects.all()] == [alice.email]


def test_a_password_reset_link_works_once(client: Client, alice: Customer) -> None:
    client.post("/account/password/reset/", {"email": alice.email})
    address = link("accounts/reset_password", alice.email)
    form = client.get(address, follow=True)
    new = {"password1": "another passphrase", "password2": "another passphrase"}
    client.post(form.request["PATH_INFO"], new)
    assert log_in(Client(), alice.email, "another passphrase").status_code == 302
    assert "expired or was already used" in Client().get(address, follow=True).content.decode()
    assert Mail.objects.filter(kind="accounts/notice", recipient=alice.email).exists()


@pytest.mark.parametrize(
    ("next_url", "location"),
    [
        ("/products/?colour=blue", "/products/?colour=blue"),
        ("https://mallory.example/", "/account/"),
        ("//mallory.example/", "/account/"),
        ("javascript:alert(1)", "/account/"),
    ],
)
def test_log_in_redirects_only_within_the_shop(client: Client, alice: Customer, next_url: str, location: str) -> None:
    assert log_in(client, alice.email, next=next_url).headers["Location"] == location


def test_unverified_customers_cannot_log_in(client: Client) -> None:
    Customer.objects.create_user("carol@example.com", PASSWORD)
    log_in(client, "carol@example.com")
    assert not user_of(client).is_authenticated
    assert client.get("/account/").status_code == 302


def test_log_in_attempts_are_limited(client: Client, alice: Customer) -> None:
    answers = [log_in(client, alice.email, f"guess {number}").content.decode() for number in range(6)]
    assert "not correct" in answers[0]
    assert "Too many failed login attempts" in answers[5]
    log_in(client, alice.email)
    assert not user_of(client).is_authenticated


def test_a_second_factor_is_required_and_a_notice_is_sent(
    client: Client, alice: Customer, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    log_in(client, alice.email)
    assert client.get("/account/2fa/totp/activate/").headers["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    counter = next(yield_hotp_counters_from_time())
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code(secret, counter)})
    assert "totp_activated" in [mail.context.get("event") for mail in Mail.objects.all()]
    page = client.get("/account/2fa/reauthenticate/").content.decode()
    assert "Enter a code from your authenticator app." in page
    assert '<form class="form" method="post" action="/account/2fa/reauthenticate/">' in page
    again = Client()
    assert log_in(again, alice.email).headers["Location"] == "/account/2fa/authenticate/"
    assert not user_of(again).is_authenticated
    assert "Incorrect code" in again.post("/account/2fa/authenticate/", {"code": "000000"}).content.decode()
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    again.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert user_of(again) == alice


def code(secret: str, counter: int) -> str:
    return f"{hotp_value(secret, counter):06}"


def test_the_admin_requires_the_second_factor_too(client: Client) -> None:
    staff = Customer.objects.create_superuser("staff@example.com", PASSWORD)
    TOTP.activate(staff, generate_totp_secret())
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/account/login/?next=%2Fadmin%2F"
    assert log_in(client, staff.email, next="/admin/").headers["Location"] == "/account/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302


def test_staff_enter_the_admin_without_verifying_by_mail(client: Client) -> None:
    Customer.objects.create_superuser("Staff@example.com", PASSWORD)
    assert log_in(client, "staff@example.com", next="/admin/").headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_customers_cannot_enter_the_admin(client: Client, mallory: Customer) -> None:
    client.force_login(mallory)
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_a_new_address_applies_once_verified_and_the_old_one_is_notified(client: Client, alice: Customer) -> None:
    log_in(client, alice.email)
    client.post("/account/email/", {"email": "alice@example.org", "action_add": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    client.post(link("accounts/verify_email", "alice@example.org"))
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    notice = Mail.objects.get(kind="accounts/notice")
    assert (notice.recipient, notice.context["address"]) == ("alice@example.com", "alice@example.org")


PAGES = [
    "/account/", "/account/name/", "/account/addresses/", "/account/addresses/new/", "/account/data/",
    "/account/email/", "/account/password/change/", "/account/2fa/", "/account/2fa/totp/activate/", "/account/logout/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_account_pages_require_a_log_in_and_need_few_queries(
    client: Client, alice: Customer, address: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    if address != "/account/logout/":
        assert client.get(address).headers["Location"].startswith("/account/login/?next=")
    log_in(client, alice.email)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    with django_assert_max_num_queries(12):
        page = client.get(address)
    assert page.status_code == 200
    assert 'class="site-header"' in page.content.decode()


@pytest.mark.parametrize(
    "address", ["login", "signup", "password/reset", "password/reset/done", "confirm-email", "inactive"]
)
def test_log_in_pages_use_the_shops_layout(client: Client, address: str) -> None:
    page = client.get(f"/account/{address}/")
    assert page.status_code == 200
    assert 'class="site-header"' in page.content.decode()


def request_a_password_reset(client: Client, address: str) -> str:
    client.post("/account/password/reset/", {"email": address}, headers={"Host": "127.0.0.1:9999"})
    return link("accounts/reset_password", address)


def sign_up_with_a_new_address(client: Client, address: str) -> str:
    client.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD}, headers={"Host": "localhost"})
    return link("accounts/verify_email", "new@example.com")


def sign_up_with_a_known_address(client: Client, address: str) -> str:
    client.post("/account/signup/", {"email": address, "password1": PASSWORD}, headers={"Host": "127.0.0.1:9999"})
    return link("accounts/address_is_known", address)


@pytest.mark.parametrize("send", [request_a_password_reset, sign_up_with_a_new_address, sign_up_with_a_known_address])
def test_links_in_mails_use_the_site_url_not_the_host_header(
    client: Client, alice: Customer, settings: Any, send: Callable[[Client, str], str]
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://shop.example", ["127.0.0.1", "localhost"]
    assert re.match(r"https://shop\.example/account/", send(client, alice.email))

"""The checklist *Open your shop*: what it says is read from the database."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog.search_counts import count_photo_search
from shop.accounts.models import Customer
from shop.models import Mail
from shop.opening.steps import read_steps
from shop.orders.starter import make_starting_charges
from shop.pages.models import Page
from shop.storefront.current import shop_settings
from shop.storefront.models import ShopSettings
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from tests.forms import form_data
from tests.purchases import article, buy, cart_of

pytestmark = pytest.mark.django_db
SETTINGS = "/admin/storefront/shopsettings/1/change/"


def done() -> set[str]:
    return {step.name for step in read_steps(shop_settings(), timezone.now()) if step.is_done}


def test_an_empty_shop_has_everything_to_do(admin_client: Client) -> None:
    assert done() == set()  # the test's administrator has the email address of the demo's
    page = admin_client.get("/admin/opening/").content.decode()
    assert "The shop is still called Semblance." in page
    assert "No product is on sale." in page


def test_only_who_may_change_the_settings_sees_the_list(client: Client, alice: Customer) -> None:
    assert client.get("/admin/opening/").status_code == 302
    Customer.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    assert client.get("/admin/opening/").status_code == 403
    assert client.post("/admin/opening/mail/").status_code == 403


def test_steps_are_done_by_doing_them(admin_client: Client) -> None:
    make_starting_charges()
    ProductFactory()
    ImageFactory()
    for kind in ("imprint", "terms", "privacy", "delivery", "withdrawal"):
        Page.objects.create(kind=kind, title=kind, slug=kind, is_published=True)
    count_photo_search(found=True, now=timezone.now())
    for name in ("currency", "delivery", "taxes", "payments"):
        admin_client.post(f"/admin/opening/confirm/{name}/")
    assert {"products", "pages", "currency", "delivery", "taxes"} <= done()
    assert "payments" not in done()  # nobody can tick what can be known


def test_the_form_saves_name_logo_and_colours(admin_client: Client, client: Client) -> None:
    form = form_data(admin_client.get(SETTINGS), "shopsettings_form")
    logo = picture(300, 200, form="PNG")
    form |= {"name": "Vesta", "accent": "#FFCC00", "logo_file": _file(logo)}
    answer = admin_client.post(SETTINGS, form, follow=True)
    assert "shows it darkened" in answer.content.decode() or "show it darkened" in answer.content.decode()
    shop = ShopSettings.objects.get()
    assert (shop.name, shop.accent, shop.logo_width, shop.logo_height) == ("Vesta", "#ffcc00", 144, 96)
    home = client.get("/").content.decode()
    assert f"/brand/{shop.logo_sha256}.png" in home
    assert client.get(f"/brand/{shop.logo_sha256}.png")["Content-Type"] == "image/png"


def test_a_file_that_is_no_picture_is_refused_as_logo(admin_client: Client) -> None:
    form = form_data(admin_client.get(SETTINGS), "shopsettings_form")
    answer = admin_client.post(SETTINGS, form | {"logo_file": _file(b"<svg onload=alert(1)>")})
    assert answer.status_code == 200
    assert not ShopSettings.objects.filter(logo__isnull=False).exists()


@pytest.mark.usefixtures("delivery")
def test_the_currency_stays_once_something_is_sold(admin_client: Client) -> None:
    form = form_data(admin_client.get(SETTINGS), "shopsettings_form") | {"currency": "chf"}
    admin_client.post(SETTINGS, form)
    assert shop_settings().currency == "CHF"
    buy(cart_of(article("10.00")))
    form = form_data(admin_client.get(SETTINGS), "shopsettings_form") | {"currency": "EUR"}
    assert "Orders were placed in CHF, so the currency stays" in admin_client.post(SETTINGS, form).content.decode()
    assert shop_settings().currency == "CHF"


def test_the_form_says_which_background_is_too_dark(admin_client: Client) -> None:
    form = form_data(admin_client.get(SETTINGS), "shopsettings_form") | {"background": "#444444"}
    assert "This background is too dark" in admin_client.post(SETTINGS, form).content.decode()
    assert not ShopSettings.objects.filter(background="#444444").exists()


def test_the_test_mail_reports_what_happened(admin_client: Client, settings: Any) -> None:
    page = admin_client.post("/admin/opening/mail/", follow=True).content.decode()
    assert Mail.objects.get(kind="opening/test").sent_at
    assert "was sent" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = admin_client.post("/admin/opening/mail/", follow=True).content.decode()
    assert "did not get through" in page
    assert "ConnectionRefusedError" in page


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", content)

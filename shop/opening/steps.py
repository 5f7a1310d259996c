"""What a shop needs before it opens, read from the database. Nothing is ticked by hand that can be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product, ProductImage, SearchTally
from shop.accounts.models import Customer
from shop.checkout.quote import delivery_countries
from shop.management.staff import STAFF
from shop.models import Mail
from shop.orders.models import TaxRate
from shop.pages.models import Page
from shop.payments.gateways import offered
from shop.payments.models import Payment
from shop.postal.countries import country_name
from shop.storefront.models import STANDARD_NAME, ShopSettings
from visualsearch.models import ImageEmbedding

LEGAL = (Page.Kind.IMPRINT, Page.Kind.TERMS, Page.Kind.PRIVACY, Page.Kind.DELIVERY, Page.Kind.WITHDRAWAL)
TEST_MAIL = "opening/test"
LOOK, SELLER, SELLING = range(3)  # the parts of the form of the settings
CONFIRMABLE = ("currency", "delivery", "taxes")  # whether they are right, only the owner knows


@dataclass(frozen=True)
class Link:
    """A way to do what a step asks for."""

    title: str
    url: str


@dataclass(frozen=True)
class Step:
    """Something to do before the shop opens. `says` is what is missing, or what was found."""

    name: str
    title: str
    is_done: bool
    says: Sequence[str]
    links: Sequence[Link] = field(default_factory=tuple)
    can_be_confirmed: bool = False


def read_steps(shop: ShopSettings, now: datetime) -> list[Step]:
    """Return all steps in the order in which to take them."""
    return [
        _log_in(),
        _look(shop),
        _seller(shop),
        _currency(shop),
        _delivery(shop),
        _taxes(shop),
        _pages(shop),
        _mail(),
        _products(now),
        _payments(),
        _photo_search(),
    ]


def _log_in() -> Step:
    demo = Customer.objects.filter(email=STAFF, is_staff=True, is_active=True).first()
    says = _("You log in with the email address and password that everyone knows. Change both before you go online.")
    if demo is None:
        return Step("log-in", _("Your log-in"), True, [_("It is your own.")])
    links = [Link(_("Change email address"), reverse("admin:accounts_customer_change", args=[demo.pk])),
             Link(_("Change password"), reverse("account_change_password"))]  # fmt: skip
    return Step("log-in", _("Your log-in"), False, [says], links)


def _look(shop: ShopSettings) -> Step:
    says = []
    if shop.name == STANDARD_NAME:
        says.append(_("The shop is still called %(name)s.") % {"name": STANDARD_NAME})
    if not shop.logo_sha256:
        says.append(_("It has no logo yet; pages show its name."))
    if not shop.colour_version:
        says.append(_("It has the standard colours."))
    return Step("look", _("Name, logo and colours"), shop.is_named, says or [shop.name], [_settings_link(LOOK)])


def _seller(shop: ShopSettings) -> Step:
    missing = [
        sentence
        for value, sentence in (
            (shop.address, _("Your address is missing. Invoices and the imprint must show it.")),
            (shop.tax_number, _("Your VAT or tax number is missing. Invoices must show one.")),
            (shop.email, _("An email address for customers is missing.")),
        )
        if not value
    ]
    return Step(
        "seller", _("Address and tax number"), not missing, missing or shop.seller.splitlines(),
        [_settings_link(SELLER)],
    )  # fmt: skip


def _currency(shop: ShopSettings) -> Step:
    says = _("Prices are in %(currency)s, and you sell from %(country)s.")
    facts = {"currency": shop.currency, "country": country_name(shop.country)}
    is_done = shop.is_saved and "currency" in shop.confirmed
    return Step("currency", _("Currency and country"), is_done, [says % facts], [_settings_link(SELLING)], not is_done)


def _delivery(shop: ShopSettings) -> Step:
    countries = delivery_countries()
    link = Link(_("Delivery methods and prices"), reverse("admin:orders_shippingmethod_changelist"))
    if shop.country not in countries:
        says = _("No delivery method has a price for %(country)s.") % {"country": country_name(shop.country)}
        return Step("delivery", _("Countries and delivery"), False, [says], [link])
    names = ", ".join(country_name(code) for code in countries)
    says = _("You deliver to %(countries)s. Check that the prices are yours.") % {"countries": names}
    is_done = "delivery" in shop.confirmed
    return Step("delivery", _("Countries and delivery"), is_done, [says], [link], not is_done)


def _taxes(shop: ShopSettings) -> Step:
    link = Link(_("Tax rates"), reverse("admin:orders_taxrate_changelist"))
    rate = TaxRate.objects.filter(country=shop.country).first()
    facts = {"country": country_name(shop.country)}
    if rate is None:
        says = _("No tax is charged in %(country)s. Add its rate, unless you need not charge tax.") % facts
    else:
        says = _("%(country)s: %(percent)s%% %(name)s. Check the rates of all countries to which you sell.")
        says %= {**facts, "percent": f"{rate.percent.normalize():f}", "name": rate.name}
    is_done = "taxes" in shop.confirmed
    return Step("taxes", _("Taxes"), is_done, [says], [link], not is_done)


def _pages(shop: ShopSettings) -> Step:
    pages = {page.kind: page for page in Page.objects.filter(kind__in=LEGAL)}
    says = []
    for kind in LEGAL:
        page = pages.get(kind)
        if page is None:
            says.append(_("%(page)s: not written.") % {"page": str(kind.label).capitalize()})
        elif not page.is_published and page.gaps:
            text = ngettext("%(page)s: %(number)d gap to fill in.", "%(page)s: %(number)d gaps to fill in.",
                            len(page.gaps))  # fmt: skip
            says.append(text % {"page": page.title, "number": len(page.gaps)})
        elif not page.is_published:
            says.append(_("%(page)s: not published.") % {"page": page.title})
    link = Link(_("Pages of text"), reverse("admin:pages_page_changelist"))
    return Step("pages", _("Legal pages"), not says, says or [_("All are published.")], [link])


def _mail() -> Step:
    is_file = settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")
    sent = Mail.objects.filter(kind=TEST_MAIL).order_by("-created_at").first()
    says = []
    if is_file:
        says.append(_("No mail server is set, so emails are written to files. Set EMAIL_URL and start again."))
    if sent is not None:
        says.append(_report(sent, is_file=is_file))
    elif not is_file:
        says.append(_("Send yourself a test, to see that emails arrive."))
    is_done = not is_file and sent is not None and sent.status == Mail.Status.SENT
    return Step("mail", _("Email"), is_done, says, [_settings_link(SELLER)])


def _report(sent: Mail, *, is_file: bool) -> str:
    """Return what became of the last test."""
    facts = {"recipient": sent.recipient, "error": sent.error, "folder": settings.EMAIL_FILE_PATH}
    if sent.status == Mail.Status.SENT and is_file:
        return _("The last test was written to %(folder)s.") % facts
    if sent.status == Mail.Status.SENT:
        return _("The mail server took the last test for %(recipient)s. Look for it, in the spam folder too.") % facts
    if sent.error:
        return _("The last test did not get through: %(error)s") % facts
    return _("The last test is waiting for a worker.")


def _products(now: datetime) -> Step:
    visible = Product.objects.visible(now).count()
    shown = ProductImage.objects.shown().count()
    links = [Link(_("Add a product"), reverse("admin:catalog_product_add")),
             Link(_("Import a file"), reverse("admin:catalog_feedimport_add"))]  # fmt: skip
    if not visible:
        return Step("products", _("First products"), False, [_("No product is on sale.")], links)
    says = ngettext("%(number)d product is on sale.", "%(number)d products are on sale.", visible)
    facts = [says % {"number": visible}]
    if not shown:
        facts.append(_("None has a picture, so photos cannot find them."))
    return Step("products", _("First products"), bool(shown), facts, links)


def _payments() -> Step:
    gateways = offered()
    paid = Payment.objects.filter(status=Payment.Status.CAPTURED).exists()
    titles = ", ".join(str(each.title) for each in gateways.values())
    says = [_("Customers can pay with: %(gateways)s.") % {"gateways": titles}]
    if "stripe" not in gateways:
        says.append(_("For cards, set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET and start again."))
    if "test" in gateways:
        says.append(_("The test card charges nothing. It is offered while DEBUG is on."))
    says.append(_("An order has been paid.") if paid else _("Place a test order and pay it, as a customer would."))
    return Step("payments", _("Payments"), paid, says, [Link(_("To the shop"), reverse("catalog:products"))])


def _photo_search() -> Step:
    searches = SearchTally.objects.filter(kind=SearchTally.Kind.PHOTO).exists()
    ready = ImageEmbedding.objects.filter(vector__isnull=False).exists()
    says = _("Someone has searched with a photo.") if searches else _("Take a photo of a product and search with it.")
    if not ready:
        says = _("No picture is searchable yet. Add products with pictures; each takes a few seconds.")
    link = Link(_("Search by photo"), reverse("visualsearch:photo"))
    return Step("photo", _("First photo search"), searches and ready, [says], [link])


def _settings_link(part: int) -> Link:
    """Return a link to a part of the shop's settings: look, seller or selling."""
    form = reverse("admin:storefront_shopsettings_change", args=[ShopSettings.PK])
    return Link(_("Shop settings"), f"{form}#fieldset-0-{part}-heading")

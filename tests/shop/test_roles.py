"""Permissions of the staff roles."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from catalog.models import Product, ProductImage
from shop.accounts.models import Customer
from shop.management.commands.make_roles import ROLES, make_roles
from shop.reviews.models import Review
from tests.factories import ImageFactory, ProductFactory
from tests.purchases import article, buy, cart_of, deliver_to
from visualsearch.models import ImageEmbedding, Network

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "catalog/product", "catalog/product/add", "catalog/category", "catalog/attribute", "catalog/productimage",
    "catalog/stockmovement", "catalog/product/{product}/change", "catalog/product/{product}/delete", "catalog/demand",
    "visualsearch/imageembedding", "visualsearch/network", "reviews/review", "reviews/review/{review}/change",
    "orders/order", "orders/order/add", "orders/order/{order}/change", "orders/return", "orders/shippingmethod",
    "orders/taxrate", "payments/payment", "payments/refund", "promotions/promotion", "promotions/promotion/add",
    "accounts/customer", "accounts/customer/{customer}/change", "auth/group", "shop/mail", "waitlist/waiting",
    "admin/logentry", "account/emailaddress", "mfa/authenticator", "reports", "reports/exports",
    "shop/apikey", "shop/apikey/add", "visualsearch/verdict", "visualsearch/picturedecision",
}  # fmt: skip
REACHES = {
    "catalogue": {
        "catalog/product", "catalog/product/add", "catalog/category", "catalog/attribute", "catalog/productimage",
        "catalog/stockmovement", "catalog/product/{product}/change", "catalog/product/{product}/delete",
        "catalog/demand", "visualsearch/imageembedding", "reviews/review", "reviews/review/{review}/change", "reports",
    },
    "orders": {
        "catalog/product", "catalog/product/{product}/change", "catalog/category", "catalog/stockmovement",
        "orders/order", "orders/order/add", "orders/order/{order}/change", "orders/return", "orders/shippingmethod",
        "orders/taxrate", "payments/payment", "payments/refund", "promotions/promotion", "promotions/promotion/add",
        "accounts/customer", "accounts/customer/{customer}/change", "shop/mail", "waitlist/waiting",
    },
    "support": {
        "catalog/product", "catalog/product/{product}/change", "orders/order", "orders/order/{order}/change",
        "orders/return", "payments/payment", "payments/refund", "accounts/customer",
        "accounts/customer/{customer}/change", "shop/mail", "reviews/review", "reviews/review/{review}/change",
    },
    "management": {
        "catalog/product", "catalog/product/{product}/change", "orders/order", "orders/order/{order}/change",
        "admin/logentry", "catalog/demand", "reports", "shop/apikey", "shop/apikey/add",
    },
    "moderation": {
        "catalog/product", "catalog/product/{product}/change", "catalog/category", "catalog/productimage",
        "visualsearch/verdict", "visualsearch/picturedecision",
    },
    "": set[str](),
}  # fmt: skip


@pytest.fixture
def keys() -> dict[str, int]:
    """Create a product, a review, an order and a customer."""
    deliver_to("DE")
    order, customer = buy(cart_of(article("10.00"))), Customer.objects.create_user("carol@example.com")
    product = ProductFactory(title="Draft lamp", status=Product.Status.DRAFT)
    now = timezone.now()
    review = Review.objects.create(
        product=product, customer=customer, author="Carol", rating=5, created_at=now, changed_at=now
    )
    return {"product": product.pk, "review": review.pk, "order": order.pk, "customer": customer.pk}


@pytest.fixture
def staff() -> Callable[[str], Client]:
    """Return a client of staff with this role, or without one."""
    make_roles()

    def log_in(role: str) -> Client:
        person = Customer.objects.create_user(f"{role or 'nobody'}@example.com", is_staff=True)
        person.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(person)
        return client

    return log_in


@pytest.mark.parametrize("role", REACHES)
def test_each_role_opens_its_own_pages_only(staff: Callable[[str], Client], keys: dict[str, int], role: str) -> None:
    client = staff(role)
    assert client.get("/admin/").status_code == 200
    answers = {
        page: client.get(f"/admin/{page.format(**keys)}/", follow=True).status_code for page in sorted(EVERYTHING)
    }
    assert {page for page, status in answers.items() if status == 200} == REACHES[role]
    assert set(answers.values()) <= {200, 403, 404}


def test_every_role_is_tested() -> None:
    assert set(REACHES) == {*ROLES, ""}


@pytest.mark.parametrize(("role", "may"), [("catalogue", True), ("support", True), ("orders", False), ("", False)])
def test_only_some_roles_approve_reviews(
    staff: Callable[[str], Client], keys: dict[str, int], role: str, may: bool
) -> None:
    chosen = {"action": "approve", "_selected_action": [keys["review"]]}
    response = staff(role).post("/admin/reviews/review/", chosen)
    assert response.status_code == (302 if may else 403)
    assert (Review.objects.get().state == Review.State.APPROVED) == may


@pytest.mark.parametrize(("role", "may"), [("catalogue", True), ("support", False), ("orders", False)])
def test_only_some_roles_retry_pictures(staff: Callable[[str], Client], role: str, may: bool) -> None:
    image = ImageFactory()
    network = Network.objects.create(name="small", sha256="0" * 64, dimensions=4)
    embedding = ImageEmbedding.objects.create(image=image, network=network, error="broken", attempts=3)
    ProductImage.objects.update(rendition_attempts=3, rendition_error="broken")
    client = staff(role)
    for page, action, row in (
        ("visualsearch/imageembedding", "try_again", embedding),
        ("catalog/productimage", "retry", image),
    ):
        chosen = {"action": action, "_selected_action": [row.pk]}
        assert client.post(f"/admin/{page}/", chosen).status_code == (302 if may else 403)
    assert ImageEmbedding.objects.filter(attempts=0).exists() == may
    assert ProductImage.objects.filter(rendition_attempts=0).exists() == may


@pytest.mark.parametrize(("role", "status"), [("catalogue", 200), ("orders", 200), ("management", 200), ("", 404)])
def test_drafts_are_visible_to_staff_who_see_products(
    staff: Callable[[str], Client], keys: dict[str, int], role: str, status: int
) -> None:
    slug = Product.objects.get(pk=keys["product"]).slug
    client = staff(role)
    assert client.get(f"/products/{slug}/").status_code == status
    assert client.get(f"/api/v1/products/{slug}/").status_code == 404
    assert slug not in client.get("/search/?q=draft").content.decode()


def test_a_customer_with_a_permission_sees_no_drafts(staff: Callable[[str], Client], keys: dict[str, int]) -> None:
    client = staff("catalogue")
    Customer.objects.filter(email="catalogue@example.com").update(is_staff=False)
    assert client.get(f"/products/{Product.objects.get(pk=keys['product']).slug}/").status_code == 404


def test_staff_with_promotions_choose_categories(staff: Callable[[str], Client]) -> None:
    address = "/admin/autocomplete/?term=a&app_label=promotions&model_name=promotion&field_name=category"
    assert staff("orders").get(address).status_code == 200
    assert staff("support").get(address).status_code == 403

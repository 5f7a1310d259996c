"""Deletion in the admin: cascades, blockers and permissions."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from catalog import stock
from catalog.models import Attribute, AttributeValue, Category, Product, StockMovement
from shop.accounts.models import Customer
from shop.cart.models import CartLine
from shop.management.commands.make_roles import make_roles
from shop.orders.models import OrderLine, ShippingMethod, ShippingRate
from shop.promotions.models import Promotion
from shop.reviews.models import Review
from shop.waitlist.models import Waiting
from shop.wishlist.models import Wishlist, WishlistItem
from tests.factories import CategoryFactory, ImageFactory, ProductFactory, VariantFactory
from tests.forms import form_data
from tests.purchases import article, buy, cart_of, deliver_to, voucher
from visualsearch.models import ImageEmbedding, Network

pytestmark = pytest.mark.django_db
GOES, STAYS = "You cannot undo this.", "cannot be deleted because these records depend on it:"


def staff(role: str = "") -> Client:
    """Log in a member of staff with this role, or the owner."""
    make_roles()
    person = Customer.objects.create_user(f"{role or 'owner'}@example.com", "correct horse", is_staff=True)
    person.is_superuser = not role
    person.save()
    person.groups.set(Group.objects.filter(name=role))
    client = Client()
    client.force_login(person)
    return client


def page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])


def listing(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")


def used_product() -> Product:
    """A product with rows in every related table."""
    product = ProductFactory(title="Lamp", sku="LAMP-1")
    variant, customer = product.variants.get(), Customer.objects.create_user("carol@example.com")
    network = Network.objects.create(name="small", sha256="0" * 64, dimensions=4)
    ImageEmbedding.objects.create(image=ImageFactory(product=product), network=network, error="not yet")
    stock.receive({variant.pk: 3}, stock.Reason("rita", "delivery", timezone.now()))
    Review.objects.create(
        product=product, customer=customer, author="Carol", rating=5, created_at=timezone.now(),
        changed_at=timezone.now(),
    )  # fmt: skip
    Waiting.objects.create(variant=variant, email="carol@example.com", asked_at=timezone.now())
    WishlistItem.objects.create(
        wishlist=Wishlist.objects.create(customer=customer), product=product, added_at=timezone.now()
    )
    return product


@pytest.mark.parametrize("role", ["", "catalogue"])
def test_deleting_a_product_deletes_its_related_rows(role: str) -> None:
    product, client = used_product(), staff(role)
    shown = client.get(page(product))
    assert shown.status_code == 200
    text = shown.content.decode()
    assert GOES in text
    for kind in ("variant", "picture", "stock movement", "image embedding", "review"):
        assert f"1 {kind}" in text
    assert client.post(page(product), {"post": "yes"}).status_code == 302
    assert not Product.objects.exists()
    assert not StockMovement.objects.exists()


def test_bulk_action_deletes_products() -> None:
    product, other, client = used_product(), ProductFactory(), staff("catalogue")
    action = {"action": "delete_selected", "_selected_action": [product.pk, other.pk]}
    shown = client.post(listing(product), action).content.decode()
    assert "1 image embedding" in shown
    assert client.post(listing(product), action | {"post": "yes"}).status_code == 302
    assert not Product.objects.exists()


def test_deleting_a_product_keeps_order_and_cart_lines() -> None:
    deliver_to("DE")
    variant = article("10.00", stock=5)
    order, cart = buy(cart_of(variant)), cart_of(variant)
    title = order.lines.get().title
    assert staff("catalogue").post(page(variant.product), {"post": "yes"}).status_code == 302
    assert OrderLine.objects.get().title == title
    line = CartLine.objects.get(cart=cart)
    assert (line.variant, line.title) == (None, title)


def test_products_block_the_deletion_of_their_category() -> None:
    top = CategoryFactory(name="Kitchen")
    leaf = CategoryFactory(name="Mugs", parent=CategoryFactory(name="Drinking", parent=top))
    for number in range(12):
        ProductFactory(title=f"Mug {number:02}", category=leaf)
    client, action = staff(), {"action": "delete_selected", "_selected_action": [top.pk]}
    for shown in (client.get(page(top)), client.post(page(top), {"post": "yes"}), client.post(listing(top), action)):
        assert shown.status_code == 200
        text = " ".join(shown.content.decode().split())
        assert STAYS in text
        assert "12 products" in text
        assert "Mug 09</a> and 2 more" in text
    assert client.post(listing(top), action | {"post": "yes"}).status_code == 200
    assert Category.objects.count() == 3


def test_deletion_page_names_subcategories() -> None:
    top = CategoryFactory(name="Kitchen")
    CategoryFactory(name="Mugs", parent=CategoryFactory(name="Drinking", parent=top))
    other = CategoryFactory(name="Garden")
    client = staff("catalogue")
    text = client.get(page(top)).content.decode()
    assert "2 categories" in text
    assert "Drinking" in text
    assert "Mugs" in text
    assert "Garden" not in text
    assert client.post(page(top), {"post": "yes"}).status_code == 302
    assert list(Category.objects.all()) == [other]


def test_deleting_a_category_needs_permission_for_its_promotions() -> None:
    category = CategoryFactory(name="Kitchen")
    Promotion.objects.create(name="Kitchen week", kind="percentage", value=10, category=category)
    text = staff("catalogue").get(page(category)).content.decode()
    assert "you may not delete the records that would be deleted with it (promotions)" in text
    assert "Kitchen week" in staff().get(page(category)).content.decode()


def test_deletion_page_names_products_that_lose_a_value() -> None:
    product = ProductFactory(title="Lamp", attributes={"colour": "Blue"})
    client = staff("catalogue")
    for row in (AttributeValue.objects.get(), Attribute.objects.get()):
        text = client.get(page(row)).content.decode()
        assert "1 product (link removed)" in text
        assert "Lamp" in text
    assert client.post(page(Attribute.objects.get()), {"post": "yes"}).status_code == 302
    assert product.attribute_values.count() == 0


def test_used_voucher_blocks_deletion_of_its_promotion() -> None:
    deliver_to("DE")
    promotion = voucher("TEN").promotion
    order = buy(cart_of(article("10.00")), voucher_code="TEN")
    text = staff("orders").get(page(promotion)).content.decode()
    assert STAYS in text
    assert f"order {order.number}" in text.lower()


def test_deletion_page_names_the_rates_of_a_shipping_method() -> None:
    method = ShippingMethod.objects.create(name="Parcel")
    ShippingRate.objects.create(method=method, country="DE", amount=5)
    assert "1 shipping rate" in staff("orders").get(page(method)).content.decode()


def test_deleting_a_customer_keeps_their_orders() -> None:
    deliver_to("DE")
    order = buy(cart_of(article("10.00")))
    customer = Customer.objects.create_user("carol@example.com")
    type(order).objects.update(customer=customer)
    assert staff().post(page(customer), {"post": "yes"}).status_code == 302
    order.refresh_from_db()
    assert order.customer is None


def test_log_entries_block_deletion_of_their_author() -> None:
    client = staff("catalogue")
    client.post(reverse("admin:catalog_attribute_add"), {
        "name": "Colour", "slug": "colour", "position": 0, "values-TOTAL_FORMS": 0, "values-INITIAL_FORMS": 0,
    })  # fmt: skip
    person = Customer.objects.get(email="catalogue@example.com")
    owner = staff()
    text = owner.get(page(person)).content.decode()
    assert STAYS in text
    assert "1 log entry" in text
    assert owner.post(page(person), {"post": "yes"}).status_code == 200
    assert Customer.objects.filter(pk=person.pk).exists()


def everything() -> None:
    """Create at least one row of every model in the admin."""
    deliver_to("DE")
    buy(cart_of(article("10.00")))
    used_product()
    Promotion.objects.create(name="Ten", kind="percentage", value=10)
    ProductFactory(attributes={"colour": "Blue"})


def test_every_deletion_page_explains_itself(rf: RequestFactory) -> None:
    everything()
    client = staff()
    request = rf.get("/")
    request.user = Customer.objects.get(is_superuser=True)
    looked_at = 0
    for model, model_admin in admin.site._registry.items():
        row = model._default_manager.order_by("pk").first()
        if row is None:
            continue
        may = model_admin.has_delete_permission(request, row)
        shown = client.get(page(row))
        assert shown.status_code == (200 if may else 403), model
        if may:
            text = shown.content.decode()
            assert (GOES in text) != (STAYS in text), model
            with transaction.atomic():
                answer = client.post(page(row), {"post": "yes"})
                assert answer.status_code == (302 if GOES in text else 200), model
                transaction.set_rollback(True)
            looked_at += 1
    assert looked_at > 10


def test_inline_deletion_with_a_cascade_needs_confirmation() -> None:
    ProductFactory(attributes={"colour": ["Blue", "Red"]})
    client, attribute = staff("catalogue"), Attribute.objects.get()
    address = reverse("admin:catalog_attribute_change", args=[attribute.pk])
    form = form_data(client.get(address)) | {"values-0-DELETE": "on"}
    response = client.post(address, form)
    assert "This also deletes or changes: 1 product (link removed)." in response.content.decode()
    assert attribute.values.count() == 2
    assert client.post(address, form_data(response) | {"values-0-DELETE": "on"}).status_code == 302
    assert attribute.values.count() == 1


def test_inline_deletion_without_a_cascade_needs_no_confirmation() -> None:
    product, client = ProductFactory(), staff("catalogue")
    VariantFactory(product=product)
    address = reverse("admin:catalog_product_change", args=[product.pk])
    assert client.post(address, form_data(client.get(address)) | {"variants-1-DELETE": "on"}).status_code == 302
    assert product.variants.count() == 1

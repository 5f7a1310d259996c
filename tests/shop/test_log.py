"""The change log covers forms, buttons and bulk actions."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from shop.accounts.models import Customer
from shop.mail import queue_mail
from shop.models import Mail
from shop.orders.models import Order
from shop.reviews.models import Review
from tests.factories import CategoryFactory, ProductFactory
from tests.purchases import NOW, article, buy, cart_of, deliver_to
from tests.shop.reports.staff import staff

pytestmark = pytest.mark.django_db
LOG = "/admin/admin/logentry/"


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(Customer.objects.create_superuser("root@example.com"))
    return client


def logged() -> list[tuple[str, str, str]]:
    entries = LogEntry.objects.order_by("pk").select_related("user")
    return [(each.user.email, each.object_repr, each.get_change_message()) for each in entries]


def act(client: Client, address: str, action: str, *keys: int) -> None:
    client.post(address, {"action": action, "_selected_action": keys})


def sold() -> Order:
    deliver_to("DE")
    return buy(cart_of(article()))


def test_order_buttons_are_logged_if_they_changed_something() -> None:
    order, client = sold(), staff("orders")
    line = f"quantity-{order.lines.get().pk}"
    client.post(f"/admin/orders/order/{order.pk}/act/", {"action": "ship", line: 2})
    assert logged() == []
    client.post(f"/admin/orders/order/{order.pk}/act/", {"action": "ship", line: 1})
    assert logged() == [("orders@example.com", order.number, "Ship")]


def test_bulk_actions_are_logged_per_product(root: Client) -> None:
    mug, vase = (ProductFactory(title=title, status="draft") for title in ("Mug", "Vase"))
    act(root, "/admin/catalog/product/?status__exact=draft", "publish", mug.pk, vase.pk)
    act(root, "/admin/catalog/product/", "unpublish", mug.pk)
    assert sorted(logged()) == [
        ("root@example.com", "Mug", "Published."),
        ("root@example.com", "Mug", "Unpublished."),
        ("root@example.com", "Vase", "Published."),
    ]


def test_review_decisions_are_logged(root: Client, alice: Customer) -> None:
    words = {"author": "Alice", "rating": 5, "created_at": NOW, "changed_at": NOW}
    review = Review.objects.create(customer=alice, product=ProductFactory(title="Mug"), **words)
    act(root, "/admin/reviews/review/?state__exact=waiting", "approve", review.pk)
    act(root, "/admin/reviews/review/", "reject", review.pk)
    assert [message for _who, _what, message in logged()] == ["Approved.", "Rejected."]


def test_resent_mails_are_logged(root: Client) -> None:
    mail = queue_mail("accounts/notice", "alice@example.com", "key:1", {}, NOW)
    Mail.objects.update(status=Mail.Status.FAILED)
    act(root, "/admin/shop/mail/?status__exact=failed", "send_again", mail.pk)
    assert logged() == [("root@example.com", str(mail), "Resent.")]


def test_the_log_shows_user_change_and_link(root: Client) -> None:
    category = CategoryFactory(name="Mugs")
    root.post(f"/admin/catalog/category/{category.pk}/delete/", {"post": "yes"})
    product = ProductFactory(title="<b>Mug</b>")
    act(root, "/admin/catalog/product/", "unpublish", product.pk)
    page = staff("management").get(LOG).content.decode()
    assert f'<a href="/admin/catalog/product/{product.pk}/change/">&lt;b&gt;Mug&lt;/b&gt;</a>' in page
    assert "Unpublished." in page
    assert re.search(r">Mugs</td><td[^>]*>Deletion</td>", page), "a deleted row has no link"


def test_the_log_filters_by_user_type_and_day(root: Client) -> None:
    order, product = sold(), ProductFactory()
    staff("orders").post(f"/admin/orders/order/{order.pk}/act/", {"action": "cancel"})
    act(root, "/admin/catalog/product/", "unpublish", product.pk)
    LogEntry.objects.filter(user__email="root@example.com").update(action_time=NOW.replace(year=2020))
    client = staff("management")
    who = Customer.objects.get(email="orders@example.com").pk
    kind = LogEntry.objects.get(user=who).content_type_id
    year = timezone.now().year
    for query in (
        f"user__id__exact={who}",
        f"content_type__id__exact={kind}",
        f"action_time__year={year}",
        "q=Cancel",
    ):
        found = client.get(f"{LOG}?{query}").context["cl"].result_list
        assert [entry.object_repr for entry in found] == [order.number], query


@pytest.mark.parametrize("number", [2, 20])
def test_the_log_needs_few_queries(root: Client, number: int, django_assert_max_num_queries: Any) -> None:
    products = [ProductFactory() for _ in range(number)]
    act(root, "/admin/catalog/product/", "unpublish", *(product.pk for product in products))
    client = staff("management")
    with django_assert_max_num_queries(12):
        assert len(client.get(LOG).context["cl"].result_list) == number


@pytest.mark.parametrize("role", ["catalogue", "orders", "support"])
def test_the_log_is_for_management_only(role: str) -> None:
    assert staff(role).get(LOG).status_code == 403


def test_the_log_is_read_only(root: Client) -> None:
    act(root, "/admin/catalog/product/", "unpublish", ProductFactory().pk)
    entry = LogEntry.objects.get()
    assert root.get(f"{LOG}add/").status_code == 403
    assert root.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post(f"{LOG}{entry.pk}/change/", {"change_message": "nothing"})
    root.post(LOG, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    entry.refresh_from_db()
    assert entry.get_change_message() == "Unpublished."
    assert Product.objects.filter(status="draft").exists()

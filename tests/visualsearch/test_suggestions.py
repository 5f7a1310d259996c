"""Suggestions for staff, and accepting them."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.models import AttributeValue, Category, Product, ProductQuerySet
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network
from visualsearch.suggestions import accept, suggest, vote_weights

pytestmark = pytest.mark.django_db
PICTURES = settings.BASE_DIR / "demo" / "images"


def visible() -> ProductQuerySet:
    return Product.objects.visible(timezone.now())


@pytest.fixture
def mugs(db: None) -> Category:
    return CategoryFactory(name="Mugs", parent=CategoryFactory(name="Kitchen"))


@pytest.fixture
def fresh(network: Network, mugs: Category) -> Product:
    """Create a draft with a picture of a blue mug in the wrong category, in a shop that sells that mug and a lamp."""
    mug = ProductFactory(category=mugs, attributes={"colour": "Blue", "material": ["Stoneware"]})
    lamp = ProductFactory(category=CategoryFactory(name="Lamps"), attributes={"colour": "Red", "material": "Brass"})
    product = ProductFactory(category=CategoryFactory(name="Unsorted"), status="draft")
    shown = {mug: "halden-mug-blue-1", lamp: "gourd-lamp-green-1", product: "halden-mug-blue-2"}
    pictures = {each: (PICTURES / f"{name}.jpg").read_bytes() for each, name in shown.items()}
    index.refresh([ImageFactory(product=each, data=data).pk for each, data in pictures.items()], network)
    return product


def accept_address(product: Product) -> str:
    return f"/admin/visualsearch/imageembedding/suggestions/{product.pk}/"


def page_address(product: Product) -> str:
    return f"/admin/catalog/product/{product.pk}/change/"


def staff(django_user_model: Any, *permissions: str) -> Any:
    bob = django_user_model.objects.create_user(email="bob@example.com", password="b", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return bob


def test_neighbours_suggest_category_and_attributes(fresh: Product) -> None:
    found = suggest(fresh, visible())
    assert found.category is not None
    assert found.category.path == "Kitchen › Mugs"
    assert 0.9 < found.category.share <= 1
    assert found.is_category_new
    assert sorted(str(each.value) for each in found.values) == ["Colour: Blue", "Material: Stoneware"]


def test_attributes_with_a_value_get_no_suggestion(fresh: Product) -> None:
    fresh.attribute_values.add(AttributeValue.objects.get(slug="red"))
    assert [str(each.value) for each in suggest(fresh, visible()).values] == ["Material: Stoneware"]


def test_nothing_is_suggested_without_a_majority(network: Network) -> None:
    shown = [ProductFactory(attributes={"colour": name}) for name in ("Blue", "Red", "Green")]
    product = ProductFactory()
    index.refresh([ImageFactory(product=each, data=pattern(1)).pk for each in [*shown, product]], network)
    assert not suggest(product, visible())


def test_product_without_a_vector_gets_no_suggestion(network: Network) -> None:
    assert not suggest(ProductFactory(), visible())


def test_nearer_neighbours_weigh_more() -> None:
    weights = vote_weights({1: 0.9, 2: 0.9, 3: 0.8, 4: -1.0})
    assert sum(weights.values()) == pytest.approx(1)
    assert weights[1] == weights[2]
    assert weights[1] / weights[3] == pytest.approx(2.718, abs=0.01)
    assert weights[4] < 1e-8
    assert vote_weights({}) == {}


def test_accepting_twice_changes_once(fresh: Product, mugs: Category) -> None:
    blue = AttributeValue.objects.get(slug="blue")
    assert accept(fresh, mugs, [blue]) == ["Mugs", "Colour: Blue"]
    assert accept(fresh, mugs, [blue]) == []
    fresh.refresh_from_db()
    assert fresh.category == mugs
    assert "Kitchen" in fresh.keywords
    assert "Blue" in fresh.keywords


def test_accepting_overwrites_no_value(fresh: Product) -> None:
    red, blue = AttributeValue.objects.get(slug="red"), AttributeValue.objects.get(slug="blue")
    fresh.attribute_values.add(red)
    assert accept(fresh, None, [blue]) == []
    assert list(fresh.attribute_values.all()) == [red]


def test_staff_accept_on_the_page_of_the_product(
    client: Client, django_user_model: Any, fresh: Product, mugs: Category
) -> None:
    client.force_login(staff(django_user_model, "view_product", "change_product"))
    page = client.get(page_address(fresh)).content.decode()
    assert "Kitchen › Mugs" in page
    assert "Colour: Blue" in page
    assert "Accept all" in page
    fresh.refresh_from_db()
    assert fresh.category.name == "Unsorted"
    blue = AttributeValue.objects.get(slug="blue")
    response = client.post(accept_address(fresh), {"category": mugs.pk, "values": [blue.pk]}, follow=True)
    assert response.redirect_chain == [(page_address(fresh), 302)]
    assert "Accepted: Mugs, Colour: Blue." in response.content.decode()
    fresh.refresh_from_db()
    assert fresh.category == mugs
    assert list(fresh.attribute_values.all()) == [blue]
    assert LogEntry.objects.get().get_change_message() == "Accepted: Mugs, Colour: Blue."
    response = client.post(accept_address(fresh), {"category": mugs.pk, "values": [blue.pk]}, follow=True)
    assert "Nothing was changed" in response.content.decode()
    assert LogEntry.objects.count() == 1


def test_a_category_changed_by_others_is_kept(
    client: Client, django_user_model: Any, fresh: Product, mugs: Category
) -> None:
    client.force_login(staff(django_user_model, "view_product", "change_product"))
    sent = {"category": mugs.pk, "seen_category": fresh.category_id}
    theirs = CategoryFactory(name="Bowls")
    Product.objects.filter(pk=fresh.pk).update(category=theirs)
    response = client.post(accept_address(fresh), sent, follow=True)
    assert "someone has just moved the product to “Bowls”" in response.content.decode()
    fresh.refresh_from_db()
    assert fresh.category == theirs


def test_outdated_suggestions_change_nothing(client: Client, django_user_model: Any, fresh: Product) -> None:
    client.force_login(staff(django_user_model, "view_product", "change_product"))
    for wrong in ({"category": "0"}, {"values": ["x"]}, {"category": "1x"}):
        response = client.post(accept_address(fresh), wrong, follow=True)
        assert "Nothing was changed" in response.content.decode()
    assert client.post(accept_address(Product(pk=0)), {}).status_code == 404
    assert not fresh.attribute_values.exists()


def test_accepting_needs_the_permission_to_change_products(
    client: Client, django_user_model: Any, fresh: Product, mugs: Category
) -> None:
    assert client.post(accept_address(fresh), {"category": mugs.pk}).status_code == 302  # to the log-in
    client.force_login(staff(django_user_model, "view_product"))
    page = client.get(page_address(fresh)).content.decode()
    assert "Kitchen › Mugs" in page
    assert "Accept" not in page
    assert client.post(accept_address(fresh), {"category": mugs.pk}).status_code == 403
    fresh.refresh_from_db()
    assert fresh.category != mugs


def test_accepting_needs_a_post_with_a_csrf_token(django_user_model: Any, fresh: Product, mugs: Category) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff(django_user_model, "view_product", "change_product"))
    assert strict.get(accept_address(fresh)).status_code == 405
    assert strict.post(accept_address(fresh), {"category": mugs.pk}).status_code == 403


def test_page_for_adding_a_product_opens(admin_client: Client, network: Network) -> None:
    assert admin_client.get("/admin/catalog/product/add/").status_code == 200

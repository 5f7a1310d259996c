"""Saving an old page of the admin does not undo other people's changes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.models import Attribute, Category, Product, StockMovement, Variant
from catalog.staff.admin import StaffAdmin
from shop.orders.models import ShippingMethod, TaxRate
from shop.promotions.models import Promotion
from tests.conftest import picture
from tests.factories import CategoryFactory, ImageFactory, ProductFactory, VariantFactory
from tests.forms import form_buttons, form_data
from tests.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client, django_user_model: Any) -> Client:
    client.force_login(django_user_model.objects.create_superuser("rita@example.com", "correct horse"))
    return client


def address_of(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def feed(folder: Path, text: str) -> None:
    file = folder / "feed.csv"
    file.write_text(text)
    report = import_catalog(file, None, timezone.now(), on_problem=lambda _line, _reason: None)
    assert not report.problems


def test_stale_product_form_keeps_changes_of_an_import(staff: Client, tmp_path: Path) -> None:
    columns = "product,title,category,sku,price,status,description,compare_at_price,weight\n"
    feed(tmp_path, columns + "lamp,Lamp,Light,LAMP-1,40,published,It shines.,,900\n")
    product = Product.objects.get()
    form = form_data(staff.get(address_of(product)))
    feed(tmp_path, columns + "lamp,Desk lamp,Light,LAMP-1,55,published,It shines on desks.,60,1100\n")
    response = staff.post(address_of(product), form | {"brand": "Lumen"}, follow=True)
    product.refresh_from_db()
    variant = product.variants.get()
    assert (product.brand, product.title, product.description) == ("Lumen", "Desk lamp", "It shines on desks.")
    assert (variant.price_amount, variant.compare_at_amount, variant.weight_grams) == (55, 60, 1100)
    assert (
        "Someone else changed these fields while you had the page open; their values were kept:"
        in response.content.decode()
    )


def test_conflicting_edit_of_a_field_is_an_error(staff: Client) -> None:
    variant = ProductFactory(price="10.00").variants.get()
    address = address_of(variant.product)
    form = form_data(staff.get(address)) | {"variants-0-price_amount": "12.00", "brand": "Lumen"}
    Variant.objects.update(price_amount="77.00")
    response = staff.post(address, form)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Someone else changed this to “77.00” after you opened the page; you entered “12.00”." in page
    assert form_buttons(response) >= {("_settle", f"{whose}:variants-0-price_amount") for whose in ("mine", "theirs")}
    variant.refresh_from_db()
    assert (variant.price_amount, variant.product.brand) == (77, "")


@pytest.mark.parametrize(("whose", "price"), [("mine", 12), ("theirs", 77)])
def test_button_settles_a_conflict(staff: Client, whose: str, price: int) -> None:
    variant = ProductFactory(price="10.00").variants.get()
    address = address_of(variant.product)
    form = form_data(staff.get(address)) | {"variants-0-price_amount": "12.00", "brand": "Lumen"}
    Variant.objects.update(price_amount="77.00")
    response = staff.post(address, form)
    pressed = form_data(response) | {"_settle": f"{whose}:variants-0-price_amount"}
    assert staff.post(address, pressed).status_code == 302
    variant.refresh_from_db()
    variant.product.refresh_from_db()
    assert (variant.price_amount, variant.product.brand) == (price, "Lumen")


def test_saving_again_does_not_settle_a_conflict(staff: Client) -> None:
    product = ProductFactory()
    form = form_data(staff.get(address_of(product))) | {"title": "Mine"}
    Product.objects.update(title="Theirs")
    again = form_data(staff.post(address_of(product), form))
    assert staff.post(address_of(product), again).status_code == 200
    Product.objects.update(title="Theirs, again")
    late = staff.post(address_of(product), again | {"_settle": "mine:title"})
    assert "Theirs, again" in late.content.decode()
    product.refresh_from_db()
    assert product.title == "Theirs, again"


def test_several_conflicts_can_be_settled_one_by_one(staff: Client) -> None:
    product = ProductFactory()
    form = form_data(staff.get(address_of(product))) | {"title": "Mine", "brand": "Mine"}
    Product.objects.update(title="Theirs", brand="Theirs")
    response = staff.post(address_of(product), form)
    response = staff.post(address_of(product), form_data(response) | {"_settle": "theirs:title"})
    assert response.status_code == 200
    assert staff.post(address_of(product), form_data(response) | {"_settle": "mine:brand"}).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.brand) == ("Theirs", "Mine")


def test_several_conflicts_can_be_settled_at_once(staff: Client) -> None:
    product = ProductFactory()
    form = form_data(staff.get(address_of(product))) | {"title": "Mine", "brand": "Mine"}
    Product.objects.update(title="Theirs", brand="Theirs")
    response = staff.post(address_of(product), form)
    assert ("_settle", "theirs:*") in form_buttons(response)
    assert staff.post(address_of(product), form_data(response) | {"_settle": "theirs:*"}).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.brand) == ("Theirs", "Theirs")


def test_choices_links_and_timestamps_changed_by_others_are_kept(staff: Client) -> None:
    product = ProductFactory(attributes={"colour": "Blue", "material": "Oak"})
    blue, oak = product.attribute_values.order_by("attribute__slug")
    product.attribute_values.set([blue])
    form = form_data(staff.get(address_of(product))) | {"brand": "Lumen"}
    lamps = CategoryFactory(name="Lamps")
    Product.objects.update(
        category=lamps, status="scheduled", publish_at="2030-05-01T08:30:15.25Z", tax_class="reduced"
    )
    product.attribute_values.set([oak])
    assert staff.post(address_of(product), form).status_code == 302
    product.refresh_from_db()
    assert (product.brand, product.category, product.status, product.tax_class) == (
        "Lumen", lamps, "scheduled", "reduced",
    )  # fmt: skip
    assert product.publish_at is not None
    assert product.publish_at.isoformat().startswith("2030-05-01T08:30:15")
    assert list(product.attribute_values.all()) == [oak]


def test_conflict_message_shows_the_labels_of_choices(staff: Client) -> None:
    product = ProductFactory(category=CategoryFactory(name="Old"))
    mine, theirs = CategoryFactory(name="Lamps"), CategoryFactory(name="Torches")
    form = form_data(staff.get(address_of(product))) | {"category": mine.pk}
    Product.objects.update(category=theirs)
    page = staff.post(address_of(product), form).content.decode()
    assert "Someone else changed this to “Torches” after you opened the page; you entered “Lamps”." in page


def test_sales_while_a_form_is_open_are_kept(staff: Client) -> None:
    variant = ProductFactory(stock=5).variants.get()
    form = form_data(staff.get(address_of(variant.product)))
    Variant.objects.update(on_hand=3, position=4)
    assert staff.post(address_of(variant.product), form | {"variants-0-on_hand": 7}).status_code == 302
    variant.refresh_from_db()
    assert (variant.on_hand, variant.position) == (5, 4)  # 2 more than shown, and 3 were left
    assert StockMovement.objects.get().on_hand_change == 2


def test_untouched_row_deleted_by_others_stays_deleted(staff: Client) -> None:
    product = ProductFactory(sku="A-1")
    gone = VariantFactory(product=product, sku="A-2")
    VariantFactory(product=product, sku="A-3")
    form = form_data(staff.get(address_of(product)))
    Variant.objects.filter(pk=gone.pk).delete()
    form |= {"brand": "Lumen", "variants-2-price_amount": "33.00"}
    response = staff.post(address_of(product), form, follow=True)
    assert "Someone else deleted these rows while you had the page open: A-2." in response.content.decode()
    prices = dict(product.variants.values_list("sku", "price_amount"))
    assert prices == {"A-1": Decimal(10), "A-3": Decimal(33)}


def test_edits_to_a_row_deleted_by_others_are_reported_once(staff: Client) -> None:
    product = ProductFactory(sku="A-1")
    gone = VariantFactory(product=product, sku="A-2")
    upload = {"images-0-file": SimpleUploadedFile("new.jpg", picture(90, 60), "image/jpeg")}
    form = form_data(staff.get(address_of(product))) | {"variants-1-price_amount": "33.00", "brand": "Lumen"}
    Variant.objects.filter(pk=gone.pk).delete()
    response = staff.post(address_of(product), form | upload)
    assert response.status_code == 200
    assert "Someone else deleted these rows, so your edits to them are lost: A-2." in response.content.decode()
    assert staff.post(address_of(product), form_data(response)).status_code == 302
    product.refresh_from_db()
    assert product.brand == "Lumen"


def test_deleting_a_row_changed_by_others_needs_confirmation(staff: Client) -> None:
    product = ProductFactory(sku="A-1")
    VariantFactory(product=product, sku="A-2")
    form = form_data(staff.get(address_of(product))) | {"variants-1-DELETE": "on"}
    Variant.objects.filter(sku="A-2").update(price_amount="77.00")
    response = staff.post(address_of(product), form)
    assert "Someone else has changed this row. Mark it again to delete it." in response.content.decode()
    assert product.variants.count() == 2
    assert staff.post(address_of(product), form_data(response) | {"variants-1-DELETE": "on"}).status_code == 302
    assert product.variants.get().sku == "A-1"


def test_row_added_by_others_stays(staff: Client) -> None:
    product = ProductFactory(sku="A-2")
    form = form_data(staff.get(address_of(product)))
    VariantFactory(product=product, sku="A-1", position=0)
    assert staff.post(address_of(product), form | {"brand": "Lumen"}).status_code == 302
    assert product.variants.count() == 2


def test_saving_a_deleted_product_shows_a_message(staff: Client) -> None:
    product = ProductFactory()
    form = form_data(staff.get(address_of(product)))
    product.delete()
    response = staff.post(address_of(product), form, follow=True)
    assert response.status_code == 200
    assert "Perhaps it was deleted?" in response.content.decode()


def test_replacing_a_picture_replaced_by_others_needs_confirmation(staff: Client) -> None:
    image, other = ImageFactory(), ImageFactory()
    form = form_data(staff.get(address_of(image)))
    type(image).objects.filter(pk=image.pk).update(file=other.file.name, sha256=other.sha256, alt="Theirs")
    new = picture(90, 60, "#123")
    response = staff.post(address_of(image), form | {"file": SimpleUploadedFile("new.jpg", new, "image/jpeg")})
    assert "Someone else has replaced this file." in response.content.decode()
    again = form_data(response) | {"file": SimpleUploadedFile("new.jpg", new, "image/jpeg")}
    assert staff.post(address_of(image), again).status_code == 302
    image.refresh_from_db()
    assert (image.width, image.alt) == (90, "Theirs")


def test_list_editing_keeps_changes_of_others(staff: Client) -> None:
    first, second = (Attribute.objects.create(name=name, slug=name.lower()) for name in ("Size", "Colour"))
    form = form_data(staff.get("/admin/catalog/attribute/"), "changelist-form") | {"_save": "Save"}
    Attribute.objects.filter(pk=first.pk).update(is_filterable=False, position=9)
    index = 0 if form["form-0-id"] == str(second.pk) else 1
    assert staff.post("/admin/catalog/attribute/", form | {f"form-{index}-position": 5}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_filterable, first.position, second.position) == (False, 9, 5)


def test_conflicting_list_edit_is_an_error(staff: Client) -> None:
    method = ShippingMethod.objects.create(name="Parcel", position=1)
    ShippingMethod.objects.create(name="Letter", position=2)
    listing = "/admin/orders/shippingmethod/"
    form = form_data(staff.get(listing), "changelist-form") | {"_save": "Save", "form-0-position": 3}
    ShippingMethod.objects.filter(pk=method.pk).update(position=8)
    response = staff.post(listing, form)
    page = response.content.decode()
    assert "Someone else changed this to “8” after you opened the page; you entered “3”." in page
    names = [line.name for line in response.context["cl"].result_list]
    assert names == [form.instance.name for form in response.context["cl"].formset.forms]
    pressed = form_data(response, "changelist-form") | {"_settle": "mine:form-0-position"}
    assert staff.post(listing, pressed).status_code == 302
    method.refresh_from_db()
    assert method.position == 3


def test_list_edit_of_a_deleted_row_shows_a_message(staff: Client) -> None:
    gone = ShippingMethod.objects.create(name="Parcel", position=1)
    stays = ShippingMethod.objects.create(name="Letter", position=2)
    listing = "/admin/orders/shippingmethod/"
    form = form_data(staff.get(listing), "changelist-form") | {"_save": "Save", "form-1-position": 3}
    gone.delete()
    response = staff.post(listing, form, follow=True)
    assert "Someone else deleted these rows while you had the page open: Parcel." in response.content.decode()
    stays.refresh_from_db()
    assert stays.position == 3


def test_category_moved_by_others_stays_there(staff: Client) -> None:
    kitchen, mugs = CategoryFactory(name="Kitchen"), CategoryFactory(name="Mugs")
    form = form_data(staff.get(address_of(mugs))) | {"description": "To drink from."}
    Category.objects.move(mugs, kitchen, pos="sorted-child")
    Category.objects.filter(pk=mugs.pk).update(name="Cups")
    assert staff.post(address_of(mugs), form).status_code == 302
    mugs = Category.objects.get(pk=mugs.pk)
    assert (mugs.name, mugs.depth, mugs.description) == ("Cups", 2, "To drink from.")


@pytest.mark.parametrize(
    ("model", "fields"),
    [(Promotion, {"kind": "percentage"}), (TaxRate, {"country": "DE", "percent": 19}), (ShippingMethod, {})],
)
def test_every_kind_of_form_merges(staff: Client, model: Any, fields: dict[str, Any]) -> None:
    row = model.objects.create(name="First", **fields)
    form = form_data(staff.get(address_of(row)))
    model.objects.update(name="Theirs")
    assert staff.post(address_of(row), form).status_code == 302
    row.refresh_from_db()
    assert row.name == "Theirs"


def test_permissions_revoked_by_others_stay_revoked(staff: Client, django_user_model: Any) -> None:
    person = django_user_model.objects.create_user("tom@example.com", "correct horse", is_staff=True)
    form = form_data(staff.get(address_of(person))) | {"name": "Tom"}
    django_user_model.objects.filter(pk=person.pk).update(is_staff=False, is_active=False)
    assert staff.post(address_of(person), form).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.is_staff, person.is_active) == ("Tom", False, False)


@pytest.mark.parametrize("shown", ["", "{", "[]", '{"rows": 3, "conflicts": {}}', '{"rows":' * 5000, "null"])
def test_malformed_page_state_is_ignored(staff: Client, shown: str) -> None:
    product = ProductFactory()
    form = form_data(staff.get(address_of(product))) | {"brand": "Lumen", "_shown": shown}
    assert staff.post(address_of(product), form).status_code == 302
    product.refresh_from_db()
    assert product.brand == "Lumen"


def test_every_writing_admin_merges(rf: RequestFactory, django_user_model: Any) -> None:
    request = rf.get("/admin/")
    request.user = django_user_model.objects.create_superuser("rita@example.com", "correct horse")
    writing = [each for each in admin.site._registry.values() if each.has_change_permission(request)]
    assert len(writing) > 8
    assert not [each for each in writing if not isinstance(each, StaffAdmin)]


def test_product_with_many_variants_is_saved(staff: Client) -> None:
    product = ProductFactory(price=None)
    for number in range(130):
        VariantFactory(product=product, sku=f"MANY-{number:03}")
    form = form_data(staff.get(address_of(product))) | {"brand": "Lumen"}
    Variant.objects.update(price_amount=3)
    assert staff.post(address_of(product), form).status_code == 302
    product.refresh_from_db()
    assert product.brand == "Lumen"
    assert set(product.variants.values_list("price_amount", flat=True)) == {Decimal(3)}


@pytest.mark.django_db(transaction=True)
def test_concurrent_saves_keep_both_changes(django_user_model: Any) -> None:
    owner = django_user_model.objects.create_superuser("rita@example.com", "correct horse")
    product = ProductFactory(title="Lamp")
    clients = [Client(), Client()]
    for each in clients:
        each.force_login(owner)
    typed = [{"brand": "Lumen"}, {"description": "It shines.", "variants-0-price_amount": "12.00"}]
    forms = [form_data(each.get(address_of(product))) | more for each, more in zip(clients, typed, strict=True)]
    answers = race(2, lambda which: clients[which].post(address_of(product), forms[which]).status_code)
    assert answers == [302, 302]
    product.refresh_from_db()
    assert (product.brand, product.description, product.price_amount) == ("Lumen", "It shines.", 12)

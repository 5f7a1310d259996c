"""Dates are bounded where they enter and by the database."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.test import Client, RequestFactory
from drf_spectacular.generators import SchemaGenerator

from catalog.dates import EARLIEST, LATEST, BoundedDateTimeField
from catalog.models import Product
from shop.accounts.models import Customer
from shop.promotions.models import Promotion
from tests.catalog.feed.test_importer import Import
from tests.catalog.test_admin import form
from tests.factories import ProductFactory
from tests.shop.checkout.test_pages import add
from visualsearch.moderation_serializers import VerdictFilterSerializer

pytestmark = pytest.mark.django_db
ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati"]
WILD = [
    "0001-01-01T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59-05:00", "0001-01-01T00:00+14:00", "1999-12-31",
    "2200-01-01T00:00Z",
]  # fmt: skip
NO_TIMES = ["infinity", "-infinity", "10000-01-01", "0000-01-01", "2030-01-31T09:00+99:99", "2030-02-30"]
TYPED = (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(Customer.objects.create_superuser("owner@example.com", "correct horse"))
    return client


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cell", [*WILD, *NO_TIMES])
def test_an_out_of_range_date_in_a_feed_is_refused_with_its_line(
    settings: Any, tmp_path: Path, zone: str, cell: str
) -> None:
    settings.TIME_ZONE = zone
    header = "product,title,category,sku,price,status,publish_at"
    done = Import(tmp_path, f"pot,Pot,Kitchen,P-1,5,published,{cell}", "cup,Cup,Kitchen,C-1,5,published,2030-01-31",
                  header=header)  # fmt: skip
    assert list(done.problems) == [2]
    assert "publish_at" in done.problems[2]
    assert list(Product.objects.values_list("slug", flat=True)) == ["cup"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
def test_the_earliest_and_latest_times_work_in_every_time_zone(
    settings: Any, owner: Client, tmp_path: Path, zone: str, moment: datetime
) -> None:
    settings.TIME_ZONE = zone
    product = ProductFactory(publish_at=moment)
    Promotion.objects.create(name="Long", kind="fixed", value=1, is_automatic=True, starts_at=EARLIEST, ends_at=LATEST)
    add(owner, product.variants.get())
    for address in ("/", "/products/", "/cart/", "/checkout/", "/api/v1/products/", "/admin/catalog/product/",
                    f"/admin/catalog/product/{product.pk}/change/", "/admin/promotions/promotion/"):  # fmt: skip
        assert owner.get(address).status_code in (200, 302), address
    call_command("export_catalog", tmp_path / "feed.csv")
    assert moment.isoformat() in (tmp_path / "feed.csv").read_text()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-30", "2200-01-02", "infinity"])
def test_the_admin_refuses_out_of_range_dates(settings: Any, owner: Client, zone: str, day: str) -> None:
    settings.TIME_ZONE = zone
    product = ProductFactory()
    typed = {"publish_at_0": day, "publish_at_1": "23:59:59"}
    page = owner.post(f"/admin/catalog/product/{product.pk}/change/", form(product, **typed))
    assert (page.status_code, "field-publish_at" in page.content.decode()) == (200, True)
    promotion = {
        "name": "Sale", "kind": "fixed", "value": "1", "buy_quantity": 0, "get_quantity": 0, "minimum_amount": "0",
        "ends_at_0": day, "ends_at_1": "23:59:59", "vouchers-TOTAL_FORMS": 0, "vouchers-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert owner.post("/admin/promotions/promotion/add/", promotion).status_code == 200
    assert Product.objects.get().publish_at is None
    assert not Promotion.objects.exists()


@pytest.mark.parametrize("out_of_range", [EARLIEST - timedelta(seconds=1), LATEST + timedelta(seconds=1)])
@pytest.mark.parametrize(("name", "column"), [
    ("catalog.Product", "publish_at"), ("promotions.Promotion", "starts_at"), ("promotions.Promotion", "ends_at"),
])  # fmt: skip
def test_the_database_refuses_out_of_range_dates(name: str, column: str, out_of_range: datetime) -> None:
    ProductFactory()
    Promotion.objects.create(name="Sale", kind="fixed", value=Decimal(1))
    with pytest.raises(IntegrityError, match=f"{column}_bounds"):
        apps.get_model(name)._default_manager.update(**{column: out_of_range})


@pytest.mark.parametrize(("stored", "clamped"), [
    ("0001-01-01 00:00+00", EARLIEST), ("9999-12-31 23:59:59+00", LATEST),
    ("infinity", LATEST), ("-infinity", EARLIEST),
    ("2030-01-31 09:00+00", datetime(2030, 1, 31, 9, tzinfo=UTC)),
])  # fmt: skip
def test_migrations_clamp_existing_dates(stored: str, clamped: datetime) -> None:
    product = ProductFactory()
    promotion = Promotion.objects.create(name="Sale", kind="fixed", value=Decimal(1))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # run the deferred checks of the rows above
        cursor.execute("ALTER TABLE catalog_product DROP CONSTRAINT product_publish_at_bounds")
        for column in ("starts_at", "ends_at"):
            cursor.execute(f"ALTER TABLE promotions_promotion DROP CONSTRAINT promotion_{column}_bounds")
        cursor.execute("UPDATE catalog_product SET publish_at = %s", [stored])
        cursor.execute("UPDATE promotions_promotion SET starts_at = %s, ends_at = %s", [stored, stored])
        cursor.execute(import_module("catalog.migrations.0009_moments_within_bounds").MEND)
        cursor.execute(import_module("shop.promotions.migrations.0002_moments_within_bounds").MEND)
    product.refresh_from_db()
    promotion.refresh_from_db()
    assert (product.publish_at, promotion.starts_at, promotion.ends_at) == (clamped, clamped, clamped)


def subclasses(of: type) -> Iterator[type]:
    each: type
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def admin_forms() -> Iterator[tuple[type[models.Model], type[forms.BaseForm]]]:
    request = RequestFactory().get("/")
    request.user = Customer(is_staff=True, is_superuser=True, is_active=True)
    for model, each in admin.site._registry.items():
        if each.has_change_permission(request):
            yield model, each.get_form(request)
            for inline in each.get_inline_instances(request):
                yield inline.model, inline.get_formset(request).form


def test_every_date_field_of_the_admin_is_bounded() -> None:
    typed = {
        f"{model._meta.label}.{name}": model._meta.get_field(name)
        for model, shown in admin_forms()
        for name, field in vars(shown)["base_fields"].items()
        if isinstance(field, TYPED)
    }
    assert {"catalog.Product.publish_at", "promotions.Promotion.ends_at"} <= set(typed)
    for name, field in typed.items():
        assert isinstance(field, BoundedDateTimeField), name
        bounds = [each.name for each in field.model._meta.constraints]
        assert any(each.endswith(f"{field.name}_bounds") for each in bounds), name


def test_every_date_field_of_our_forms_is_bounded() -> None:
    ours = [
        each
        for each in subclasses(forms.BaseForm)
        if each.__module__.startswith(("shop.", "catalog.", "visualsearch."))
    ]
    fields = {
        f"{each.__qualname__}.{name}": field
        for each in ours
        for name, field in getattr(each, "base_fields", {}).items()
        if isinstance(field, TYPED) and not issubclass(each, forms.BaseModelForm)
    }
    assert "PeriodForm.since" in fields
    for name, field in fields.items():
        for out_of_range in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
            with pytest.raises(ValidationError):
                field.run_validators(out_of_range.date() if type(field) is forms.DateField else out_of_range)
            assert name


def test_the_only_date_that_the_api_accepts_is_bounded() -> None:
    """Another one would need `validate_timestamp`, and a test here."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls = [call for path in schema["paths"].values() for call in path.values()]
    inputs = json.dumps([[call.get("parameters"), call.get("requestBody")] for call in calls])
    for name in set(re.findall(r"#/components/schemas/(\w+)", inputs)):
        properties = schema["components"]["schemas"][name].get("properties", {})
        inputs += json.dumps([each for each in properties.values() if not each.get("readOnly")])
    assert '"format": "email"' in inputs
    assert inputs.count('"format": "date') == 1
    for value in ("0001-01-01T00:00Z", "9999-12-31T23:59Z", "1999-12-31T00:00Z", "infinity"):
        assert not VerdictFilterSerializer(data={"since": value}).is_valid()
    assert VerdictFilterSerializer(data={"since": "2026-11-28T00:00Z"}).is_valid()


@pytest.mark.parametrize("query", [
    "placed_at__year=9999", "placed_at__year=1", "placed_at__year=9999&placed_at__month=12&placed_at__day=31",
    "placed_at__gte=0001-01-01", "placed_at__lt=9999-12-31T23:59:59", "placed_at__gte=infinity", "placed_at__year=0",
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:DateTimeField Order.placed_at received a naive")  # by Django's admin
def test_out_of_range_dates_in_admin_urls_are_no_error(settings: Any, owner: Client, query: str) -> None:
    settings.TIME_ZONE = "America/New_York"
    assert owner.get(f"/admin/orders/order/?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31", "1999-12-31", "infinity", "2026-11-23T00:00+99:99"])
def test_reports_refuse_out_of_range_dates(owner: Client, since: str) -> None:
    for address in ("/admin/reports/sales/", "/admin/reports/searches/"):
        assert owner.get(address, {"since": since, "until": since, "by": "day"}).status_code == 400

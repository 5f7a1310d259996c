"""Imports in the admin: upload, preview, import, progress and undo."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog import stock
from catalog.feed import runs
from catalog.models import FeedImport, PictureSource, Product, Variant
from tests.catalog.feed.feeds import CUP, HEADER, LARGE, MUG
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent / "samples"


def upload(client: Client, data: bytes, name: str = "feed.csv", **fields: str) -> FeedImport:
    """Upload a file as staff do, and have it read."""
    form = {
        "file": SimpleUploadedFile(name, data),
        "source": "auto",
        "stock_if_new": "0",
        "picture_base": "",
        **fields,
    }
    response = client.post("/admin/catalog/feedimport/add/", form)
    assert response.status_code == 302, response.content.decode()
    row = FeedImport.objects.latest("pk")
    runs.work(row.pk, timezone.now)
    row.refresh_from_db()
    return row


def page(client: Client, row: FeedImport) -> str:
    return client.get(f"/admin/catalog/feedimport/{row.pk}/change/").content.decode()


def import_file(client: Client, row: FeedImport) -> FeedImport:
    client.post(f"/admin/catalog/feedimport/{row.pk}/start/")
    while runs.work(row.pk, timezone.now):
        pass
    row.refresh_from_db()
    return row


def undo(client: Client, row: FeedImport) -> FeedImport:
    client.post(f"/admin/catalog/feedimport/{row.pk}/undo/")
    while runs.work(row.pk, timezone.now):
        pass
    row.refresh_from_db()
    return row


def feed(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def test_a_file_is_understood_before_anything_is_written(admin_client: Client) -> None:
    row = upload(admin_client, (SAMPLES / "shopify.csv").read_bytes(), "shopify.csv")
    assert (row.status, row.label, row.products, Product.objects.count()) == ("ready", "Shopify", 4, 0)
    html = page(admin_client, row)
    for text in ("Linen Shirt", "Shirts", "59.00", "LS-M-SAND", "cost per item", "no place here", "Import these"):
        assert text in html, text
    assert "The stock “-2” was imported as 0." in html
    assert "The SKU “GC-10” is already on line 8." in html


def test_an_import_runs_as_a_task_and_counts(admin_client: Client) -> None:
    row = import_file(admin_client, upload(admin_client, (SAMPLES / "shopify.csv").read_bytes()))
    assert row.status == "done"
    assert (row.counts["created"], row.counts["problems"], row.counts["waiting"]) == (4, 1, 6)
    html = page(admin_client, row)
    assert "The SKU “GC-10” is already on line 8." in html
    assert "Undo this import" in html
    admin_client.post(f"/admin/catalog/feedimport/{row.pk}/start/")
    row.refresh_from_db()
    assert row.status == "done"  # once only


def test_the_progress_is_shown_without_scripts_and_survives_leaving(admin_client: Client) -> None:
    row = upload(admin_client, feed(MUG, LARGE, CUP))
    FeedImport.objects.filter(pk=row.pk).update(status="running", done=1)
    assert '<progress id="progress" max="2" value="1">' in page(admin_client, row)
    fragment = admin_client.get(f"/admin/catalog/feedimport/{row.pk}/progress/")
    assert "HX-Refresh" not in fragment.headers
    FeedImport.objects.filter(pk=row.pk).update(status="done")
    assert admin_client.get(f"/admin/catalog/feedimport/{row.pk}/progress/").headers["HX-Refresh"] == "true"


def test_an_import_whose_worker_died_continues(admin_client: Client) -> None:
    row = upload(admin_client, feed(MUG, LARGE, CUP))
    runs.start(row, timezone.now())
    FeedImport.objects.filter(pk=row.pk).update(worked_at=timezone.now() - timedelta(minutes=6), done=1)
    assert runs.abandoned(timezone.now()) == [row.pk]
    runs.work(row.pk, timezone.now)
    row.refresh_from_db()
    assert (row.status, row.done, row.counts["created"]) == ("done", 2, 1)


def test_undo_removes_what_was_created_and_restores_what_was_changed(admin_client: Client) -> None:
    mug = ProductFactory(slug="mug", title="Old mug", price="9.00", stock=4)
    Variant.objects.filter(product=mug).update(sku="M-S")
    row = import_file(admin_client, upload(admin_client, feed(MUG, LARGE, CUP)))
    assert Product.objects.count() == 2
    assert undo(admin_client, row).status == "undone"
    mug.refresh_from_db()
    assert (mug.title, mug.brand, mug.attribute_values.count()) == ("Old mug", "", 0)
    variant = mug.variants.get()
    assert (variant.sku, variant.price_amount, variant.on_hand) == ("M-S", 9, 4)
    assert "Undo this import" not in page(admin_client, row)


def test_undo_keeps_what_was_sold_or_changed_since(admin_client: Client) -> None:
    ProductFactory(slug="jug", title="Old jug")
    jug = "jug,New jug,,Kitchen,,published,,J-1,5.00,,2,,,,"
    row = import_file(admin_client, upload(admin_client, feed(MUG, LARGE, CUP, jug)))
    variant = Variant.objects.get(sku="M-L")
    stock.reserve({variant.pk: 1}, stock.Reason("customer", "1", timezone.now()))
    Product.objects.filter(slug="cup").update(title="Cup of ours")
    Product.objects.filter(slug="jug").update(title="Jug of ours")
    row = undo(admin_client, row)
    assert set(Product.objects.values_list("slug", "title")) == {
        ("mug", "Mug"), ("cup", "Cup of ours"), ("jug", "Jug of ours"),
    }  # fmt: skip
    html = page(admin_client, row)
    for text in ("It was sold since and stays.", "It was changed since and stays.", "“title” was changed since"):
        assert text in html


def test_undo_returns_to_the_former_pictures(admin_client: Client) -> None:
    header = "product,title,category,sku,price,images\n"
    first = header + "mug,Mug,Mugs,M-1,8.00,https://pictures.test/1.jpg\n"
    import_file(admin_client, upload(admin_client, first.encode()))
    second = first.replace("1.jpg", "2.jpg") + "cup,Cup,Mugs,C-1,8.00,https://pictures.test/3.jpg\n"
    row = import_file(admin_client, upload(admin_client, second.encode()))
    assert PictureSource.objects.count() == 2
    undo(admin_client, row)
    assert list(PictureSource.objects.values_list("url", flat=True)) == ["https://pictures.test/1.jpg"]


def test_a_file_that_is_no_feed_fails_with_a_sentence(admin_client: Client) -> None:
    row = upload(admin_client, b"name,amount\nmug,1\n")
    assert row.status == "failed"
    assert "The header lacks the columns" in page(admin_client, row)


@pytest.mark.parametrize("action", ["start", "undo", "progress", "change"])
def test_only_staff_with_permission_see_and_run_imports(client: Client, admin_client: Client, action: str) -> None:
    row = upload(admin_client, feed(MUG))
    address = f"/admin/catalog/feedimport/{row.pk}/{action}/"
    answer: Any = client.get(address) if action in ("progress", "change") else client.post(address)
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
    row.refresh_from_db()
    assert row.status == "ready"

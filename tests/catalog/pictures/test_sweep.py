"""The sweep of unused and missing picture files."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from catalog.pictures.files import FILE_MISSING
from catalog.pictures.services import add_picture, make_renditions
from catalog.pictures.sweep import MIN_AGE, SweepResult, sweep_files
from catalog.tasks import sweep_renditions
from shop.accounts.models import Customer
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from visualsearch import index
from visualsearch.models import ImageEmbedding
from visualsearch.networks import serving

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MIN_AGE + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def test_files_of_a_rolled_back_transaction_are_removed_later() -> None:
    with transaction.atomic():
        path = Path(add_picture(ProductFactory(), picture(99, 99)).file.path)
        transaction.set_rollback(True)
    now = timezone.now()
    assert sweep_files(now) == SweepResult()
    assert path.exists()
    assert sweep_files(now + LATER) == SweepResult(removed=1)
    assert not path.exists()
    assert sweep_files(now + LATER) == SweepResult()


def test_sweep_keeps_used_and_foreign_files(media: Path) -> None:
    image = ImageFactory()
    make_renditions(image)
    notes = media / "products" / image.sha256[:2] / "notes.txt"
    notes.write_text("not ours")
    assert sweep_files(timezone.now() + LATER) == SweepResult()
    assert Path(image.file.path).exists()
    assert notes.exists()


def test_unfinished_files_are_removed(media: Path) -> None:
    image = ImageFactory()
    half = media / "products" / image.sha256[:2] / f".{image.sha256}.jpg.x1y2.part"
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    sweep_files(timezone.now())
    assert not half.exists()
    assert Path(image.file.path).exists()


def test_row_without_a_file_is_listed_for_staff(client: Client) -> None:
    image = ImageFactory(alt="A jug without a file")
    make_renditions(image)
    Path(image.file.path).unlink()
    assert sweep_files(timezone.now()).missing == 1
    assert sweep_files(timezone.now()).missing == 0
    image.refresh_from_db()
    assert image.rendition_error == FILE_MISSING
    assert image.rendition_widths == [64], "existing renditions are still shown"
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    assert "rendition_error__isempty=0" in client.get("/admin/").content.decode()
    listed = client.get("/admin/catalog/productimage/?rendition_error__isempty=0").content.decode()
    assert "A jug without a file" in listed
    assert "Upload or import the picture again." in listed


def test_restored_file_clears_the_error() -> None:
    image = ImageFactory()
    data = image.file.read()
    Path(image.file.path).unlink()
    sweep_renditions()
    default_storage.save(image.file.name, ContentFile(data))
    assert sweep_files(timezone.now()).found_again == 1
    sweep_renditions()
    image.refresh_from_db()
    assert (image.rendition_widths, image.rendition_error) == ([64], "")


def test_lost_renditions_are_recreated() -> None:
    image = ImageFactory()
    make_renditions(image)
    name = image.rendition_name(64, "jpg")
    default_storage.delete(name)
    assert sweep_files(timezone.now()).without_renditions == 1
    sweep_renditions()
    assert default_storage.exists(name)
    image.refresh_from_db()
    assert image.rendition_widths == [64]


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_importing_the_row_again_restores_the_file(damage: str, tmp_path: Path) -> None:
    (tmp_path / "jug.png").write_bytes(picture(120, 90, "#246", "PNG"))
    feed = tmp_path / "feed.csv"
    feed.write_text("product,title,category,sku,price,stock,images\njug,Jug,Jugs,JUG,12.00,9,jug.png\n")
    call_command("import_catalog", feed, images=tmp_path)
    image = ProductImage.objects.get()
    path = Path(image.file.path)
    whole = path.read_bytes()
    path.unlink() if damage == "missing" else path.write_bytes(whole[:50])
    for _attempt in range(5):
        sweep_renditions()
        index.refresh([image.pk], serving.live())
    assert ImageEmbedding.objects.get().vector is None
    call_command("import_catalog", feed, images=tmp_path)
    assert path.read_bytes() == whole
    assert ProductImage.objects.get().pk == image.pk
    sweep_renditions()
    index.refresh([image.pk], serving.live())
    assert ProductImage.objects.get().rendition_widths == [120]
    assert ImageEmbedding.objects.get().vector is not None

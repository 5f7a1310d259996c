"""A full disk leaves whole files or none, is reported, and work continues once there is room."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.models import ProductImage
from catalog.pictures.checking import PictureRefused
from catalog.pictures.services import add_picture, make_renditions
from catalog.tasks import sweep_renditions
from shop.accounts.models import Customer
from tests.catalog.pictures.test_services import noise, saved
from tests.factories import ProductFactory
from tests.faults.disks import fill, small_disk
from visualsearch.networks import registry, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def disk(tmp_path: Path, settings: Any) -> Any:
    """Keep the pictures of the shop on a disk of two megabytes."""
    with small_disk(tmp_path / "disk", 2048) as folder:
        settings.MEDIA_ROOT = folder / "media"
        yield folder


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "ballast")


def test_a_full_disk_stores_no_partial_picture_and_the_next_attempt_succeeds(disk: Path) -> None:
    product, data = ProductFactory(), saved(noise(700, 700), "PNG")
    ballast = fill(disk, leave=len(data) // 2)
    with pytest.raises(PictureRefused, match="could not be stored: No space left on device") as refused:
        add_picture(product, data)
    assert refused.value.code == "image_not_stored"
    assert (files(disk), product.images.count()) == ([], 0)
    ballast.unlink()
    image = add_picture(product, data)
    assert image.file.size == len(image.file.read())


def test_storing_a_damaged_picture_again_repairs_it(disk: Path) -> None:
    data = saved(noise(), "PNG")
    first = add_picture(ProductFactory(), data)
    original = first.file.read()
    path = Path(first.file.path)
    for damaged in (original[: len(original) // 2], b"", bytes(len(original))):
        path.write_bytes(damaged)
        add_picture(ProductFactory(), data)
        assert path.read_bytes() == original


def test_renditions_are_made_once_the_disk_has_room(disk: Path) -> None:
    image = add_picture(ProductFactory(), saved(noise(700, 400), "JPEG"))
    ballast = fill(disk, leave=20_000)
    for _ in range(5):
        assert not make_renditions(image)
    image.refresh_from_db()
    assert (image.rendition_widths, image.rendition_attempts) == ([], 0)
    assert image.rendition_error == "The storage failed: No space left on device"
    ballast.unlink()
    sweep_renditions()
    image.refresh_from_db()
    assert (image.rendition_widths, image.rendition_error) == ([160, 320, 640], "")
    assert not [name for name in files(disk) if name.endswith(".part")]


def test_staff_see_the_error_next_to_the_field(disk: Path, client: Client, tmp_path: Path) -> None:
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    image = add_picture(ProductFactory(), saved(noise(), "JPEG"))
    fill(disk)
    (tmp_path / "other.png").write_bytes(saved(noise(700, 700), "PNG"))
    with (tmp_path / "other.png").open("rb") as upload:
        answer = client.post(
            f"/admin/catalog/productimage/{image.pk}/change/", {"file": upload, "alt": "", "position": 0}
        )
    assert answer.status_code == 200
    assert "could not be stored: No space left on device" in answer.content.decode()
    assert ProductImage.objects.get().sha256 == image.sha256


def test_an_import_names_the_failed_line_and_the_next_import_completes_it(disk: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "jug.png").write_bytes(saved(noise(700, 700), "PNG"))
    feed = tmp_path / "feed.csv"
    feed.write_text("product,title,category,sku,price,stock,images\njug,Jug,Jugs,JUG,12.00,9,jug.png\n")
    ballast, errors = fill(disk), StringIO()
    with pytest.raises(CommandError, match="1 problem"):
        call_command("import_catalog", feed, images=pictures, stdout=StringIO(), stderr=errors)
    assert "line 2" in errors.getvalue()
    assert "No space left on device" in errors.getvalue()
    ballast.unlink()
    call_command("import_catalog", feed, images=pictures, stdout=StringIO())
    assert ProductImage.objects.get().product.slug == "jug"


def test_an_export_to_a_full_disk_keeps_the_previous_file(tmp_path: Path) -> None:
    for number in range(40):
        ProductFactory(title=f"Jug {number}", description="It pours. " * 100)
    with small_disk(tmp_path / "disk", 64) as disk:
        (disk / "catalog.csv").write_text("old")
        fill(disk, leave=8192)
        with pytest.raises(CommandError, match=r"Cannot write .*: No space left on device"):
            call_command("export_catalog", disk / "catalog.csv")
        assert files(disk) == ["catalog.csv"]
        assert (disk / "catalog.csv").read_text() == "old"


def test_a_full_disk_leaves_no_partial_network(tmp_path: Path, settings: Any) -> None:
    network = serving.live()
    settings.VISUALSEARCH_NETWORK = str(tmp_path / "none.json")  # otherwise the bundled files are used
    with small_disk(tmp_path / "disk", 1024) as disk:
        settings.VISUALSEARCH_CACHE = disk
        with pytest.raises(OSError, match="No space left on device"):
            registry.local_card(network)
        assert files(disk) == []

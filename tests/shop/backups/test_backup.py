"""Backup and restore of a whole shop, and the refusal of invalid archives."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Product, ProductImage
from catalog.pictures.services import make_renditions
from shop import devdb
from tests.catalog.pictures.test_services import noise, saved
from tests.factories import ImageFactory, ProductFactory
from tests.faults.disks import fill, small_disk
from tests.races import race
from tests.shop.server.test_instance import start
from visualsearch import index
from visualsearch.networks import serving

pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = 4
INSPECT = """
import json, re, sys
import django
django.setup()
from django.test import Client
from catalog.models import ProductImage
from shop.accounts.models import Customer
from visualsearch.models import ImageEmbedding
client = Client(headers={"host": "localhost"})
shown = set()
for address in ("/", "/products/"):
    page = client.get(address, follow=True)
    assert page.status_code == 200, (address, page.status_code)
    shown |= {word.split()[0] for value in re.findall(r'(?:src|srcset)="([^"]*)"', page.content.decode())
              for word in value.split(",") if "/media/" in word}
found = client.post("/api/v1/search/photo/", {"photo": open(sys.argv[1], "rb")})
print(json.dumps({
    "pictures": {each: client.get(each).status_code for each in sorted(shown)},
    "found": [result["product"]["slug"] for result in found.json()["results"]][:1],
    "customers": list(Customer.objects.values_list("email", flat=True)),
    "embeddings": ImageEmbedding.objects.filter(vector__isnull=False).count(),
    "errors": list(ProductImage.objects.exclude(rendition_error="").values_list("rendition_error", flat=True)),
}))
"""


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> None:
    """Use a data folder other than the developer's."""
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir()


@pytest.fixture
def shop(settings: Any, tmp_path: Path, django_user_model: Any) -> list[ProductImage]:
    """Create a shop with four products, whose pictures have renditions and embeddings."""
    settings.MEDIA_ROOT = tmp_path / "media"
    django_user_model.objects.create_user("alice@example.com", "a long passphrase")
    images = []
    for number in range(PICTURES):
        data = saved(noise(200 + 40 * number, 160), "PNG" if number % 2 else "JPEG")
        image = ImageFactory(product=ProductFactory(title=f"Jug {number}"), data=data)
        make_renditions(image)
        images.append(image)
    network = serving.live()
    index.refresh([image.pk for image in images], network)
    return images


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of another, empty shop."""
    var = tmp_path / "clone"
    yield {**os.environ, "DATA_DIR": str(var), "MEDIA_ROOT": "", "DATABASE_URL": "", "DEBUG": "1",
           "DJANGO_SETTINGS_MODULE": "shop.settings"}  # fmt: skip
    place = devdb.locate(var)
    devdb.stop(place)
    shutil.rmtree(place.root, ignore_errors=True)


def back_up(file: Path) -> str:
    output = StringIO()
    call_command("backup", file, stdout=output, stderr=output)
    return output.getvalue()


def restore(file: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "restore", str(file)]
    return subprocess.run(
        command, env=environment, cwd=devdb.__file__.rsplit("/", 2)[0], capture_output=True, text=True
    )


def inspect_shop(photo: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-c", INSPECT, str(photo)]
    done = subprocess.run(
        command, env=environment, cwd=devdb.__file__.rsplit("/", 2)[0], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
def test_a_backup_restores_the_same_shop(shop: list[ProductImage], clone: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "shop.backup"
    assert "written and checked" in back_up(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = restore(file, clone)
    assert (done.returncode, "are restored" in done.stdout) == (0, True), done.stderr
    state = inspect_shop(Path(shop[2].file.path), clone)
    assert len(state["pictures"]) > PICTURES
    assert set(state["pictures"].values()) == {200}
    assert state["found"] == [shop[2].product.slug]
    assert state["customers"] == ["alice@example.com"]
    assert state["embeddings"] == PICTURES
    assert state["errors"] == []

    again = restore(file, clone)
    assert again.returncode == 1
    assert "This shop is not empty: it has products, pictures, customers" in again.stderr
    assert inspect_shop(Path(shop[2].file.path), clone) == state


def test_restoring_into_a_shop_with_data_is_refused(shop: list[ProductImage], tmp_path: Path) -> None:
    back_up(tmp_path / "shop.backup")
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", tmp_path / "shop.backup")
    assert Product.objects.count() == PICTURES


def test_restoring_into_a_running_shop_is_refused(shop: list[ProductImage], tmp_path: Path) -> None:
    back_up(tmp_path / "shop.backup")
    empty_shop()
    served, _supervisor, _children = start(tmp_path / "var")
    try:
        with pytest.raises(CommandError, match=r"The shop is already running at http://127\.0\.0\.1:8123/"):
            call_command("restore", tmp_path / "shop.backup")
    finally:
        served.kill()
        served.wait(30)
    assert not Product.objects.exists()


def test_missing_files_are_reported_and_the_rest_is_backed_up(shop: list[ProductImage], tmp_path: Path) -> None:
    Path(shop[0].file.path).unlink()
    Path(shop[1].file.path).write_bytes(b"damaged")
    output = back_up(tmp_path / "shop.backup")
    assert f"{shop[0].file.name} is missing or damaged" in output
    assert f"{shop[1].file.name} is missing or damaged" in output
    assert f"media/{shop[2].file.name}" in zipfile.ZipFile(tmp_path / "shop.backup").namelist()


def test_a_backup_is_a_consistent_snapshot(shop: list[ProductImage], tmp_path: Path) -> None:
    is_done = Event()

    def write(_number: int) -> None:
        back_up(tmp_path / "shop.backup")
        is_done.set()

    def trade(_number: int) -> None:
        while not is_done.is_set():
            image = ImageFactory()
            make_renditions(image)
            ProductImage.objects.order_by("pk")[0].delete()
            is_done.wait(0.02)

    answers = race(2, lambda number: [write, trade][number](number))
    assert answers == [None, None]
    with zipfile.ZipFile(tmp_path / "shop.backup") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["products"] >= PICTURES
    originals = [name for name in manifest["members"] if name.startswith("media/products/")]
    assert len(originals) == PICTURES, "as many as there were at every moment"


def test_a_full_disk_keeps_the_older_backup(shop: list[ProductImage], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4096) as disk:
        file = disk / "shop.backup"
        file.write_bytes(b"the one before")
        fill(disk, leave=100_000)
        with pytest.raises(CommandError, match=r"No space left on device\. An existing backup is unchanged"):
            back_up(file)
        assert file.read_bytes() == b"the one before"
        assert sorted(each.name for each in disk.iterdir()) == ["ballast", "shop.backup"]


def test_concurrent_backups_are_complete_or_refused(shop: list[ProductImage], tmp_path: Path) -> None:
    outputs = race(2, lambda number: back_up(tmp_path / str(number)))
    assert all("written and checked" in str(output) for output in outputs)


def rewritten(file: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """Rewrite the archive with changed members. Its manifest is updated unless `change` does so."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return file


def rename_picture(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        first = next(each for each in members if each.startswith("media/"))
        members[name] = members.pop(first)
        manifest["members"][name] = manifest["members"].pop(first)

    return change


def flip_a_byte(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    name = next(each for each in members if each.startswith("media/"))
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])


def remove_picture(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del members[next(each for each in members if each.startswith("media/"))]


def add_picture(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members[f"media/products/00/{'0' * 64}.jpg"] = b"not in the manifest"


def require_newer_version(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["migrations"].append("catalog.9999_hover_pictures")


def change_format(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["format"] = 99


def remove_database(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del members["database.dump"], manifest["members"]["database.dump"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (rename_picture("../../etc/cron.d/job"), "unexpected name"),
        (rename_picture("/etc/passwd"), "unexpected name"),
        (rename_picture("media/products/../../../job.jpg"), "unexpected name"),
        (rename_picture("media\\products\\job.jpg"), "unexpected name"),
        (rename_picture("media/products/ab/job.html"), "unexpected name"),
        (flip_a_byte, "is damaged"),
        (remove_picture, "do not match its manifest"),
        (add_picture, "wrong size"),
        (require_newer_version, "newer version"),
        (change_format, "another version"),
        (remove_database, "no database"),
    ],
)
def test_a_tampered_archive_is_refused(
    shop: list[ProductImage], tmp_path: Path, change: Callable[..., None], sentence: str
) -> None:
    back_up(tmp_path / "shop.backup")
    file = rewritten(tmp_path / "shop.backup", change)
    empty_shop()
    before = sorted((tmp_path / "media").rglob("*"))
    with pytest.raises(CommandError, match=sentence):
        call_command("restore", file)
    assert sorted((tmp_path / "media").rglob("*")) == before
    assert not Product.objects.exists()


def empty_shop() -> None:
    tables = ", ".join(f'"{name}"' for name in connection.introspection.django_table_names(only_existing=True))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def test_a_symlink_in_an_archive_is_refused(shop: list[ProductImage], tmp_path: Path) -> None:
    file = tmp_path / "shop.backup"
    back_up(file)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name.startswith("media/") else stat.S_IFREG) << 16
            archive.writestr(entry, data)
    empty_shop()
    with pytest.raises(CommandError, match="not a regular file"):
        call_command("restore", file)


@pytest.mark.parametrize("part", [0, 0.3, 0.99])
def test_a_truncated_backup_is_refused(shop: list[ProductImage], tmp_path: Path, part: float) -> None:
    file = tmp_path / "shop.backup"
    back_up(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(CommandError, match="not a complete backup"):
        call_command("restore", file)


def test_other_files_are_refused(tmp_path: Path) -> None:
    picture, archive = tmp_path / "jug.jpg", tmp_path / "other.zip"
    picture.write_bytes(saved(noise(), "JPEG"))
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("manifest.json", "[" * 100_000)
    for file in (picture, archive, tmp_path, tmp_path / "none"):
        with pytest.raises(CommandError, match=r"cannot be restored.*\."):
            call_command("restore", file)


def test_a_failed_restore_changes_nothing(shop: list[ProductImage], tmp_path: Path) -> None:
    back_up(tmp_path / "shop.backup")

    def cut(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members["database.dump"] = members["database.dump"][: len(members["database.dump"]) // 2]
        manifest["members"]["database.dump"] = entry_of(members["database.dump"])

    file = rewritten(tmp_path / "shop.backup", cut)
    empty_shop()
    with pytest.raises(CommandError, match="was not restored"):
        call_command("restore", file)
    assert not Product.objects.exists()
    assert Product._meta.db_table in connection.introspection.table_names()


def entry_of(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

"""Pictures by address: fetched by tasks, one by one, and again after failures."""

import struct
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.models import PictureSource, Product, ProductImage
from catalog.pictures import sources
from catalog.pictures.services import add_picture
from tests.conftest import picture
from tests.hostile import HostileServer, hostile_server

pytestmark = pytest.mark.django_db

HEADER = "product,title,category,sku,price,images,image_alts"
HOST = "127.0.0.1"


@pytest.fixture
def server(settings: Any) -> Iterator[HostileServer]:
    with hostile_server() as running:
        running.bomb = bomb()
        settings.FETCH_NETWORKS, settings.FETCH_PORTS = ["127.0.0.1/32"], [running.server_port]
        settings.FETCH_SECONDS, settings.FETCH_DELAY = 1, 0
        yield running


def bomb() -> bytes:
    """Return a PNG of a few bytes that claims 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def import_mug(folder: Path, *names: str, alts: str = "") -> Product:
    (folder / "feed.csv").write_text(f"{HEADER}\nmug,Mug,Mugs,M-1,8.00,{'|'.join(names)},{alts}\n")
    problems: list[Any] = []
    import_catalog(folder / "feed.csv", None, timezone.now(), lambda *said: problems.append(said))
    assert not problems
    return Product.objects.get(slug="mug")


def statuses() -> dict[str, str]:
    return {source.url.rpartition("/")[2]: source.status for source in PictureSource.objects.order_by("pk")}


def later(days: int = 0, minutes: int = 0) -> Any:
    return lambda: timezone.now() + timedelta(days=days, minutes=minutes)


def test_pictures_land_in_order_and_a_second_import_asks_nothing(tmp_path: Path, server: HostileServer) -> None:
    names = [f"{server.url}/good-{number}" for number in (1, 2, 3)]
    mug = import_mug(tmp_path, *names, alts="front|back")
    assert mug.images.count() == 0
    assert not sources.fetch_host(HOST, timezone.now)
    assert [(image.position, image.alt) for image in mug.images.all()] == [(0, "front"), (1, "back"), (2, "")]
    import_mug(tmp_path, *reversed(names))
    assert not sources.due_hosts(timezone.now())
    assert len(server.requests) == 3
    assert [image.position for image in mug.images.order_by("pk")] == [2, 1, 0]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("bomb-1", "more than"),
        ("html-1", "of the type text/html, not to a picture"),
        ("vector-1", "This file type is not supported"),
        ("empty-1", "The file is empty"),
        ("missing-1", "status 404"),
        ("round-1", "redirects more than"),
        ("private-1", "not allowed"),
        ("huge-1", "larger than"),
    ],
)
def test_a_failed_picture_is_named_and_the_product_is_there(
    tmp_path: Path, server: HostileServer, path: str, reason: str
) -> None:
    mug = import_mug(tmp_path, f"{server.url}/{path}", f"{server.url}/good-1")
    sources.fetch_host(HOST, timezone.now)
    assert statuses() == {path: "failed", "good-1": "fetched"}
    assert reason in PictureSource.objects.get(status="failed").reason
    assert mug.images.count() == 1


def test_temporary_failures_are_tried_again_later_and_later_but_not_for_ever(
    tmp_path: Path, server: HostileServer
) -> None:
    import_mug(tmp_path, f"{server.url}/busy-1")
    for days in range(sources.MAX_ATTEMPTS):
        assert statuses() == {"busy-1": "waiting"}
        sources.fetch_host(HOST, later(days))
        sources.fetch_host(HOST, later(days, minutes=5))  # the server asked for ten minutes
    assert statuses() == {"busy-1": "failed"}
    assert len(server.requests) == sources.MAX_ATTEMPTS
    sources.retry_sources(PictureSource.objects.all(), timezone.now())
    assert sources.due_hosts(timezone.now()) == [HOST]


def test_a_source_whose_process_was_killed_is_fetched_after_its_lease(tmp_path: Path, server: HostileServer) -> None:
    mug = import_mug(tmp_path, f"{server.url}/good-1")
    assert sources._claim(HOST, timezone.now()) is not None  # and the process is killed
    assert not sources.fetch_host(HOST, timezone.now)
    assert mug.images.count() == 0
    assert PictureSource.objects.get().reason == sources.KILLED
    sources.fetch_host(HOST, later(minutes=6))
    assert mug.images.count() == 1


def test_a_picture_that_kills_its_process_is_given_up(tmp_path: Path, server: HostileServer) -> None:
    import_mug(tmp_path, f"{server.url}/good-1")
    for days in range(sources.MAX_ATTEMPTS):
        assert sources._claim(HOST, later(days)()) is not None
    assert sources._claim(HOST, later(days=9)()) is None
    assert statuses() == {"good-1": "failed"}


def test_a_changed_picture_replaces_the_old_one_and_an_unchanged_one_is_not_sent(
    tmp_path: Path, server: HostileServer
) -> None:
    mug = import_mug(tmp_path, f"{server.url}/tagged-1", f"{server.url}/good-1")
    sources.fetch_host(HOST, timezone.now)
    before = list(mug.images.values_list("pk", flat=True))
    PictureSource.objects.update(fetched_at=later(days=-2)())
    ProductImage.objects.filter(position=1).update(sha256="0" * 64)  # as if the server had another picture now
    import_mug(tmp_path, f"{server.url}/tagged-1", f"{server.url}/good-1")
    sources.fetch_host(HOST, timezone.now)
    assert list(mug.images.values_list("pk", flat=True)) == before
    assert server.requests[-2][1]["If-None-Match"] == '"one"'
    assert not ProductImage.objects.filter(sha256="0" * 64).exists()


def test_addresses_that_left_the_feed_take_their_pictures_along(tmp_path: Path, server: HostileServer) -> None:
    mug = import_mug(tmp_path, f"{server.url}/good-1", f"{server.url}/good-2")
    sources.fetch_host(HOST, timezone.now)
    own = add_picture(mug, picture(colour="#123"))
    import_mug(tmp_path, f"{server.url}/good-2")
    assert statuses() == {"good-2": "fetched"}
    assert [image.pk == own.pk for image in mug.images.order_by("pk")] == [False, True]


def test_an_export_keeps_fetched_pictures(tmp_path: Path, server: HostileServer) -> None:
    mug = import_mug(tmp_path, f"{server.url}/good-1")
    sources.fetch_host(HOST, timezone.now)
    import_mug(tmp_path, str(mug.images.get().file.name))
    assert mug.images.count() == 1


def test_a_host_has_only_so_many_connections(tmp_path: Path, server: HostileServer, settings: Any) -> None:
    import_mug(tmp_path, f"{server.url}/good-1")
    settings.FETCH_PER_HOST = 0
    assert not sources.fetch_host(HOST, timezone.now)
    assert server.requests == []


def test_refused_addresses_are_listed_without_a_request(tmp_path: Path, server: HostileServer) -> None:
    import_mug(tmp_path, "http://169.254.169.254/meta", "http://user:word@127.0.0.1/x")
    assert set(statuses().values()) == {"failed"}
    assert not sources.due_hosts(timezone.now())


def test_staff_see_failed_pictures_and_fetch_them_again(
    tmp_path: Path, server: HostileServer, admin_client: Any
) -> None:
    import_mug(tmp_path, f"{server.url}/html-1")
    sources.fetch_host(HOST, timezone.now)
    page = admin_client.get("/admin/catalog/picturesource/?status__exact=failed").content.decode()
    assert "not to a picture" in page
    key = PictureSource.objects.get().pk
    admin_client.post("/admin/catalog/picturesource/", {"action": "retry", "_selected_action": key})
    assert statuses() == {"html-1": "waiting"}

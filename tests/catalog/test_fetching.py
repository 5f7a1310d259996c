"""Fetching by address: what is refused, what is given up, and what never happens."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.fetching import FetchFailed, Validators, check_url, fetch, is_allowed, resolve_name
from tests.hostile import HostileServer, hostile_server

LIMIT = 100_000


@pytest.fixture
def server(settings: Any) -> Iterator[HostileServer]:
    with hostile_server() as running:
        settings.FETCH_NETWORKS, settings.FETCH_PORTS, settings.FETCH_SECONDS = (
            ["127.0.0.1/32"],
            [running.server_port],
            1,
        )
        yield running


def failure(url: str, **options: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, LIMIT, **options)
    return caught.value


def test_a_picture_is_fetched_also_after_a_redirect(server: HostileServer) -> None:
    assert fetch(f"{server.url}/good-1.jpg", LIMIT).content_type == "image/jpeg"
    assert fetch(f"{server.url}/moved-1?a=ü b".replace(" ", "%20"), LIMIT).data.startswith(b"\xff\xd8")


def test_a_known_picture_is_not_sent_again(server: HostileServer) -> None:
    first = fetch(f"{server.url}/tagged-1", LIMIT)
    assert first.validators == Validators('"one"', "Sat, 01 Nov 2025 00:00:00 GMT")
    assert fetch(f"{server.url}/tagged-1", LIMIT, first.validators).is_unchanged
    assert server.requests[-1][1]["If-None-Match"] == '"one"'


@pytest.mark.parametrize(
    ("path", "reason", "is_temporary"),
    [
        ("drip-1", "took longer than 1 seconds", True),
        ("headers-1", "took longer than 1 seconds", True),
        ("silent-1", "took longer than 1 seconds", True),
        ("endless-1", "larger than", False),
        ("huge-1", "larger than", False),
        ("round-1", "redirects more than 5 times", False),
        ("file-1", "Only addresses that begin with http:// or https://", False),
        ("metadata-1", "port 80 is not allowed", False),
        ("missing-1", "status 404", False),
        ("busy-1", "status 503", True),
        ("short-1", "too early", True),
    ],
)
def test_bad_servers_are_given_up(server: HostileServer, path: str, reason: str, is_temporary: bool) -> None:
    started = time.monotonic()
    failed = failure(f"{server.url}/{path}")
    assert reason in str(failed)
    assert failed.is_temporary == is_temporary
    assert time.monotonic() - started < 20  # far above the limit of one second, far below hanging


def test_a_redirect_into_a_private_network_is_never_followed(server: HostileServer, settings: Any) -> None:
    with hostile_server("127.0.0.2") as victim:
        server.victim_port = victim.server_port
        settings.FETCH_PORTS = [server.server_port, victim.server_port, 80]
        assert "private network" in str(failure(f"{server.url}/private-1"))
        assert "private network" in str(failure(f"{server.url}/metadata-1"))
        assert victim.requests == []


def test_a_name_is_resolved_once_and_every_address_is_checked(server: HostileServer) -> None:
    asked: list[str] = []

    def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    url = f"http://shop.test:{server.server_port}/good-1"
    assert fetch(url, LIMIT, resolve=changing).data
    assert asked == ["shop.test"]
    assert server.requests[-1][1]["Host"] == f"shop.test:{server.server_port}"
    assert "private network" in str(failure(url, resolve=lambda *_: ["127.0.0.1", "10.0.0.1"]))
    assert "private network" in str(failure(url, resolve=lambda *_: []))


def test_a_dead_server_is_worth_another_try(server: HostileServer, settings: Any) -> None:
    settings.FETCH_PORTS = [1]
    assert failure("http://127.0.0.1:1/x").is_temporary


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
        "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:db8::1", "2001::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "017700000001", "localhost"])
def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    assert not all(is_allowed(each) for each in resolve_name(host, 80))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.test/a.jpg", "file:///etc/passwd", "gopher://shop.test/", "http:///a.jpg", "http://shop.test:22/a",
        "http://user:word@shop.test/a.jpg", "http://shop.test:99999/", "http://[::1", "http://shop.test/a b",
        "http://shop.test\\@127.0.0.1/", "http://shop.test/\n", "http://shop.test/" + "a" * 2_000, "//shop.test/a", "",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_before_a_name_is_resolved(url: str) -> None:
    with pytest.raises(FetchFailed):
        check_url(url)

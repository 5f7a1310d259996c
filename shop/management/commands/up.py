"""`manage.py up`, the whole shop by one command: database, tables, embeddings, web, worker, timetable."""

import errno
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from honcho.manager import Manager

from shop import devdb
from shop.accounts.models import Customer
from shop.management.commands.make_roles import make_roles
from shop.orders.starter import make_starting_charges
from shop.server.instance import AlreadyRunning, Instance, alone
from shop.server.leash import die_with_parent
from visualsearch.embedding.card import BadCard
from visualsearch.models import Network
from visualsearch.networks import backlog, hnsw, registry, serving

STAFF, PASSWORD = "admin@example.com", "semblance-demo"  # created where DEBUG is on, and printed
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "shop"]
WORKER = [*CELERY, "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle",
          "--without-heartbeat"]  # fmt: skip
PREPARATION_LOCK = 0x5E3B1A9E  # key of an advisory lock
PATIENCE = 60  # seconds until the web process must have answered
FULL = 20 * 2**20  # a disk with less room than this fails in ways that do not say so


class Command(BaseCommand):
    _instance: Instance | None = None
    _first_worker: "subprocess.Popen[bytes] | None" = None
    help = "Start everything the shop needs on this machine. Ctrl-C ends all of it but the database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", 8000)))

    def handle(self, *, port: int, **options: Any) -> None:
        """Prepare what is missing, then run until interrupted. Raises CommandError with what failed and what to do.

        It may be killed at any moment: the next start takes up what is missing.
        """
        os.environ["PORT"] = str(port)  # web and worker read it: mails lead to the port that is served
        try:
            with alone(settings.DATA_DIR, f"http://127.0.0.1:{port}") as self._instance:
                _check_port(port)
                self._prepare()
                self._run(port)
        except Exception as error:
            raise _explained(error) from error

    def _prepare(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            place = devdb.locate()
            if not place.cluster.exists():
                self.stdout.write(f"Making the database in {place.cluster} ...")
            devdb.start()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        try:
            with self._preparation_lock():
                call_command("migrate", verbosity=0)
                self._welcome_staff()
                make_roles()
                make_starting_charges()
                networks = self._register_networks()
                self.add_contents()
            if any(backlog.missing(network) for network in networks):
                self.start_worker()
                call_command("embed_images", wait=True, live=True)
        finally:
            if self._first_worker is not None:
                self._first_worker.terminate()
                self._first_worker.wait()

    def start_worker(self) -> None:
        """Start embedding pictures while the shop is prepared. Renditions wait until it serves."""
        if self._first_worker is None:
            self._first_worker = self._start([*WORKER, "--queues=default"])

    def add_contents(self) -> None:
        """Add products once the tables are ready. For subclasses, such as the demo's."""

    def background_command(self) -> list[str] | None:
        """Return a command to run once while the shop serves. For subclasses."""
        return None

    def greeting(self, address: str) -> dict[str, str]:
        """Return what to print once the shop answers, by its label."""
        lines = {"The shop": f"{address}/", "Photo search": f"{address}/search/photo/"}
        if settings.DEBUG and Customer.objects.filter(email=STAFF).exists():
            lines["Staff"] = f"{address}/admin/  ({STAFF}, {PASSWORD})"
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            lines["Mail"] = f"{settings.EMAIL_FILE_PATH}  (one file a mail; EMAIL_URL sends them instead)"
        return lines

    @contextmanager
    def _preparation_lock(self) -> Iterator[None]:
        """Prepare the database alone; wait where another machine prepares it already."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [PREPARATION_LOCK])
            if not cursor.fetchone()[0]:
                self.stdout.write("Another start prepares this database; waiting for it ...")
                cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARATION_LOCK])
        try:
            yield
        except BaseException:
            connection.close()  # and the lock with it, in whatever state the connection is
            raise
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARATION_LOCK])

    def _welcome_staff(self) -> None:
        if settings.DEBUG and not Customer.objects.filter(is_staff=True).exists():
            Customer.objects.create_superuser(STAFF, PASSWORD, name="Demo staff")

    def _register_networks(self) -> tuple[Network, ...]:
        """Register the network of the settings and return the live ones, which must be filled before the shop serves.

        Where another network is live, the registered one becomes a candidate, filled while the shop serves.
        """
        try:
            named, answering = registry.register_named(), serving.current().networks
        except BadCard as error:
            raise CommandError(str(error)) from error
        if named not in answering:
            self.stdout.write(f"{named.identity} fills beside {answering[0].identity}, which is live; "
                              "see `manage.py networks list`.")  # fmt: skip
        for network in answering:
            hnsw.build(network)
        return answering

    def _run(self, port: int) -> None:
        manager = Manager()
        web = [sys.executable, "-m", "gunicorn", "shop.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread",
               "--workers=2", "--threads=4", "--log-level=warning"]  # fmt: skip
        worker = [*WORKER, "--queues=default,pictures"]
        timetable = [*CELERY, "beat", "--loglevel=WARNING", f"--schedule={settings.DATA_DIR / 'timetable'}"]
        for name, command in {"web": web, "worker": worker, "timetable": timetable}.items():
            manager.add_process(name, f"exec {shlex.join(self._leashed(command))}", quiet=False)
        threading.Thread(target=self._greet, args=[f"http://127.0.0.1:{port}"], daemon=True).start()
        extra = self.background_command()
        background = self._start(extra) if extra else None
        os.register_at_fork(after_in_child=die_with_parent())  # honcho forks a process for each of ours
        manager.loop()
        if background is not None:  # the next start completes it
            background.terminate()
            background.wait()
        sys.exit(0 if manager.returncode in {0, 130} else manager.returncode)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start a process beside ours. Ctrl-C is for `up`, which ends it."""
        return subprocess.Popen(self._leashed(command), start_new_session=True)  # noqa: S603 -- our own command line

    def _leashed(self, command: list[str]) -> list[str]:
        return self._instance.leashed(command) if self._instance else command

    def _greet(self, address: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 -- our own address
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
                continue
            if self._instance:
                self._instance.say("runs")
            lines = "\n".join(f"{label + ':':15}{text}" for label, text in self.greeting(address).items())
            self.stdout.write(f"\n{lines}\n\nCtrl-C ends it; the database runs on until `make stop`.\n")
            return
        self.stderr.write(f"The shop has not answered at {address} within {PATIENCE} s. Is the port in use?")


def _check_port(port: int) -> None:
    """Raises CommandError where nobody can listen there."""
    try:
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(("127.0.0.1", port))
    except OverflowError as error:
        raise CommandError(f"There is no port {port}. Choose one from 1024 to 65535.") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}. Choose another.") from error
        raise CommandError(
            f"Port {port} is in use by another program. End that one, or choose another port: make run PORT={port + 1}"
        ) from error


def _explained(error: Exception) -> Exception:
    """The error as a sentence that says what to do, where there is one."""
    if _is_disk_full(error):
        free = shutil.disk_usage(_existing(settings.DATA_DIR)).free // 2**20
        return CommandError(
            f"The disk is full: {free} MB are free for {settings.DATA_DIR}. Make room, or set DATA_DIR to a folder on "
            "another disk, then start again: it goes on where it stopped."
        )
    if isinstance(error, AlreadyRunning | devdb.DatabaseError):
        return CommandError(str(error))
    if isinstance(error, OSError) and error.filename:
        return CommandError(f"{error.filename} cannot be used: {error.strerror}.")
    return error


def _is_disk_full(error: BaseException | None) -> bool:
    if shutil.disk_usage(_existing(settings.DATA_DIR)).free < FULL:
        return True
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())

"""`manage.py up`: start the database, prepare it, then serve with web, worker and scheduler processes."""

import os
import shlex
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from honcho.manager import Manager

from catalog.models import Product
from shop import devdb
from shop.accounts.models import Customer
from shop.management.commands.make_roles import make_roles
from shop.management.staff import PASSWORD, STAFF
from shop.orders.starter import make_starting_charges
from shop.pages.services import write_drafts
from shop.server.diagnosis import check_port, explain
from shop.server.instance import Instance, single_instance
from shop.server.supervisor import die_with_parent
from visualsearch.embedding.card import BadCard
from visualsearch.models import Network
from visualsearch.networks import backlog, hnsw, registry, serving, update

CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "shop"]
PREPARATION_LOCK = 0x5E3B1A9E  # key of an advisory lock
STARTUP_TIMEOUT = 60  # seconds until the first answer


def worker_command(queues: str, concurrency: int) -> list[str]:
    """Return the command of a worker for these queues, separated by commas."""
    return [*CELERY, "worker", "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
            f"--queues={queues}", f"--concurrency={concurrency}"]  # fmt: skip


class Command(BaseCommand):
    _instance: Instance
    _first_worker: "subprocess.Popen[bytes] | None" = None
    help = "Start everything the shop needs on this machine. Ctrl-C stops all of it except the database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port, and whether to start without the demo."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", 8000)))
        parser.add_argument("--empty", action="store_true", help="start a shop of your own, without the demo")

    def handle(self, *, port: int, **options: Any) -> None:
        """Prepare what is missing, then serve until interrupted. It may be killed at any moment and started again.

        Raises CommandError with what failed and what to do.
        """
        os.environ["PORT"] = str(port)  # the web and worker processes read it: links in emails contain it
        try:
            with single_instance(settings.DATA_DIR, f"http://127.0.0.1:{port}") as self._instance:
                check_port(port)
                self._prepare()
                self._run(port)
        except Exception as error:
            raise explain(error) from error

    def _prepare(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            place = devdb.locate()
            if not place.cluster.exists():
                self.stdout.write(f"Creating the database in {place.cluster} ...")
            devdb.start()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        try:
            with self._preparation_lock():
                call_command("migrate", verbosity=0)
                self._create_staff()
                make_roles()
                make_starting_charges()
                write_drafts()
                networks = self._register_networks()
                self.add_contents()
            if any(backlog.missing(network) for network in networks):
                self.start_worker()
                call_command("embed_images", wait=True, live=True)
        finally:
            if self._first_worker is not None:
                self._first_worker.terminate()  # it ends within seconds, while the shop starts

    def start_worker(self) -> None:
        """Start embedding pictures while the shop is prepared. Renditions wait until it serves."""
        if self._first_worker is None:
            self._first_worker = self._start(worker_command("embeddings", 2))

    def add_contents(self) -> None:
        """Add products once the tables are ready. For subclasses, such as the demo's."""

    def background_command(self) -> list[str] | None:
        """Return a command to run once while the shop serves. For subclasses."""
        return None

    def greeting(self, address: str) -> dict[str, str]:
        """Return the lines to print once the shop answers, by label."""
        lines = {"The shop": f"{address}/", "Photo search": f"{address}/search/photo/"}
        if settings.DEBUG and Customer.objects.filter(email=STAFF).exists():
            lines["Staff"] = f"{address}/admin/  ({STAFF}, {PASSWORD})"
        if not Product.objects.exists():
            lines["To open it"] = f"{address}/admin/opening/"
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            lines["Mail"] = f"{settings.EMAIL_FILE_PATH}  (one file per mail; set EMAIL_URL to send them)"
        return lines

    @contextmanager
    def _preparation_lock(self) -> Iterator[None]:
        """Let one start at a time prepare the database: several machines may share it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [PREPARATION_LOCK])
            if not cursor.fetchone()[0]:
                self.stdout.write("Another start is preparing this database; waiting for it ...")
                cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARATION_LOCK])
        try:
            yield
        except BaseException:
            connection.close()  # closing it releases the lock even after an error
            raise
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARATION_LOCK])

    def _create_staff(self) -> None:
        if settings.DEBUG and not Customer.objects.filter(is_staff=True).exists():
            Customer.objects.create_superuser(STAFF, PASSWORD, name="Owner")

    def _register_networks(self) -> list[Network]:
        """Register the network of the settings and return the live ones, which must be filled before the shop serves.

        Where another network is live, the registered one becomes a candidate, filled while the shop serves. Likewise
        the default network of a new version, which then goes live without a command (`networks.update`).
        """
        try:
            answering = serving.current().networks
            named = registry.register_named() if settings.VISUALSEARCH_NETWORK else None
            new_default = update.begin(timezone.now())
        except BadCard as error:
            raise CommandError(str(error)) from error
        if named and named not in answering:
            self.stdout.write(f"{named.identity} is filled as a candidate while {answering[0].identity} stays live; "
                              "see `manage.py networks list`.")  # fmt: skip
        if new_default:
            self.stdout.write(f"{new_default.new.identity} came with this version. {new_default.old.identity} answers "
                              "until the new network is filled and compared with it.")  # fmt: skip
        for network in answering:
            hnsw.build(network)
        return answering

    def _run(self, port: int) -> None:
        manager = Manager()
        web = [sys.executable, "-m", "gunicorn", "shop.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread",
               "--workers=2", "--threads=4", "--log-level=warning"]  # fmt: skip
        pictures = worker_command("embeddings,pictures", 2)
        scheduler = [*CELERY, "beat", "--loglevel=WARNING", f"--schedule={settings.DATA_DIR / 'schedule'}"]
        mail = worker_command("default", 1)  # mail and orders never wait for pictures
        for name, command in {"web": web, "worker": mail, "pictures": pictures, "scheduler": scheduler}.items():
            manager.add_process(name, f"exec {shlex.join(self._instance.supervised(command))}", quiet=False)
        threading.Thread(target=self._greet, args=[f"http://127.0.0.1:{port}"], daemon=True).start()
        extra = self.background_command()
        background = self._start(extra) if extra else None
        os.register_at_fork(after_in_child=die_with_parent())  # honcho forks a process for each command
        manager.loop()
        for process in (self._first_worker, background):  # the next start completes what is left
            if process is not None:
                process.terminate()
                process.wait()
        sys.exit(0 if manager.returncode in {0, 130} else manager.returncode)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start a process in a session of its own, so that Ctrl-C reaches only `up`."""
        return subprocess.Popen(self._instance.supervised(command), start_new_session=True)  # noqa: S603 -- our own command line

    def _greet(self, address: str) -> None:
        deadline = time.monotonic() + STARTUP_TIMEOUT
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 -- our own address
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
                continue
            self._instance.set_state("running")
            lines = "\n".join(f"{label + ':':15}{text}" for label, text in self.greeting(address).items())
            self.stdout.write(f"\n{lines}\n\nCtrl-C stops it; the database keeps running until `make stop`.\n")
            return
        self.stderr.write(f"The shop has not answered at {address} within {STARTUP_TIMEOUT} seconds.")

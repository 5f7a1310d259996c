"""Networks are swapped and rolled back during photo searches: no request fails, and no vectors are mixed.

The tests start a shop with web processes and a worker. Every answer over HTTP must have exactly the scores of the
network that it names, and every search after a swap must be answered by the new network.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psycopg
import pytest
import requests
from django.conf import settings
from pgvector.psycopg import register_vector

from shop import devdb
from shop.management.commands.up import worker_command
from tests.servers import free_port
from tests.visualsearch.other_networks import make_network
from tests.visualsearch.pictures import SHAPES, encoded, thing
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.networks.defaults import SHIPPED

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("swap")]

DEFAULT = json.loads(DEFAULT_CARD.read_text())["name"]
PRODUCTS = 24
CLIENTS = 3
EACH = 8  # answers that each phase waits for
LIMIT = 10
VECTORS = """
SELECT network.name, product.slug, e.vector FROM visualsearch_imageembedding AS e
JOIN visualsearch_network AS network ON network.id = e.network_id
JOIN catalog_productimage AS picture ON picture.id = e.image_id
JOIN catalog_product AS product ON product.id = picture.product_id
"""


@dataclass
class Answer:
    """The answer to a search; `phase` is the network live throughout the request, or empty."""

    photo: int
    status: int
    network: str = ""
    results: dict[str, float] = field(default_factory=dict)
    phase: str = ""


@dataclass
class Load:
    """Clients that search without a pause, each on its own connection."""

    address: str
    answers: list[Answer] = field(default_factory=list)
    phase: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, client: int) -> None:
        with requests.Session() as session:
            for number in range(client, 10**6, CLIENTS):
                if self.stopped.is_set():
                    return
                photo, before = number % PRODUCTS, self.phase
                sent = session.post(
                    f"{self.address}/api/v1/search/photo/",
                    files={"photo": article(photo, again=True)},
                    data={"limit": LIMIT},
                    timeout=60,
                )
                answer = Answer(photo, sent.status_code)
                if sent.status_code == 200:
                    body = sent.json()
                    answer.network = body["network"].split("@")[0]
                    answer.results = {each["product"]["slug"]: each["score"] for each in body["results"]}
                    answer.phase = before if before == self.phase else ""
                self.answers.append(answer)

    def wait_for_answers(self, phase: str) -> None:
        """Start a phase and wait until enough searches sent in it have been answered."""
        self.phase, deadline = phase, time.monotonic() + 120
        start = len(self.answers)
        while sum(each.phase == phase for each in self.answers[start:]) < EACH:
            assert time.monotonic() < deadline, self.answers[start:]
            time.sleep(0.1)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    var = tmp_path / "var"
    changed = {"DATA_DIR": str(var), "MEDIA_ROOT": str(tmp_path / "media"), "CELERY_BROKER_URL": "pgmq://localhost",
               "DATABASE_URL": "", "VISUALSEARCH_BATCH": "8", "VISUALSEARCH_THREADS": "1",
               "VISUALSEARCH_CACHE": ""}  # fmt: skip
    yield {**os.environ, **changed}
    place = devdb.locate(var)
    devdb.stop(place)
    shutil.rmtree(place.root, ignore_errors=True)


@pytest.fixture
def manage(environment: dict[str, str]) -> "Manage":
    return Manage(environment)


@dataclass
class Manage:
    environment: dict[str, str]

    def __call__(self, *arguments: object) -> str:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def address(environment: dict[str, str], manage: Manage, tmp_path: Path) -> Iterator[str]:
    """Start a shop with two web processes and a worker."""
    fill(manage, tmp_path)
    with serving_shop(environment) as address:
        yield address


def fill(manage: Manage, folder: Path) -> None:
    manage("migrate")
    manage("import_catalog", write_catalogue(folder), "--images", folder)
    manage("embed_images")


@contextmanager
def serving_shop(environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "shop.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread",
           "--workers=2", "--threads=4"]  # fmt: skip
    started = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)
        for command in (web, worker_command("embeddings", 2))
    ]
    try:
        deadline = time.monotonic() + 120
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)  # do not wait for tasks and requests
            process.wait()


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def article(number: int, *, again: bool = False) -> bytes:
    """Draw a shape in its own colour; with `again`, as a lighter photo of lower quality."""
    image = thing(SHAPES[number % len(SHAPES)], number * 255 // PRODUCTS, number, side=240)
    if again:
        return encoded(image.point(lambda value: value * 1.1), "JPEG", quality=60)
    return encoded(image, "JPEG")


def write_catalogue(folder: Path) -> Path:
    file = folder / "catalog.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["product", "title", "category", "status", "sku", "price", "stock", "images", "image_alts"])
        for number in range(PRODUCTS):
            (folder / f"{number}.jpg").write_bytes(article(number))
            row = [f"p{number}", f"Product {number}", "Things", "published", f"S-{number}", "1.00", "1"]
            writer.writerow([*row, f"{number}.jpg", "a shape"])
    return file


def exact_answers(cards: dict[str, Path], place: devdb.Place) -> dict[tuple[str, int], dict[str, float]]:
    """Return the score of every product for each network and photo, computed from the stored vectors."""
    stored: dict[str, dict[str, np.ndarray]] = {name: {} for name in cards}
    with psycopg.connect(devdb.conninfo(place)) as connection:
        register_vector(connection)
        for name, slug, vector in connection.execute(VECTORS):
            stored[name][slug] = vector.to_numpy().astype(np.float32)
    expected = {}
    for name, card in cards.items():
        looks = Embedder.load(card, threads=1).embed([article(photo, again=True) for photo in range(PRODUCTS)])
        for photo, look in enumerate(looks):
            expected[name, photo] = {slug: max(0.0, float(look @ vector)) for slug, vector in stored[name].items()}
    return expected


def is_answer(results: dict[str, float], expected: dict[str, float]) -> bool:
    """Return True if the scores agree and no better product is missing. Results end where likeness ends."""
    best = sorted(expected.values(), reverse=True)[: len(results)]
    return (
        bool(results)
        and np.allclose(sorted(results.values(), reverse=True), best, atol=2e-3)
        and all(abs(score - expected[slug]) < 2e-3 for slug, score in results.items())
    )


@contextmanager
def clients_of(load: Load) -> Iterator[None]:
    """Search until the block ends."""
    clients = [threading.Thread(target=load.run, args=[number]) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        load.stopped.set()
        for client in clients:
            client.join()


def test_swap_and_rollback_under_load(
    address: str, manage: Manage, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    cards = {DEFAULT: DEFAULT_CARD, "other": make_network(tmp_path / "other")}
    load, output = Load(address), ""
    with clients_of(load):
        load.wait_for_answers(f"{DEFAULT} 1")
        manage("networks", "add", cards["other"], "--patience", 300)  # the worker also makes renditions
        for phase, arguments in (
            ("other 1", ["activate", "other", "--force"]),
            (f"{DEFAULT} 2", ["rollback"]),
            ("other 2", ["activate", "other", "--force"]),
            (f"{DEFAULT} 3", ["rollback"]),
        ):
            load.phase = ""
            output += manage("networks", *arguments)
            load.wait_for_answers(phase)
    assert output.count("FORCED") == 2
    record_property("searches", len(load.answers))

    assert Counter(answer.status for answer in load.answers) == {200: len(load.answers)}
    expected = exact_answers(cards, devdb.locate(tmp_path / "var"))
    mixed = [each for each in load.answers if not is_answer(each.results, expected[each.network, each.photo])]
    assert not mixed
    # The networks must differ, or mixed vectors would go unnoticed.
    names = dict(zip(cards, reversed(cards), strict=True))
    assert not [each for each in load.answers if is_answer(each.results, expected[names[each.network], each.photo])]
    assert not [each for each in load.answers if each.phase and each.phase.split()[0] != each.network]


NEXT_STEP = "from visualsearch import tasks; tasks.sweep_embeddings.delay(); tasks.update_network.delay()"
PRETEND_SHIPPED = "UPDATE visualsearch_network SET sha256 = %s"


def test_an_updated_shop_swaps_to_its_new_default_under_load(
    environment: dict[str, str], manage: Manage, tmp_path: Path
) -> None:
    """The package no longer holds the former network: its files are only in the database."""
    cards = {DEFAULT: DEFAULT_CARD, "former": make_network(tmp_path / "former", 8, "former")}
    environment["VISUALSEARCH_NETWORK"] = str(cards["former"])
    fill(manage, tmp_path)
    place = devdb.locate(tmp_path / "var")
    with psycopg.connect(devdb.conninfo(place)) as connection:
        connection.execute(PRETEND_SHIPPED, [min(SHIPPED - {read_card(DEFAULT_CARD).weights_sha256})])
    environment["VISUALSEARCH_NETWORK"] = ""
    shutil.move(tmp_path / "former", tmp_path / "elsewhere")
    cards["former"] = tmp_path / "elsewhere" / "former.json"
    with serving_shop(environment) as address:
        load, deadline = Load(address), time.monotonic() + 240
        with clients_of(load):
            load.wait_for_answers("former")
            load.phase = ""
            while DEFAULT not in {each.network for each in load.answers}:
                assert time.monotonic() < deadline
                manage("shell", "-c", NEXT_STEP)
            load.wait_for_answers(DEFAULT)
    assert Counter(answer.status for answer in load.answers) == {200: len(load.answers)}
    expected = exact_answers(cards, place)
    assert not [each for each in load.answers if not is_answer(each.results, expected[each.network, each.photo])]
    assert not [each for each in load.answers if each.phase and each.phase != each.network]

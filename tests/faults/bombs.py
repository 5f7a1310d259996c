"""Decompression bombs: pictures with few bytes and many pixels, fifty at once against one web process.

python -m tests.faults.bombs [--at-once 50]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import requests
from PIL import Image

from tests.benchmarks.scratch import scratch_database

# isort: split
# The import above configures the settings that the imports below read.
from tests.catalog.pictures.test_decoding import lying_avif, webp
from tests.conftest import picture
from tests.servers import WebServer, database_url, web_server

AT_ONCE = 50
MAX_GROWTH = 400  # MB
PATH = "/api/v1/search/photo/"


def saved(mode: str, side: int, form: str, **options: Any) -> bytes:
    colour = 120 if mode in ("L", "P") else (120, 90, 60, 128)[: len(mode)]
    file = BytesIO()
    Image.new(mode, (side, side), colour).save(file, form, **options)
    return file.getvalue()


# Pictures that claim more pixels than the shop decodes, and the largest of each kind that it does decode.
BOMBS: dict[str, Callable[[], bytes]] = {
    "WebP of 40 bytes, 7070 x 7070": lambda: webp(7070, 7070),
    "WebP, 7070 x 7070": lambda: saved("RGB", 7070, "WEBP", lossless=True, quality=0, method=0),
    "PNG, 7000 x 7000": lambda: saved("L", 7000, "PNG"),
    "WebP, 4100 x 4100": lambda: saved("RGBA", 4100, "WEBP", lossless=True, quality=0, method=0),
    "PNG, 5000 x 5000": lambda: saved("RGBA", 5000, "PNG"),
    "GIF, 4500 x 4500": lambda: saved("P", 4500, "GIF"),
    "AVIF, 4000 x 4000": lambda: saved("RGB", 4000, "AVIF", speed=10),
    "AVIF, 12000 x 12000, header 64 x 64": lambda: lying_avif(12_000),
    "progressive JPEG, 7000 x 7000": lambda: saved("RGB", 7000, "JPEG", progressive=True, subsampling=0, quality=30),
    "JPEG, 7000 x 7000": lambda: saved("RGB", 7000, "JPEG", quality=30),
}


@dataclass
class Outcome:
    """Memory of the web process in MB, and responses by status."""

    before: int
    peak: int
    after: int
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def growth(self) -> int:
        return self.peak - self.before


def bombard(web: WebServer, bombs: list[bytes], at_once: int = AT_ONCE) -> Outcome:
    """Send `at_once` pictures in parallel, taking the kinds in turn. A small photo loads the network first."""
    assert _send(web, picture(300, 200)) == 200
    before = web.memory()
    photos = [bombs[number % len(bombs)] for number in range(at_once)]
    with ThreadPoolExecutor(at_once) as senders:
        statuses = Counter(senders.map(lambda bomb: _send(web, bomb), photos))
    assert _send(web, picture(300, 200)) == 200
    return Outcome(before, web.memory("VmHWM"), web.memory(), statuses)


def _send(web: WebServer, data: bytes) -> int:
    response = requests.post(web.url + PATH, files={"photo": data}, timeout=120)
    assert {"code", "detail"} <= set(response.json()) or response.status_code == 200, response.text
    assert (response.status_code == 503) == ("Retry-After" in response.headers)
    return response.status_code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    options = parser.parse_args()
    made = {name: make() for name, make in BOMBS.items()}
    with scratch_database("bombs_semblance"):
        for name, bombs in [*((name, [bomb]) for name, bomb in made.items()), ("all of them", list(made.values()))]:
            with web_server(DATABASE_URL=database_url()) as web:
                outcome = bombard(web, bombs, options.at_once)
            statuses = ", ".join(f"{count} x {status}" for status, count in sorted(outcome.statuses.items()))
            sys.stdout.write(f"{name:38} {outcome.before:4} MB, peak +{outcome.growth:3}, afterwards "
                             f"+{outcome.after - outcome.before:3}; {statuses}\n")  # fmt: skip


if __name__ == "__main__":
    main()

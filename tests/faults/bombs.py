"""Pictures that are small to send and large to decode, fifty at the same time, against one real web process.

python -m tests.faults.bombs [--at-once 50]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO

import requests
from PIL import Image

from tests.benchmarks.scratch import scratch_database

# isort: split
# What is above prepares the settings that all below read.
from tests.catalog.pictures.test_decoding import lying_avif, webp
from tests.conftest import picture
from tests.faults.web import Web, serving

AT_ONCE = 50
MOST_GROWN = 400  # MB
ADDRESS = "/api/v1/search/photo/"


def saved(mode: str, side: int, form: str, **options: object) -> bytes:
    file = BytesIO()
    Image.new(mode, (side, side), 120 if mode in ("L", "P") else (120, 90, 60, 128)[: len(mode)]).save(
        file, form, **options
    )
    return file.getvalue()


# Those that declare more than is decoded, and the largest of each kind that is.
BOMBS: dict[str, Callable[[], bytes]] = {
    "WebP of 40 bytes, 7070 x 7070": lambda: webp(7070, 7070),
    "WebP, 7070 x 7070": lambda: saved("RGB", 7070, "WEBP", lossless=True, quality=0, method=0),
    "PNG, 7000 x 7000": lambda: saved("L", 7000, "PNG"),
    "WebP, 4100 x 4100": lambda: saved("RGBA", 4100, "WEBP", lossless=True, quality=0, method=0),
    "PNG, 5000 x 5000": lambda: saved("RGBA", 5000, "PNG"),
    "GIF, 4500 x 4500": lambda: saved("P", 4500, "GIF"),
    "AVIF, 4000 x 4000": lambda: saved("RGB", 4000, "AVIF", speed=10),
    "AVIF that says 64 x 64, 12000 x 12000": lambda: lying_avif(12_000),
    "progressive JPEG, 7000 x 7000": lambda: saved("RGB", 7000, "JPEG", progressive=True, subsampling=0, quality=30),
    "JPEG, 7000 x 7000": lambda: saved("RGB", 7000, "JPEG", quality=30),
}


@dataclass
class Measured:
    """What became of the pictures, by status, and of the memory of the process, in MB."""

    before: int
    most: int
    after: int
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def grown(self) -> int:
        return self.most - self.before


def bombard(web: Web, bombs: list[bytes], at_once: int = AT_ONCE) -> Measured:
    """Send so many at the same time, each kind in turn, after one small photo that has the network loaded."""
    assert _send(web, picture(300, 200)) == 200
    before = web.resident()
    chosen = [bombs[number % len(bombs)] for number in range(at_once)]
    with ThreadPoolExecutor(at_once) as senders:
        answers = Counter(senders.map(lambda bomb: _send(web, bomb), chosen))
    assert _send(web, picture(300, 200)) == 200
    return Measured(before, web.resident("VmHWM"), web.resident(), answers)


def _send(web: Web, data: bytes) -> int:
    answer = requests.post(web.address + ADDRESS, files={"photo": data}, timeout=120)
    assert {"code", "detail"} <= set(answer.json()) or answer.status_code == 200, answer.text
    assert (answer.status_code == 503) == ("Retry-After" in answer.headers)
    return answer.status_code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    options = parser.parse_args()
    made = {name: make() for name, make in BOMBS.items()}
    with scratch_database("bombs_semblance"):
        for name, bombs in [*((name, [bomb]) for name, bomb in made.items()), ("all of them", list(made.values()))]:
            with serving() as web:
                found = bombard(web, bombs, options.at_once)
            answers = ", ".join(f"{count} x {status}" for status, count in sorted(found.answers.items()))
            sys.stdout.write(f"{name:38} {found.before:4} MB, at most +{found.grown:3}, afterwards "
                             f"+{found.after - found.before:3}; {answers}\n")  # fmt: skip


if __name__ == "__main__":
    main()

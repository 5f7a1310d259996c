"""Time from choosing a photo to results on the screen, in a real browser against a running shop.

THROTTLE_PHOTO=1000/min make run, then
python -m tests.benchmarks.bench_browser [http://127.0.0.1:8000] [--photos 30] [--megapixels 12] [--private]

With --private, photos stay in the browser; the first search, which downloads the network, has its own row.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from PIL import Image
from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
PHOTOS = Path(__file__).parents[2] / "demo" / "photos"
LOADED = """() => {
    const pictures = [...document.querySelectorAll("#results img")].filter(
        (each) => each.getBoundingClientRect().top < innerHeight);
    return pictures.length > 0 && pictures.every((each) => each.complete && each.naturalWidth > 0);
}"""
KEEP_PHOTOS_HERE = "localStorage.setItem('photo-stays-here', 'yes')"
SERVER = """() => {
    const { requestStart, responseStart } = performance.getEntriesByType("navigation")[0];
    return responseStart - requestStart;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--photos", type=int, default=30)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--private", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=options.address)
        if options.private:
            page.add_init_script(KEEP_PHOTOS_HERE)
        files = [enlarge(path, Path(folder), options.megapixels) for path in sorted(PHOTOS.glob("*.jpg"))]
        times = [measure(page, files[number % len(files)]) for number in range(options.photos + 1)]
        browser.close()
    whole, server = (sorted(column) for column in zip(*times[1:], strict=True))
    lines = ["| from choosing a photo | p50 ms | p95 ms |", "|---|---|---|"]
    if options.private:
        lines.append(f"| first search, with an empty cache | {times[0][0]:.0f} | |")
    for title, column in (("to results on the screen", whole), ("waiting for the server", server)):
        lines.append(f"| {title} | {median(column):.0f} | {column[int(0.95 * (len(column) - 1))]:.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")


def enlarge(path: Path, folder: Path, megapixels: float) -> Path:
    """Enlarge the photo to the size of a phone photo."""
    with Image.open(path) as photo:
        scale = (megapixels * 1e6 / (photo.width * photo.height)) ** 0.5
        large = photo.resize((round(photo.width * scale), round(photo.height * scale)))
        large.save(folder / path.name, quality=90)
    return folder / path.name


def measure(page: Page, photo: Path) -> tuple[float, float]:
    """Return the milliseconds until the results in view have loaded, and the part spent waiting for the server."""
    page.goto("/search/photo/", wait_until="load")
    started = perf_counter()
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.wait_for_selector("#results .card")
    page.wait_for_function(LOADED, polling=10)
    return 1000 * (perf_counter() - started), float(page.evaluate(SERVER))


if __name__ == "__main__":
    main()

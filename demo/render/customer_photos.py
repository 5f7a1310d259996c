"""Render the customer photos and write truth.csv. Existing photos are skipped.

python -m demo.render.customer_photos [--samples 10] [--scale 1.0] [--out demo/photos] [number ...]

truth.csv lists the products in each photo of the folder. A photo with two products has a row for each, with its
region: left, top, width and height as fractions of the picture.
"""

import argparse
import csv
import tempfile
import time
from functools import cache
from pathlib import Path

from PIL import Image

from demo.render import studio
from demo.render.bad_camera import spoil
from demo.render.catalogue import BY_SLUG
from demo.render.photo import Photo
from demo.render.photo_plan import PHOTOS, photo_name
from demo.render.photo_scene import regions, set_up

MAX_BYTES = 95_000  # of one photo; without a limit, noise makes a few very large


def save(picture: Image.Image, target: Path, quality: int) -> None:
    """Write the JPEG, at a lower quality if it is too large."""
    studio.save_jpeg(picture, target, quality)
    while target.stat().st_size > MAX_BYTES and quality > 40:
        quality -= 4
        studio.save_jpeg(picture, target, quality)


def render_photo(photo: Photo, index: int, target: Path, scale: float, samples: int, scratch: Path) -> None:
    """Render one photo. A scale below 1 saves time and gives the softness of a cheap lens."""
    set_up(photo, index, scale, samples)
    size = photo.size[::-1] if photo.upright else photo.size
    picture = studio.shoot(target, scratch).resize(size, Image.Resampling.LANCZOS)
    save(spoil(picture, photo.effects), target, photo.quality)


@cache
def _rows(index: int) -> list[tuple[str, str, str, str]]:
    """Return the rows of truth.csv for one photo: photo, product, region, notes."""
    photo, name = PHOTOS[index], photo_name(index)
    if not photo.sold:
        return [(name, "", "", photo.notes)]
    if photo.second is None:
        return [(name, photo.subject, "", photo.notes)]
    slugs = (photo.subject, photo.second.subject)
    written = [",".join(f"{share:.3f}" for share in region) for region in regions(photo)]
    return [(name, slug, region, photo.notes) for slug, region in zip(slugs, written, strict=True)]


def write_truth(folder: Path) -> None:
    """Write truth.csv for the photos in the folder."""
    rows = [row for index in range(len(PHOTOS)) if (folder / photo_name(index)).exists() for row in _rows(index)]
    part = folder / "truth.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["photo", "product", "region", "notes"])
        writer.writerows(rows)
    part.replace(folder / "truth.csv")


def missing_products(photo: Photo) -> list[str]:
    """Return the products of a photo that are not in the catalogue."""
    subjects = [photo.subject] if photo.sold else []
    subjects += [photo.second.subject] if photo.second else []
    return [slug for slug in subjects if slug not in BY_SLUG]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("demo/photos"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_truth(options.out)
    refused: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for index, photo in enumerate(PHOTOS):
            target = options.out / photo_name(index)
            if target.exists() or (options.numbers and index + 1 not in options.numbers):
                continue
            if missing_products(photo):
                refused.append(f"{target.name}: the catalogue has no {' and no '.join(missing_products(photo))}")
                continue
            started = time.monotonic()
            render_photo(photo, index, target, options.scale, options.samples, Path(scratch))
            write_truth(options.out)
            print(f"{target.name}: {time.monotonic() - started:.1f} s", flush=True)
    if refused:
        raise SystemExit("\n".join(["Not rendered:", *refused]))


if __name__ == "__main__":
    main()

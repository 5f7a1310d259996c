"""Render the two catalogue pictures of every product. Existing pictures of the same size are skipped.

python -m demo.render.catalogue_views [--size 640] [--samples 5] [--out demo/images] [slug ...]
"""

import argparse
import tempfile
import time
from pathlib import Path

from PIL import Image

from demo.render import studio
from demo.render.catalogue import BY_SLUG, DESIGNS
from demo.render.design import Design
from demo.render.families import VIEWS, build
from demo.render.geometry import world_points


def width_of(path: Path) -> int:
    """Return the width of the picture, or 0 if it does not exist."""
    if not path.exists():
        return 0
    with Image.open(path) as picture:
        return picture.width


def missing_first(designs: list[Design], out: Path) -> list[Design]:
    """Sort designs without pictures before those with pictures of another size."""
    return sorted(designs, key=lambda design: design.is_pictured(out))


def render_product(design: Design, out: Path, size: int, samples: int, scratch: Path) -> None:
    """Build the product once and photograph it from both sides."""
    missing = [
        (view, name)
        for view, name in zip(VIEWS[design.family], design.pictures, strict=True)
        if width_of(out / name) != size
    ]
    if not missing:
        return
    studio.fresh_scene(size, size, samples)
    points = world_points(build(design.family, design.params, design.finishes))
    studio.set_up(points)
    for (azimuth, elevation), name in missing:
        started = time.monotonic()
        studio.aim(points, azimuth, elevation)
        studio.save_jpeg(studio.shoot(out / name, scratch), out / name)
        print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slugs", nargs="*")
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("demo/images"))
    options = parser.parse_args()
    chosen = [BY_SLUG[slug] for slug in options.slugs] or DESIGNS
    with tempfile.TemporaryDirectory() as scratch:
        for design in missing_first(chosen, options.out):
            render_product(design, options.out, options.size, options.samples, Path(scratch))


if __name__ == "__main__":
    main()

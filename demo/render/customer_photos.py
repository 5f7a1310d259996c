"""Render the customer photos and write truth.csv; photos that exist are left alone.

python -m demo.render.customer_photos [--samples 10] [--scale 1.0] [--out demo/photos] [number ...]
"""

import argparse
import csv
import math
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from demo.render import studio
from demo.render.bad_camera import spoil
from demo.render.catalogue import BY_SLUG
from demo.render.families import build
from demo.render.geometry import join_under, world_points
from demo.render.photo import Photo
from demo.render.photo_plan import PHOTOS, photo_name
from demo.render.rooms import LIGHTS, ROOMS
from demo.render.strangers import STRANGERS
from demo.render.surroundings import THINGS, flowers, leaves, soil


def _subject(photo: Photo) -> np.ndarray:
    """Build the subject, turn it, put its lowest point on the surface; returns its points."""
    if photo.sold:
        design = BY_SLUG[photo.subject]
        parts = build(design.family, design.params, design.finishes)
    else:
        parts = STRANGERS[photo.subject]()
    holder = join_under("subject", parts)
    holder.rotation_euler[2] = math.radians(photo.turn)
    points = world_points(parts)
    holder.location.z = -float(points[:, 2].min())
    return world_points(parts)


def _fill(filling: tuple[str, float, float], seed: int) -> None:
    kind, height, tall = filling
    if kind == "flowers":
        flowers(height, tall, 0.7, seed)
    else:
        soil(height - 0.15, 0.74)
        leaves(0, 0, height - 0.1, tall, seed)


def _point_camera(photo: Photo, points: np.ndarray) -> None:
    azimuth, elevation = photo.view
    camera = studio.aim(points, azimuth, elevation, margin=photo.margin, lens=34, roll=photo.roll)
    camera.data.shift_x, camera.data.shift_y = photo.shift
    centre = points.mean(axis=0)
    camera.data.dof.use_dof = True
    camera.data.dof.focus_distance = float(np.linalg.norm(np.array(camera.location) - centre))
    camera.data.dof.aperture_fstop = 0.45


def render_photo(photo: Photo, index: int, target: Path, scale: float, samples: int, scratch: Path) -> None:
    """Take one photo; a scale below 1 saves time and gives the softness of a cheap lens."""
    width, height = (480, 640) if photo.upright else (640, 480)
    scene = studio.fresh_scene(round(width * scale), round(height * scale), samples)
    points = _subject(photo)
    if photo.filling:
        _fill(photo.filling, index)
    LIGHTS[photo.light]()
    ROOMS[photo.room[0]](*photo.room[1:])
    for name, x, y in photo.around:
        THINGS[name](x, y, index)
    if photo.light == "dim":
        scene.view_settings.exposure = 0.1
    _point_camera(photo, points)
    bpy.context.view_layer.update()
    picture = studio.shoot(target, scratch).resize((width, height), Image.Resampling.LANCZOS)
    studio.save_jpeg(spoil(picture, photo.effects), target, photo.quality)


def write_truth(folder: Path) -> None:
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["photo", "product", "notes"])
        for index, photo in enumerate(PHOTOS):
            writer.writerow([photo_name(index), photo.subject if photo.sold else "", photo.notes])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("demo/photos"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_truth(options.out)
    with tempfile.TemporaryDirectory() as scratch:
        for index, photo in enumerate(PHOTOS):
            target = options.out / photo_name(index)
            if target.exists() or (options.numbers and index + 1 not in options.numbers):
                continue
            started = time.monotonic()
            render_photo(photo, index, target, options.scale, options.samples, Path(scratch))
            print(f"{target.name}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()

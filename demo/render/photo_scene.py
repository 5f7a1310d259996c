"""Build the scene of a customer photo, aim the camera and compute the region of each product."""

import math

import bpy
import numpy as np

from demo.render import studio
from demo.render.catalogue import BY_SLUG
from demo.render.clutter import Circle, scatter
from demo.render.distractors import DISTRACTORS
from demo.render.families import build
from demo.render.geometry import join_under, world_points
from demo.render.lights import MORE_LIGHTS
from demo.render.photo import Photo, Second
from demo.render.places import FREE, PLACES, row_of_books
from demo.render.rooms import LIGHTS, ROOMS
from demo.render.surroundings import THINGS, flowers, leaves, soil
from demo.render.vessels import Objects

Region = tuple[float, float, float, float]
AIR = 0.015  # around a product's region, as a share of the picture


def _parts(subject: str, sold: bool) -> Objects:
    if not sold:
        return DISTRACTORS[subject]()
    design = BY_SLUG[subject]
    return build(design.family, design.params, design.finishes)


def _stand(parts: Objects, turn: float, laid: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> bpy.types.Object:
    """Rotate the objects and put their lowest point on the surface."""
    inner = join_under("laid", parts)
    inner.rotation_euler = tuple(math.radians(angle) for angle in laid)
    holder = join_under("subject", [inner])
    holder.rotation_euler[2] = math.radians(turn)
    holder.location.z = -float(world_points(parts)[:, 2].min())
    return holder


def _put(photo: Photo) -> Objects:
    """Build and place the subject. Return its parts."""
    parts = _parts(photo.subject, photo.sold)
    holder = _stand(parts, photo.turn, photo.laid)
    holder.location.z += photo.raised
    if photo.against is not None:
        holder.location.y = photo.against - float(world_points(parts)[:, 1].max())
    return parts


def _place_second(second: Second, first: np.ndarray) -> np.ndarray:
    """Build the second product beside the first. Return its points."""
    parts = _parts(second.subject, sold=True)
    holder = _stand(parts, second.turn)
    points = world_points(parts)
    if second.side > 0:
        holder.location.x = float(first[:, 0].max() - points[:, 0].min()) + second.gap
    elif second.side < 0:
        holder.location.x = float(first[:, 0].min() - points[:, 0].max()) - second.gap
    else:
        holder.location.x = second.gap
    holder.location.y += second.back
    holder.location.z += second.lift
    return world_points(parts)


def _fill(filling: tuple[str, float, float], seed: int) -> None:
    kind, height, tall = filling
    if kind == "flowers":
        flowers(height, tall, 0.7, seed)
    elif kind == "books":
        row_of_books(-height, height - 0.5, 0.0, 0.0, np.random.default_rng(seed), tall)
    else:
        soil(height - 0.15, 0.74)
        leaves(0, 0, height - 0.1, tall, seed)


def _serve(name: str, height: float, size: float) -> None:
    parts = DISTRACTORS[name]()
    holder = _stand(parts, 25.0)
    holder.scale = (size, size, size)
    holder.location.z = height - float(world_points(parts)[:, 2].min() - holder.location.z)


def _circle(points: np.ndarray) -> Circle:
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low[:2] + high[:2]) / 2
    return float(x), float(y), float(max(high[:2] - low[:2])) / 2


def _point_camera(photo: Photo, points: np.ndarray) -> bpy.types.Object:
    azimuth, elevation = photo.view
    camera = studio.aim(points, azimuth, elevation, margin=photo.margin, lens=photo.lens, roll=photo.roll)
    camera.data.shift_x, camera.data.shift_y = photo.shift
    centre = points.mean(axis=0)
    camera.data.dof.use_dof = True
    camera.data.dof.focus_distance = float(np.linalg.norm(np.array(camera.location) - centre))
    camera.data.dof.aperture_fstop = 0.45
    return camera


def _resolution(photo: Photo) -> tuple[int, int]:
    long, short = photo.size
    return (short, long) if photo.upright else (long, short)


def _region(points: np.ndarray, camera: bpy.types.Object, width: int, height: int) -> Region:
    """Return the bounding box of the points in the picture: left, top, width, height as fractions."""
    matrix = camera.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=width, y=height)
    through = np.array(matrix) @ np.array(camera.matrix_world.inverted())
    projected = np.column_stack([points, np.ones(len(points))]) @ through.T
    x, y = projected[:, 0] / projected[:, 3] / 2 + 0.5, 0.5 - projected[:, 1] / projected[:, 3] / 2
    left, right = (round(float(np.clip(v, 0, 1)), 3) for v in (x.min() - AIR, x.max() + AIR))
    top, bottom = (round(float(np.clip(v, 0, 1)), 3) for v in (y.min() - AIR, y.max() + AIR))
    return left, top, right - left, bottom - top


def products(photo: Photo) -> tuple[list[np.ndarray], bpy.types.Object]:
    """Place the products and the camera. Return the points of each product, and the camera."""
    points = [world_points(_put(photo))]
    if photo.second is not None:
        points.append(_place_second(photo.second, points[0]))
    return points, _point_camera(photo, np.concatenate(points))


def regions(photo: Photo) -> list[Region]:
    """Return the region of each product without rendering."""
    width, height = _resolution(photo)
    studio.fresh_scene(width, height, 1)
    points, camera = products(photo)
    bpy.context.view_layer.update()
    return [_region(each, camera, width, height) for each in points]


def set_up(photo: Photo, index: int, scale: float, samples: int) -> None:
    """Set up the scene of one photo for rendering."""
    width, height = _resolution(photo)
    scene = studio.fresh_scene(round(width * scale), round(height * scale), samples)
    points, _ = products(photo)
    if photo.filling:
        _fill(photo.filling, index)
    if photo.served:
        _serve(*photo.served)
    (LIGHTS.get(photo.light) or MORE_LIGHTS[photo.light])()
    name, tone, wall = photo.room
    if name in ROOMS:
        ROOMS[name](tone, wall)
    else:
        PLACES[name](tone, wall, index)
    for thing, x, y in photo.around:
        THINGS[thing](x, y, index)
    if photo.clutter:
        scatter(photo.clutter, [_circle(each) for each in points], FREE.get(name, (-9, 9, -4, 5)), index)
    if photo.light == "dim":
        scene.view_settings.exposure = 0.1
    scene.view_settings.exposure += photo.stops
    bpy.context.view_layer.update()

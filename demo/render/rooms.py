"""Places for customer photos (table, counter, shelf, floor, bed) and their light."""

import math
from collections.abc import Callable

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Vec, box, finish_mesh, grid_mesh, pillow
from demo.render.materials import make
from demo.render.studio import area_light, world_light


def _slab(name: str, size: Vec, finish: Finish, at: Vec) -> bpy.types.Object:
    return box(name, size, make(finish), at=at, bevel=0.05)


def _wall(distance: float, finish: Finish, skirting: bool = False) -> None:
    _slab("wall", (90, 0.4, 40), finish, (0, distance, -9))
    if skirting:
        _slab("skirting", (90, 0.3, 1.1), Finish("enamel", "white"), (0, distance - 0.3, 0))


def _frame(x: float, y: float, z: float, width: float, height: float, colour: str) -> None:
    """Hang a framed sheet of paper on the wall."""
    _slab("frame", (width, 0.25, height), Finish("wood", "ebony"), (x, y, z))
    _slab("sheet", (width - 0.5, 0.1, height - 0.5), Finish("matte", "ivory"), (x, y - 0.12, z + 0.25))
    _slab(
        "print",
        (width - 1.6, 0.05, height - 1.8),
        Finish("matte", colour, "cream", ("dip", 0.4, 0.3)),
        (x, y - 0.18, z + 0.9),
    )


def table(tone: str, wall: str) -> None:
    """Build a wooden table with a wall far behind it."""
    _slab("table", (18, 12, 0.4), Finish("wood", tone, grain="x"), (0, 2.0, -0.4))
    _wall(15, Finish("matte", wall))
    _frame(-5, 14.7, 3, 5, 7, "teal")
    _slab("chair", (4.5, 0.4, 5), Finish("wood", "walnut"), (6.5, 9.5, -2.5))


def counter(tone: str, wall: str) -> None:
    """Build a kitchen counter in front of a tiled wall."""
    stone = Finish("marble", "white", "grey") if tone == "marble" else Finish("wood", tone, grain="x")
    _slab("counter", (40, 8, 0.4), stone, (0, 0.8, -0.4))
    _slab("tiles", (48, 0.4, 24), Finish("glaze", wall, "stone", ("lines", 32.0, 24.0, 0.035)), (0, 5.2, -2))
    _slab("socket", (0.9, 0.1, 0.9), Finish("enamel", "white"), (-5.5, 4.95, 2.2))


def shelf(tone: str, wall: str) -> None:
    """Build a shelf in front of a wall, with another shelf above."""
    _slab("board", (26, 3.6, 0.3), Finish("wood", tone, grain="x"), (0, 0.3, -0.3))
    _slab("upper", (26, 3.6, 0.3), Finish("wood", tone, grain="x"), (0, 0.3, 5.6))
    _slab("lower", (26, 3.6, 0.3), Finish("wood", tone, grain="x"), (0, 0.3, -6))
    _wall(2.4, Finish("matte", wall))


def floor(tone: str, wall: str) -> None:
    """Build floorboards, optionally with a rug, and a wall with a skirting board."""
    boards = Finish("wood", "oak" if tone == "rug" else tone, "chocolate", ("lines", 30.0, 4.0, 0.012), grain="y")
    _slab("floor", (60, 44, 0.3), boards, (0, -4, -0.4 if tone == "rug" else -0.3))
    if tone == "rug":
        rug = Finish("cloth", "oatmeal", "rust", ("lines", 10.0, 7.0, 0.1), rough=150.0)
        _slab("rug", (19, 13, 0.1), rug, (0, 0, -0.1))
    _wall(11, Finish("matte", wall), skirting=True)


def bed(tone: str, wall: str) -> None:
    """Build a bed with a rumpled cover, a pillow and the wall behind it."""
    x, y = np.meshgrid(np.linspace(-13, 13, 220), np.linspace(-9, 9, 160))
    rng = np.random.default_rng(5)
    height = np.zeros_like(x)
    for _ in range(26):
        fx, fy = rng.normal(0, 0.8, 2)
        height += np.abs(np.sin(fx * x + fy * y + rng.uniform(0, 6.3))) ** 3 * rng.uniform(0.02, 0.13)
    away = np.clip((np.hypot(x, y) - 2.2) / 3.5, 0, 1)
    rings = np.stack([x, y, (height - 0.15) * away - 0.03], axis=2)
    cover = grid_mesh("cover", rings, np.linspace(0, 1, 160), closed=False)
    finish_mesh(cover, "cover", [make(Finish("cloth", tone, rough=260.0))], 180)
    pillow("bolster", 6.5, 4.4, 1.9, make(Finish("cloth", "white")), seed=9)
    for obj in bpy.context.scene.objects:
        if obj.name.startswith("bolster"):
            obj.rotation_euler = (math.radians(-35), 0, math.radians(8))
            obj.location = (3.6, 6.2, 2.0)
    _wall(9.5, Finish("matte", wall))


ROOMS: dict[str, Callable[[str, str], None]] = {
    "table": table,
    "counter": counter,
    "shelf": shelf,
    "floor": floor,
    "bed": bed,
}


def _window(power: float, side: float, colour: Vec) -> None:
    area_light((15 * side, -4, 11), (0, 0, 1.0), (9, 12), power, colour)


def light_window() -> None:
    world_light((1.0, 0.96, 0.9), 0.28)
    _window(3600, -1, (0.84, 0.92, 1.0))


def light_right() -> None:
    world_light((0.95, 0.97, 1.0), 0.35)
    _window(3000, 1, (1.0, 0.97, 0.92))


def light_lamp() -> None:
    world_light((0.5, 0.6, 1.0), 0.07)
    lamp = bpy.data.lights.new("lamp", "POINT")
    lamp.energy, lamp.color, lamp.shadow_soft_size = 3600, (1.0, 0.6, 0.28), 0.8
    obj = bpy.data.objects.new("lamp", lamp)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = (5.5, -2.5, 7.5)


def light_dim() -> None:
    world_light((0.7, 0.8, 1.0), 0.1)
    _window(1100, 1, (0.72, 0.84, 1.0))


def light_bright() -> None:
    world_light((1.0, 0.99, 0.96), 0.9)
    _window(3600, -1, (1.0, 0.98, 0.94))
    bpy.context.scene.view_settings.exposure = 1.0


def light_sun() -> None:
    world_light((0.75, 0.87, 1.0), 0.35)
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.color, sun.angle = 3.6, (1.0, 0.86, 0.66), 0.02
    obj = bpy.data.objects.new("sun", sun)
    bpy.context.scene.collection.objects.link(obj)
    obj.rotation_euler = (math.radians(48), math.radians(-12), math.radians(-48))


def light_ceiling() -> None:
    world_light((1.0, 0.93, 0.8), 0.15)
    area_light((1, -1, 17), (0, 0, 0), (5, 5), 3600, (1.0, 0.86, 0.62))


def light_flash() -> None:
    world_light((0.9, 0.8, 0.7), 0.05)
    lamp = bpy.data.lights.new("flash", "POINT")
    lamp.energy, lamp.shadow_soft_size = 1500, 0.15
    obj = bpy.data.objects.new("flash", lamp)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = (0.6, -8, 4.5)


LIGHTS: dict[str, Callable[[], None]] = {
    "window": light_window,
    "right": light_right,
    "lamp": light_lamp,
    "dim": light_dim,
    "bright": light_bright,
    "sun": light_sun,
    "ceiling": light_ceiling,
    "flash": light_flash,
}

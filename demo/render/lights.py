"""More lighting for customer photos: sun through a window, dusk, tubes, outdoor shade, backlight."""

import math
from collections.abc import Callable

import bpy

from demo.render.geometry import Vec, box
from demo.render.studio import area_light, plain_material, world_light


def _sun(power: float, colour: Vec, tilt: float, side: float, blur: float = 0.015) -> None:
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.color, sun.angle = power, colour, blur
    obj = bpy.data.objects.new("sun", sun)
    bpy.context.scene.collection.objects.link(obj)
    obj.rotation_euler = (math.radians(tilt), 0, math.radians(side))


def _bulb(at: Vec, power: float, colour: Vec, size: float = 0.6) -> None:
    lamp = bpy.data.lights.new("bulb", "POINT")
    lamp.energy, lamp.color, lamp.shadow_soft_size = power, colour, size
    obj = bpy.data.objects.new("bulb", lamp)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = at


def _exposure(stops: float) -> None:
    bpy.context.scene.view_settings.exposure = stops


def sun_patch() -> None:
    """Light the scene with low sun through the bars of a window: bright patches, the rest in shade."""
    world_light((0.85, 0.92, 1.0), 0.3)
    _sun(5.0, (1.0, 0.83, 0.6), 58, -52)
    dark = plain_material("bars", (0.05, 0.05, 0.05))
    for x in (-14.6, -9.4, -4.2):
        bar = box("bar", (0.7, 0.3, 30), dark, at=(x, -9, 0), bevel=0.0)
        bar.visible_camera = False
    for z in (4.0, 9.5):
        bar = box("bar", (40, 0.3, 0.7), dark, at=(-8, -9, z), bevel=0.0)
        bar.visible_camera = False


def noon() -> None:
    world_light((0.55, 0.75, 1.0), 0.75)
    _sun(4.6, (1.0, 0.96, 0.88), 34, 38)
    _exposure(-0.1)


def evening() -> None:
    """Light the scene with the last sun, nearly level and orange."""
    world_light((0.62, 0.68, 0.95), 0.4)
    _sun(3.6, (1.0, 0.62, 0.3), 72, -60, 0.03)


def overcast() -> None:
    world_light((0.82, 0.9, 1.0), 1.25)
    _sun(0.5, (1, 1, 1), 20, 10, 0.9)
    _exposure(-0.1)


def shade_light() -> None:
    """Light the scene as in the shadow of a house under a blue sky."""
    world_light((0.62, 0.78, 1.0), 0.9)
    _exposure(0.0)


def dusk() -> None:
    world_light((0.4, 0.5, 0.95), 0.22)
    _bulb((-7, -5, 9), 1800, (1.0, 0.66, 0.36), 1.0)
    _exposure(0.3)


def tubes() -> None:
    """Light the scene with cold fluorescent tubes: flat and slightly green."""
    world_light((0.9, 1.0, 0.95), 0.35)
    for x in (-7, 7):
        area_light((x, 0, 16), (x, 0, 0), (1.2, 14), 1700, (0.9, 1.0, 0.9))


def behind() -> None:
    """Put a bright window behind the subject, which gives a rim of light and a dim front."""
    world_light((0.85, 0.92, 1.0), 0.3)
    area_light((2, 9, 9), (0, 0, 1.5), (16, 10), 4200, (0.92, 0.96, 1.0))
    area_light((-6, -12, 9), (0, 0, 1), (9, 9), 700, (1.0, 0.93, 0.85))
    _exposure(0.35)


def two_lamps() -> None:
    """Add a warm lamp on one side and cold daylight on the other."""
    world_light((0.6, 0.75, 1.0), 0.12)
    _bulb((6.5, -3.0, 8.0), 2600, (1.0, 0.64, 0.34), 0.9)
    area_light((-16, -2, 8), (0, 0, 1), (7, 9), 1300, (0.65, 0.8, 1.0))


def spots() -> None:
    """Add small halogen lamps above, which cast several hard shadows."""
    world_light((1.0, 0.9, 0.75), 0.14)
    for x, y in ((-6, -4), (5, -6), (1, 4)):
        _bulb((x, y, 12), 1500, (1.0, 0.84, 0.62), 0.2)


def screen() -> None:
    """Light a late evening scene with only a screen and a street lamp."""
    world_light((0.35, 0.5, 1.0), 0.1)
    area_light((-8, 1, 5), (0, 0, 1), (5, 4), 900, (0.6, 0.78, 1.0))
    _bulb((7, -6, 8), 600, (1.0, 0.7, 0.4), 1.0)
    _exposure(0.5)


def soft() -> None:
    """Light the scene with a large window nearby and white walls all around."""
    world_light((1.0, 0.98, 0.95), 0.5)
    area_light((-12, -7, 10), (0, 0, 1.0), (12, 12), 2900, (0.97, 0.98, 1.0))


def low_flash() -> None:
    """Light a dark room with the phone's flash, right beside the lens."""
    world_light((1.0, 0.75, 0.5), 0.06)
    _bulb((-0.5, -9, 6.0), 1700, (0.95, 0.98, 1.0), 0.12)


MORE_LIGHTS: dict[str, Callable[[], None]] = {
    "sun patch": sun_patch,
    "noon": noon,
    "evening sun": evening,
    "overcast": overcast,
    "shade": shade_light,
    "dusk": dusk,
    "tubes": tubes,
    "backlight": behind,
    "lamp and daylight": two_lamps,
    "spots": spots,
    "late": screen,
    "soft": soft,
    "phone flash": low_flash,
}

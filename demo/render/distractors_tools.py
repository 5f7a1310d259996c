"""Distractors: tools and gear."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import box, join_under
from demo.render.materials import make
from demo.render.solids import ring, rod, slab, tube, turned
from demo.render.surfaces import glow
from demo.render.vessels import Objects


def bicycle_wheel() -> Objects:
    """Build a bicycle wheel that leans back a little, as if against a wall."""
    rubber, steel = make(Finish("matte", "black")), make(Finish("metal", "steel", rough=0.15))
    parts = [ring(3.2, 0.17, rubber), ring(3.0, 0.08, steel)]
    parts.append(
        turned(
            [(0, -0.45), (0.16, -0.45), (0.16, -0.4), (0.1, -0.35), (0.1, 0.35), (0.16, 0.4), (0.16, 0.45), (0, 0.45)],
            steel,
        )
    )
    for k in range(28):
        a, b = 2 * math.pi * k / 28, 2 * math.pi * k / 28 + (0.5 if k % 4 < 2 else -0.5)
        side = 0.36 if k % 2 else -0.36
        parts.append(
            rod(
                (0.13 * math.cos(b), 0.13 * math.sin(b), side),
                (2.98 * math.cos(a), 2.98 * math.sin(a), 0),
                0.018,
                steel,
            )
        )
    holder = join_under("wheel", parts)
    holder.rotation_euler = (math.radians(78), 0, 0)
    return [holder, *parts]


def screwdriver() -> Objects:
    steel, grip = (
        make(Finish("metal", "steel", rough=0.15)),
        make(Finish("enamel", "#d98a1c", "black", ("stripes", 6.0, 0.5))),
    )
    handle = [(0, -1.3), (0.2, -1.28), (0.24, -1.1), (0.2, -0.5), (0.24, -0.2), (0.13, 0.05), (0, 0.06)]
    parts = [
        turned(handle, grip, (0, 0, 0.24), (0, 90, 0)),
        rod((0.0, 0, 0.24), (1.5, 0, 0.24), 0.065, steel),
        box("tip", (0.3, 0.2, 0.05), steel, at=(1.6, 0, 0.215), bevel=0.01),
    ]
    holder = join_under("driver", parts)
    holder.rotation_euler[1] = math.radians(4)
    return [holder, *parts]


def spanner() -> Objects:
    steel = make(Finish("metal", "steel", rough=0.25))

    def jaw(x: float, r: float, flip: float) -> list[tuple[float, float]]:
        turn = np.linspace(math.radians(32), math.radians(328), 30)
        outer = [(x + flip * r * math.cos(a), r * math.sin(a)) for a in turn]
        return [
            *outer,
            (x + flip * r * 0.1, -r * 0.42),
            (x - flip * r * 0.25, -r * 0.42),
            (x - flip * r * 0.25, r * 0.42),
            (x + flip * r * 0.1, r * 0.42),
        ]

    return [
        box("shaft", (3.2, 0.32, 0.14), steel, at=(0, 0, 0.02), bevel=0.05),
        slab(jaw(1.75, 0.48, 1), 0.18, steel),
        slab(jaw(-1.75, 0.4, -1), 0.18, steel),
    ]


def saw() -> Objects:
    steel, wood = make(Finish("metal", "steel", rough=0.3)), make(Finish("wood", "beech", grain="x"))
    teeth = []
    for k in range(60):
        x = -2.6 + k * 0.07
        teeth += [(x, -0.55 + 0.002 * k), (x + 0.035, -0.64 + 0.002 * k)]
    blade = slab([*teeth, (1.7, 0.62), (-2.6, -0.1)], 0.04, steel, (0, 0, 0.16), soft=0.0)
    outer = [
        (2.2 + 0.95 * math.cos(a), 0.1 + 0.85 * math.copysign(abs(math.sin(a)) ** 0.8, math.sin(a)), 0.18)
        for a in np.linspace(0, 2 * math.pi, 50, False)
    ]
    parts = [blade, tube(outer[::2], 0.24, wood, closed=True, section=(0.7, 1.0))]
    parts += [
        turned([(0, 0), (0.09, 0), (0.09, 0.05), (0, 0.06)], make(Finish("metal", "brass")), (1.45, y, 0.3))
        for y in (-0.2, 0.3)
    ]
    return parts


def paint_roller() -> Objects:
    fleece, wire, grip = (
        make(Finish("cloth", "cream", "sky", ("fade", 0.1, 0.5), rough=30.0)),
        make(Finish("metal", "steel")),
        make(Finish("enamel", "red")),
    )
    roll = turned(
        [(0, -1.0), (0.34, -1.0), (0.38, -0.95), (0.38, 0.95), (0.34, 1.0), (0, 1.0)], fleece, (0, 0, 0.38), (0, 90, 0)
    )
    path = [
        (1.0, 0, 0.38),
        (1.3, 0, 0.38),
        (1.35, -0.5, 0.4),
        (0.7, -0.9, 0.35),
        (0.0, -1.0, 0.3),
        (0, -1.5, 0.28),
        (0, -1.8, 0.27),
    ]
    handle = rod((0, -1.7, 0.26), (0, -3.1, 0.2), [0.12, 0.2, 0.15, 0.17], grip)
    return [roll, tube(path, 0.055, wire), handle]


def trowel() -> Objects:
    steel, wood = make(Finish("metal", "steel", rough=0.35)), make(Finish("wood", "ash", grain="x"))
    blade = tube(
        [(0.2, 0, 0.12), (0.9, 0, 0.16), (1.7, 0, 0.12), (2.2, 0, 0.05)],
        [0.28, 0.42, 0.44, 0.4, 0.05],
        steel,
        section=(0.14, 1.0),
    )
    neck = tube([(0.35, 0, 0.14), (0.0, 0, 0.35), (-0.5, 0, 0.38)], 0.08, steel)
    return [blade, neck, rod((-0.4, 0, 0.38), (-1.9, 0, 0.24), [0.14, 0.19, 0.17, 0.2], wood)]


def umbrella() -> Objects:
    """Build an open umbrella lying on its rim."""
    cloth, steel = (
        make(Finish("enamel", "red", "navy", ("stripes", 4.0, 0.5), rough=0.6)),
        make(Finish("metal", "steel")),
    )
    points = [(0.0, 2.1), (0.7, 2.0), (2.0, 1.5), (3.3, 0.5), (3.8, -0.15)]
    canopy = turned(points, cloth, segments=8)
    canopy.data.set_sharp_from_angle(angle=0.3)
    parts = [canopy, rod((0, 0, 2.4), (0, 0, -4.2), 0.07, steel)]
    hook = [(0, 0, -4.0), (0, 0, -4.6), (0.25, 0, -4.95), (0.6, 0, -4.8), (0.65, 0, -4.4)]
    parts.append(tube(hook, 0.14, make(Finish("wood", "walnut")), up=(0, 1, 0)))
    for k in range(8):
        a = 2 * math.pi * k / 8
        parts.append(rod((0.05, 0, 0.9), (2.2 * math.cos(a), 2.2 * math.sin(a), 1.33), 0.02, steel))
    holder = join_under("umbrella", parts)
    holder.rotation_euler = (math.radians(62), 0, 0)
    return [holder, *parts]


def scissors() -> Objects:
    steel, red = make(Finish("metal", "steel", rough=0.15)), make(Finish("enamel", "#d9681c"))
    parts: Objects = []
    for side in (-1, 1):
        blade = slab([(-0.1, -0.12), (0.3, -0.16), (1.9, 0.0), (0.2, 0.12)], 0.05, steel, soft=0.012)
        loop = [
            (-0.95 + 0.42 * math.cos(a), -0.42 + 0.3 * math.sin(a), 0.06)
            for a in np.linspace(0, 2 * math.pi, 40, False)
        ]
        half = [
            blade,
            tube(loop[::2], 0.085, red, closed=True),
            tube([(0.0, 0, 0.05), (-0.35, -0.12, 0.06), (-0.62, -0.3, 0.06)], 0.1, red),
        ]
        holder = join_under("half", half)
        holder.scale.y, holder.location.z, holder.rotation_euler[2] = side, 0.04 * (side + 1), side * 0.2
        parts += [holder, *half]
    return [*parts, turned([(0, 0), (0.1, 0), (0.1, 0.16), (0, 0.18)], steel)]


def padlock() -> Objects:
    body, steel = make(Finish("metal", "brass", rough=0.25)), make(Finish("metal", "steel", rough=0.1))
    arc = [(0.32 * math.cos(a), 0, 1.25 + 0.42 * math.sin(a)) for a in np.linspace(0, math.pi, 24)]
    parts = [
        box("body", (1.1, 0.5, 0.95), body, bevel=0.1),
        tube([(0.32, 0, 0.8), *arc[::3], (-0.32, 0, 0.8)], 0.1, steel, up=(0, 1, 0)),
    ]
    parts.append(
        turned(
            [(0, 0), (0.16, 0), (0.16, 0.03), (0, 0.03)], make(Finish("matte", "black")), (0, -0.24, 0.4), (90, 0, 0)
        )
    )
    holder = join_under("padlock", parts)
    holder.rotation_euler[0] = math.radians(-82)
    return [holder, *parts]


def light_bulb() -> Objects:
    glass, steel = make(Finish("glass", "clear")), make(Finish("metal", "steel", rough=0.25))
    bulb = [(0.14, 0.0), (0.15, 0.1), (0.2, 0.3), (0.36, 0.65), (0.36, 0.95), (0.2, 1.2), (0, 1.25)]
    screw = [
        (0, -0.45),
        (0.08, -0.42),
        *[(0.15 + 0.012 * (-1) ** k, -0.4 + 0.045 * k) for k in range(9)],
        (0.15, 0.02),
        (0, 0.03),
    ]
    coil = [
        (0.12 * math.cos(t), 0.03 * math.sin(8 * t), 0.72 + 0.03 * math.cos(8 * t))
        for t in np.linspace(0, math.pi, 60)
    ]
    parts = [turned(bulb, glass), turned(screw, steel), tube(coil, 0.008, glow("#ffb060", 3.0), sides=6)]
    parts += [rod((0.1 * s, 0, 0.0), (0.12 * s, 0, 0.72), 0.008, steel) for s in (-1, 1)]
    holder = join_under("bulb", parts)
    holder.rotation_euler[0] = math.radians(75)
    return [holder, *parts]


def traffic_cone() -> Objects:
    paint = make(Finish("enamel", "#d9541c", "white", ("bands", 2.0, 0.62), rough=0.5))
    return [
        box("foot", (3.0, 3.0, 0.2), make(Finish("matte", "charcoal")), bevel=0.1),
        turned([(1.1, 0.18), (1.05, 0.25), (0.28, 4.4), (0.22, 4.45), (0, 4.45)], paint),
    ]


TOOLS: dict[str, Callable[[], Objects]] = {
    "bicycle wheel": bicycle_wheel,
    "screwdriver": screwdriver,
    "spanner": spanner,
    "saw": saw,
    "paint roller": paint_roller,
    "trowel": trowel,
    "umbrella": umbrella,
    "scissors": scissors,
    "padlock": padlock,
    "light bulb": light_bulb,
    "traffic cone": traffic_cone,
}

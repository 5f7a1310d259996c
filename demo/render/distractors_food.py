"""Distractors: food."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import box, join_under
from demo.render.materials import make
from demo.render.solids import ball, lump, slab, tube, turned
from demo.render.vessels import Objects


def bananas() -> Objects:
    parts = []
    for k in range(4):
        a = (k - 1.5) * 0.24
        path = []
        for t in np.linspace(-1.0, 1.0, 9):
            out, along = 0.75 * math.cos(t * 1.15), 0.95 * math.sin(t * 1.15)
            path.append((out * math.cos(a), out * math.sin(a) + 0.3 * a, 0.95 + along - 0.2 * abs(a)))
        skin = make(Finish("matte", "lemon", "#7a5a22", ("speckles", 5.0, 0.14, 0.3)))
        parts.append(tube(path, [0.07, 0.17, 0.2, 0.2, 0.19, 0.13, 0.06], skin, section=(1.0, 1.0), up=(0, 1, 0.1)))
    crown = tube(
        [(0.25, 0, 1.75), (0.2, 0, 1.95), (0.1, 0, 2.15)],
        [0.16, 0.12, 0.1],
        make(Finish("matte", "#6b5a2a")),
        up=(0, 1, 0),
    )
    holder = join_under("bunch", [*parts, crown])
    holder.rotation_euler[1] = math.radians(68)
    return [holder, *parts, crown]


def bread() -> Objects:
    """Build a round-topped loaf with two slices in front of it."""
    crust, crumb = (
        make(Finish("terracotta", "#a9682f", "#d8a663", ("fade", 0.1, 0.9))),
        make(Finish("terracotta", "#ecd9ae")),
    )

    def outline(w: float) -> list[tuple[float, float]]:
        dome = [(w * math.cos(a) * 1.06, 0.75 + 0.5 * math.sin(a)) for a in np.linspace(-0.2, math.pi + 0.2, 24)]
        return [(w * 0.92, 0.0), *dome, (-w * 0.92, 0.0)]

    parts = []
    for at, thick, lean in ((0.0, 2.0, 0.0), (-0.45, 0.16, 12.0), (-0.85, 0.16, 24.0)):
        for stuff, grow in ((crust, 1.0), (crumb, 0.93)):
            piece = slab(
                [(x * grow, y * grow + 0.03) for x, y in outline(0.62)],
                thick + (0.02 if grow < 1 else 0),
                stuff,
                soft=0.02,
            )
            piece.rotation_euler = (math.radians(90 - lean), 0, 0)
            piece.location = (0, at + thick + (0.01 if grow < 1 else 0.0) - (2.0 if at == 0 else 0) + 1.9, 0)
            parts.append(piece)
    return parts


def cheese() -> Objects:
    """Build a wedge of cheese with holes in its sides."""
    paste, rind = make(Finish("matte", "#e8b93d")), make(Finish("matte", "#c96a2a"))
    arc = [(1.9 * math.cos(a), 1.9 * math.sin(a)) for a in np.linspace(-0.33, 0.33, 14)]
    wedge = slab([(0.0, 0.0), *arc], 0.95, paste)
    crust = slab(
        [*[(x * 1.02, y * 1.0) for x, y in arc], *[(x * 0.98, y) for x, y in arc[::-1]]], 0.96, rind, soft=0.0
    )
    shade = make(Finish("matte", "#b98a22"))
    holes = []
    for t, z, r in ((0.5, 0.6, 0.13), (0.75, 0.3, 0.1), (1.1, 0.55, 0.17), (1.45, 0.3, 0.13), (0.95, 0.2, 0.07)):
        way = (math.cos(-0.33), math.sin(-0.33))
        holes.append(ball(r, shade, (t * way[0], t * way[1], z), (0.9, 0.3, 0.9)))
        holes[-1].rotation_euler[2] = -0.33
    for x, y, r in ((1.3, 0.1, 0.15), (0.9, -0.1, 0.1), (1.6, -0.2, 0.12)):
        holes.append(ball(r, shade, (x, y, 0.95), (1, 1, 0.12)))
    return [wedge, crust, *holes]


def pineapple() -> Objects:
    skin = make(Finish("terracotta", "#b3802a", "#6a4a16", ("lines", 13.0, 11.0, 0.16)))

    def body(turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
        bumps = 1 + 0.05 * np.abs(np.sin(6.5 * turn + 9 * rise) * np.sin(6.5 * turn - 9 * rise))
        radius = 0.62 * np.cos(rise) ** 0.75 * bumps
        return np.stack([radius * np.cos(turn), radius * np.sin(turn), 0.95 + 0.95 * np.sin(rise)], axis=2)

    parts = [lump(body, skin, rings=90, points=160)]
    leaf = make(Finish("enamel", "leaf", rough=0.5))
    for k in range(22):
        a, out = k * 2.4, 0.15 + 0.035 * k
        tip = (out * 1.25 * math.cos(a), out * 1.25 * math.sin(a), 3.4 - 0.045 * k)
        path = [
            (0.12 * math.cos(a), 0.12 * math.sin(a), 1.8),
            (out * 0.75 * math.cos(a), out * 0.75 * math.sin(a), 2.5),
            tip,
        ]
        parts.append(
            tube(path, [0.15, 0.13, 0.02], leaf, section=(1.0, 0.2), up=(-math.sin(a), math.cos(a), 0), sides=10)
        )
    return parts


def watermelon() -> Objects:
    """Build a slice of watermelon lying on its rind."""
    parts = []
    layers = ((1.5, "#2f6b34", 0.5), (1.42, "#e9efc9", 0.51), (1.32, "#d8433f", 0.52))
    for radius, colour, thick in layers:
        arc = [(radius * math.cos(a), radius * math.sin(a)) for a in np.linspace(-math.pi, 0, 40)]
        piece = slab(arc, thick, make(Finish("glaze", colour)), soft=0.0)
        piece.rotation_euler[0] = math.radians(72)
        piece.location = (0, 0.01 * (thick - 0.5) * 50, 1.5)
        parts.append(piece)
    seed_black = make(Finish("enamel", "black"))
    rng = np.random.default_rng(3)
    for _ in range(16):
        a, r = float(rng.uniform(-2.9, -0.25)), float(rng.uniform(0.5, 1.2))
        x, up = r * math.cos(a), r * math.sin(a)
        pip = ball(
            0.055,
            seed_black,
            (x, -0.535 * math.sin(1.257) + up * math.cos(1.257) + 0.02, 1.5 + up * math.sin(1.257) + 0.16),
            (0.7, 0.5, 1),
        )
        parts.append(pip)
    return parts


def carrots() -> Objects:
    skin, green = (
        make(Finish("terracotta", "#d9702a", "#b9541c", ("bands", 26.0, 0.9))),
        make(Finish("enamel", "fern", rough=0.6)),
    )
    parts = []
    for k, (x, turn) in enumerate(((-0.5, 82), (0.0, 92), (0.5, 99), (0.22, 84))):
        z = 0.26 if k < 3 else 0.68
        points = [(0, -1.3), (0.03, -1.25), (0.12, -0.6), (0.21, 0.2), (0.26, 0.75), (0.2, 0.92), (0, 0.95)]
        parts.append(turned(points, skin, (x, 0, z), (90, 0, turn - 90)))
        for leaf in range(6):
            a = math.radians(turn + (leaf - 2.5) * 7)
            start = (x + 0.9 * math.cos(a + math.pi) * -0.0, 0.0, z)
            way = (math.cos(a), math.sin(a))
            path = [
                (start[0] - way[0] * 0.85, -way[1] * 0.85, z),
                (start[0] - way[0] * 1.5, -way[1] * 1.5, z + 0.1),
                (start[0] - way[0] * 2.1, -way[1] * 2.1, 0.12),
            ]
            parts.append(tube(path, [0.04, 0.05, 0.09, 0.03], green, sides=8))
    return parts


def pumpkin() -> Objects:
    skin = make(Finish("glaze", "#c9661c", "#a9501a", ("stripes", 12.0, 0.2)))

    def body(turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
        ribs = 1 - 0.1 * np.abs(np.cos(6 * turn)) ** 6
        radius = 1.15 * np.cos(rise) ** 0.7 * ribs
        dent = 0.22 * np.exp(-((radius / 0.35) ** 2)) * np.sign(rise)
        return np.stack([radius * np.cos(turn), radius * np.sin(turn), 0.82 + 0.82 * np.sin(rise) - dent], axis=2)

    stalk = tube(
        [(0, 0, 1.35), (0.05, 0, 1.75), (0.25, 0.05, 2.0)],
        [0.2, 0.12, 0.15],
        make(Finish("terracotta", "olive")),
        up=(0, 1, 0),
    )
    return [lump(body, skin, points=192), stalk]


def croissant() -> Objects:
    crust = make(Finish("glaze", "#b06a28", "#c98d46", ("bands", 11.0, 0.4)))
    angles = np.linspace(-2.0, 2.0, 60)
    path = [(0.85 * math.sin(a), -0.85 * math.cos(a) + 0.3, 0.38) for a in angles]
    swell = [(0.1 + 0.36 * math.cos(a * 0.72) ** 1.2) * (1 + 0.08 * math.sin(a * 14)) for a in angles]
    return [tube(path[::3], swell, crust, section=(0.85, 1.0))]


def eggs() -> Objects:
    """Build half a dozen eggs in a grey carton."""
    pulp = make(Finish("concrete", "stone"))
    parts = [box("carton", (2.3, 1.6, 0.45), pulp, bevel=0.12, taper=0.9)]
    lid = box("lid", (2.3, 1.6, 0.35), pulp, bevel=0.12)
    lid.location, lid.rotation_euler[0] = (0, 0.95, 0.55), math.radians(100)
    parts.append(lid)
    for k in range(6):
        colour = ["#d9a878", "#e6c3a0", "#f0e4d4"][k % 3]
        points = [(0, -0.3), (0.14, -0.27), (0.24, -0.05), (0.2, 0.15), (0.1, 0.29), (0, 0.32)]
        parts.append(turned(points, make(Finish("matte", colour)), ((k % 3 - 1) * 0.7, (k // 3 - 0.5) * 0.7, 0.55)))
    return parts


def cake() -> Objects:
    """Build a slice of cake with two layers of cream and a cherry."""
    arc = [(1.7 * math.cos(a), 1.7 * math.sin(a)) for a in np.linspace(-0.3, 0.3, 10)]
    parts, z = [], 0.0
    for colour, thick in (
        ("#8a5a34", 0.35),
        ("ivory", 0.1),
        ("#8a5a34", 0.35),
        ("ivory", 0.1),
        ("#8a5a34", 0.3),
        ("rose", 0.14),
    ):
        parts.append(slab([(0, 0), *arc], thick, make(Finish("terracotta", colour)), (0, 0, z), soft=0.02))
        z += thick
    parts.append(ball(0.17, make(Finish("glaze", "red")), (1.25, 0, z + 0.14)))
    return parts


FOOD: dict[str, Callable[[], Objects]] = {
    "bananas": bananas,
    "bread": bread,
    "cheese": cheese,
    "pineapple": pineapple,
    "watermelon slice": watermelon,
    "carrots": carrots,
    "pumpkin": pumpkin,
    "croissant": croissant,
    "eggs": eggs,
    "cake": cake,
}

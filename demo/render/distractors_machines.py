"""Distractors: machines."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import box, join_under
from demo.render.materials import make
from demo.render.solids import ball, ring, rod, slab, tube, turned
from demo.render.surfaces import glow
from demo.render.vessels import Objects


def fan() -> Objects:
    """Build a desk fan with a wire cage."""
    steel, black, blade = (
        make(Finish("metal", "steel", rough=0.15)),
        make(Finish("enamel", "charcoal")),
        make(Finish("enamel", "aqua")),
    )
    parts = [turned([(0, 0), (0.9, 0), (0.9, 0.1), (0.3, 0.25), (0.12, 0.4), (0.1, 1.4), (0, 1.4)], black)]
    head: Objects = [
        turned([(0, 0.7), (0.35, 0.7), (0.4, 0.2), (0.15, 0.0), (0, 0)], black),
        ball(0.22, black, (0, 0, -0.2)),
    ]
    for r, z in ((1.4, 0.0), (1.38, -0.25), (1.38, 0.25), (0.95, -0.42), (0.5, -0.5)):
        head.append(ring(r, 0.03, steel, (0, 0, z)))
    for k in range(24):
        a = 2 * math.pi * k / 24
        way = np.array([math.cos(a), math.sin(a), 0])
        path = [
            tuple(way * r + np.array([0, 0, z]))
            for r, z in ((0.15, -0.5), (0.8, -0.47), (1.36, -0.2), (1.36, 0.2), (0.6, 0.4))
        ]
        head.append(tube(path, 0.018, steel, sides=6, up=(-math.sin(a), math.cos(a), 0)))
    for k in range(4):
        a = math.pi / 2 * k
        wing = tube(
            [(0.15, 0, 0), (0.6, 0.1, 0.05), (1.15, 0.05, 0.0)],
            [0.15, 0.4, 0.45, 0.2],
            blade,
            section=(0.08, 1.0),
            up=(0, 0.5, 1),
        )
        wing.rotation_euler[2] = a
        head.append(wing)
    holder = join_under("head", head)
    holder.rotation_euler[0], holder.location = math.radians(80), (0, 0.1, 2.2)
    return [holder, *parts, *head]


def flat_iron() -> Objects:
    shell, steel, black = (
        make(Finish("enamel", "sky")),
        make(Finish("metal", "steel", rough=0.12)),
        make(Finish("enamel", "charcoal")),
    )
    sole = [(-1.2, -0.55), (0.2, -0.55), (1.0, -0.3), (1.4, 0.0), (1.0, 0.3), (0.2, 0.55), (-1.2, 0.55)]
    parts = [
        slab(sole, 0.12, steel, soft=0.05),
        slab([(x * 0.94, y * 0.92) for x, y in sole], 0.5, shell, (0, 0, 0.12), soft=0.2),
    ]
    grip = [(0.8, 0, 0.6), (0.65, 0, 1.1), (0.1, 0, 1.35), (-0.7, 0, 1.35), (-1.05, 0, 1.1), (-1.05, 0, 0.5)]
    parts.append(tube(grip, [0.22, 0.2, 0.17, 0.17, 0.2, 0.26], shell, up=(0, 1, 0)))
    flex = [(-1.05, 0, 1.2), (-1.6, 0.1, 0.9), (-2.0, 0.5, 0.1), (-1.6, 1.4, 0.07), (0, 1.8, 0.07)]
    parts.append(tube(flex, 0.06, black))
    parts.append(turned([(0, 0), (0.3, 0), (0.3, 0.1), (0, 0.12)], black, (0.15, 0, 0.62)))
    return parts


def laptop() -> Objects:
    alloy, black = make(Finish("metal", "#b9bcc0", rough=0.4)), make(Finish("enamel", "black", rough=0.4))
    parts = [
        box("base", (3.1, 2.1, 0.14), alloy, bevel=0.06),
        box("pad", (1.0, 0.6, 0.01), make(Finish("metal", "#a3a6aa", rough=0.3)), at=(0, -0.65, 0.138), bevel=0.0),
    ]
    for row in range(5):
        for column in range(12):
            parts.append(
                box(
                    "key", (0.19, 0.17, 0.03), black, at=(-1.2 + 0.218 * column, -0.15 + 0.21 * row, 0.13), bevel=0.015
                )
            )
    lid = [
        box("lid", (3.1, 0.1, 2.0), alloy, bevel=0.045),
        box("screen", (2.95, 0.02, 1.8), glow("#5f8fc0", 0.7), at=(0, -0.055, 0.12), bevel=0.0),
    ]
    holder = join_under("lid", lid)
    holder.location, holder.rotation_euler[0] = (0, 1.02, 0.12), math.radians(-18)
    return [*parts, holder, *lid]


def game_pad() -> Objects:
    shell, dark = make(Finish("enamel", "charcoal", rough=0.5)), make(Finish("matte", "black"))
    parts = [ball(0.55, shell, (0, 0, 0.4), (1.5, 0.8, 0.5))]
    for side in (-1, 1):
        parts.append(
            tube(
                [(side * 0.6, 0.15, 0.42), (side * 0.85, -0.3, 0.36), (side * 0.95, -0.9, 0.28)],
                [0.36, 0.36, 0.26],
                shell,
            )
        )
        parts.append(
            turned(
                [(0, 0.0), (0.12, 0), (0.1, 0.1), (0.19, 0.16), (0.17, 0.22), (0, 0.2)],
                dark,
                (side * 0.36, -0.18, 0.62),
            )
        )
    for k, colour in enumerate(("red", "blue", "green", "lemon")):
        a = k * math.pi / 2
        parts.append(
            ball(
                0.08,
                make(Finish("enamel", colour)),
                (0.7 + 0.17 * math.cos(a), 0.2 + 0.17 * math.sin(a), 0.72),
                (1, 1, 0.6),
            )
        )
    parts += [
        box("cross", size, dark, at=(-0.7, 0.2, 0.68), bevel=0.02) for size in ((0.4, 0.13, 0.08), (0.13, 0.4, 0.08))
    ]
    return parts


def camera() -> Objects:
    black, steel, lens = (
        make(Finish("leather", "black")),
        make(Finish("metal", "#b9bcc0", rough=0.3)),
        make(Finish("enamel", "ink", rough=0.03)),
    )
    parts = [
        box("body", (1.4, 0.5, 0.85), black, bevel=0.08),
        box("top", (1.4, 0.5, 0.2), steel, at=(0, 0, 0.75), bevel=0.07),
    ]
    parts.append(box("hump", (0.5, 0.46, 0.25), steel, at=(0, 0, 0.9), bevel=0.08))
    barrel = [(0.38, 0), (0.4, 0.02), (0.4, 0.3), (0.36, 0.32), (0.36, 0.5), (0.3, 0.52), (0.28, 0.42), (0, 0.44)]
    parts += [
        turned(barrel, make(Finish("enamel", "black", rough=0.4)), (0, -0.24, 0.45), (90, 0, 0)),
        ball(0.26, lens, (0, -0.6, 0.45), (1, 0.3, 1)),
    ]
    for x, r in ((-0.5, 0.15), (0.42, 0.1), (0.58, 0.07)):
        parts.append(turned([(0, 0), (r, 0), (r, 0.1), (0, 0.1)], steel, (x, 0, 0.94)))
    strap = [
        (-0.7, 0, 0.8),
        (-1.1, 0.2, 0.4),
        (-1.3, -0.3, 0.05),
        (-0.9, -1.0, 0.05),
        (0.4, -1.2, 0.05),
        (1.2, -0.7, 0.05),
        (1.2, 0.1, 0.3),
        (0.7, 0, 0.8),
    ]
    parts.append(tube(strap, 0.06, make(Finish("leather", "tan")), section=(0.3, 1.3)))
    return parts


def radio() -> Objects:
    wood, cloth, brass = (
        make(Finish("wood", "walnut", grain="x")),
        make(Finish("cloth", "straw", rough=60.0)),
        make(Finish("metal", "brass")),
    )
    parts = [
        box("case", (2.8, 0.9, 1.7), wood, bevel=0.16, segments=6),
        box("grille", (1.5, 0.06, 1.25), cloth, at=(-0.5, -0.45, 0.22), bevel=0.03),
    ]
    parts.append(
        box(
            "scale",
            (0.8, 0.05, 0.5),
            make(Finish("matte", "ivory", "black", ("stripes", 12.0, 0.9))),
            at=(0.8, -0.45, 1.0),
            bevel=0.02,
        )
    )
    for x in (0.58, 1.05):
        parts.append(turned([(0, 0), (0.2, 0), (0.18, 0.16), (0, 0.17)], brass, (x, -0.45, 0.5), (90, 0, 0)))
    return [*parts, rod((1.2, 0.3, 1.65), (0.2, 0.3, 3.1), [0.03, 0.015], make(Finish("metal", "steel")))]


MACHINES: dict[str, Callable[[], Objects]] = {
    "desk fan": fan,
    "flat iron": flat_iron,
    "laptop": laptop,
    "game controller": game_pad,
    "camera": camera,
    "radio": radio,
}

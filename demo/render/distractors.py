"""Distractors: things that the shop does not sell, for photos that have no right answer."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.distractors_food import FOOD
from demo.render.distractors_machines import MACHINES
from demo.render.distractors_play import PLAY
from demo.render.distractors_tools import TOOLS
from demo.render.distractors_wear import WEAR
from demo.render.finish import Finish
from demo.render.geometry import box, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.vessels import Objects


def dumbbell() -> Objects:
    iron, grip = make(Finish("enamel", "charcoal", rough=0.45)), make(Finish("metal", "steel"))
    outline = [(0, -1.5), (0.5, -1.5), (0.62, -1.4), (0.62, -0.85), (0.5, -0.75), (0.14, -0.7)]
    parts = [
        lathe("weight", outline, [iron], segments=6, angle=20),
        lathe("weight", [(r, -z) for r, z in outline], [iron], segments=6, angle=20),
        lathe("grip", [(0.14, -0.75), (0.17, 0.0), (0.14, 0.75)], [grip], segments=48),
    ]
    for part in parts:
        part.rotation_euler = (math.pi / 2, 0, math.pi / 2)
        part.location.z = 0.55
    return parts


def hammer() -> Objects:
    steel = make(Finish("metal", "steel", rough=0.3))
    handle = sweep(
        "handle",
        smooth([(-1.6, 0, 0.22), (0, 0, 0.24), (1.2, 0, 0.28)], 8),
        [0.2, 0.15, 0.12, 0.12],
        make(Finish("wood", "ash", grain="x")),
        section=(1.0, 0.75),
    )
    head = sweep(
        "head",
        [(1.25, -0.55, 0.28), (1.25, -0.2, 0.28), (1.25, 0.3, 0.28), (1.25, 0.7, 0.28)],
        [0.24, 0.17, 0.2, 0.05],
        steel,
        up=(0, 0, 1),
    )
    return [handle, head]


def chess_king() -> Objects:
    outline = [
        (0, 0),
        (0.42, 0),
        (0.42, 0),
        (0.44, 0.1),
        (0.36, 0.2),
        (0.3, 0.28),
        (0.18, 0.5),
        (0.14, 1.0),
        (0.26, 1.08),
        (0.16, 1.14),
        (0.22, 1.4),
        (0.24, 1.46),
        (0.1, 1.52),
        (0, 1.54),
    ]
    wood = make(Finish("wood", "ebony"))
    return [
        lathe("king", smooth(outline, 8), [wood]),
        box("post", (0.07, 0.07, 0.3), wood, at=(0, 0, 1.5), bevel=0.01),
        box("beam", (0.22, 0.07, 0.08), wood, at=(0, 0, 1.62), bevel=0.01),
    ]


def toy_car() -> Objects:
    paint, rubber = make(Finish("enamel", "red")), make(Finish("matte", "black"))
    parts = [
        box("body", (2.2, 1.0, 0.45), paint, at=(0, 0, 0.22), bevel=0.15, segments=6),
        box("cabin", (1.15, 0.86, 0.42), paint, at=(-0.1, 0, 0.62), bevel=0.15, segments=6),
        box("glass", (1.0, 0.9, 0.24), make(Finish("enamel", "ink", rough=0.08)), at=(-0.1, 0, 0.68), bevel=0.05),
    ]
    for x in (-0.65, 0.68):
        for y in (-0.5, 0.5):
            wheel = lathe(
                "wheel",
                smooth([(0, -0.1), (0.24, -0.1), (0.28, -0.05), (0.28, 0.05), (0.24, 0.1), (0, 0.1)], 4),
                [rubber],
                segments=48,
            )
            wheel.rotation_euler[0], wheel.location = math.pi / 2, (x, y, 0.28)
            hub = lathe(
                "hub",
                [(0, -0.12), (0.12, -0.12), (0.12, 0.12), (0, 0.12)],
                [make(Finish("metal", "steel"))],
                segments=32,
            )
            hub.rotation_euler[0], hub.location = math.pi / 2, (x, y, 0.28)
            parts += [wheel, hub]
    return parts


def beach_ball() -> Objects:
    outline = [(1.4 * math.sin(t), 1.4 - 1.4 * math.cos(t)) for t in np.linspace(0, math.pi, 40)]
    ball = lathe("ball", outline, [make(Finish("enamel", "white", "red", ("stripes", 4.0, 0.5)))])
    ball.rotation_euler = (0.5, 0.4, 0.0)
    ball.location = (0.0, 0.0, 0.0)
    return [ball]


def headphones() -> Objects:
    pad, shell = make(Finish("leather", "charcoal")), make(Finish("enamel", "ivory"))
    band = sweep(
        "band",
        [(0.85 * math.cos(a), 0, 0.85 + 1.0 * math.sin(a)) for a in np.linspace(-0.1, math.pi + 0.1, 40)],
        0.09,
        shell,
        section=(1.9, 0.7),
    )
    parts = [band]
    for side in (-1, 1):
        cup = lathe("cup", smooth([(0, 0), (0.36, 0), (0.42, 0.08), (0.4, 0.2), (0, 0.24)], 6), [shell], segments=64)
        ear = lathe(
            "pad",
            smooth([(0.14, -0.2), (0.36, -0.2), (0.43, -0.1), (0.36, 0.02), (0.14, 0.02)], 6),
            [pad],
            segments=64,
        )
        for part in (cup, ear):
            part.rotation_euler[1], part.location = side * math.pi / 2, (side * 0.8, 0, 0.5)
            parts.append(part)
    for part in parts:
        part.location.z -= 0.07
    return parts


DISTRACTORS: dict[str, Callable[[], Objects]] = {
    "dumbbell": dumbbell,
    "hammer": hammer,
    "chess king": chess_king,
    "toy car": toy_car,
    "beach ball": beach_ball,
    "headphones": headphones,
    **FOOD,
    **PLAY,
    **TOOLS,
    **MACHINES,
    **WEAR,
}

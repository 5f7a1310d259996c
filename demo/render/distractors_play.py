"""Distractors: toys, sports and music."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import box, join_under
from demo.render.materials import make
from demo.render.solids import ball, ring, rod, slab, tube, turned
from demo.render.vessels import Objects


def teddy() -> Objects:
    fur, pale = make(Finish("cloth", "#a5733f", rough=18.0)), make(Finish("cloth", "#dcb987", rough=18.0))
    black = make(Finish("enamel", "black", rough=0.1))
    parts = [
        ball(0.85, fur, (0, 0, 0.95), (1, 0.85, 1.1)),
        ball(0.52, pale, (0, -0.32, 0.9), (0.95, 0.8, 1.15)),
        ball(0.66, fur, (0, -0.05, 2.2), (1.05, 0.95, 0.95)),
        ball(0.3, pale, (0, -0.55, 2.05), (1, 0.8, 0.8)),
        ball(0.09, black, (0, -0.8, 2.14), (1.2, 0.7, 0.9)),
    ]
    for side in (-1, 1):
        parts += [
            ball(0.25, fur, (side * 0.52, 0.05, 2.74), (1, 0.5, 1)),
            ball(0.15, pale, (side * 0.52, -0.04, 2.74), (1, 0.5, 1)),
            ball(0.07, black, (side * 0.25, -0.6, 2.36)),
            ball(0.3, fur, (side * 0.92, -0.3, 1.2), (0.85, 0.9, 1.9)),
            ball(0.36, fur, (side * 0.6, -0.85, 0.36), (0.9, 1.8, 0.95)),
            ball(0.25, pale, (side * 0.66, -1.43, 0.4), (0.95, 0.3, 1.0)),
        ]
        parts[-3].rotation_euler[1] = side * -0.45
    return parts


def blocks() -> Objects:
    """Build wooden building blocks, half built and half fallen."""
    spec = [
        ((0, 0, 0), (0.8, 0.8, 0.8), "red", 0.2),
        ((1.0, 0.1, 0), (0.8, 0.8, 0.8), "blue", -0.1),
        ((0.45, 0.05, 0.8), (1.6, 0.7, 0.4), "mustard", 0.05),
        ((0.3, 0.1, 1.2), (0.8, 0.8, 0.8), "green", 0.4),
        ((-1.1, -0.7, 0), (0.8, 0.8, 0.8), "mustard", 0.7),
        ((1.6, -0.9, 0), (1.6, 0.4, 0.4), "red", -0.5),
        ((-0.4, -1.3, 0), (0.4, 0.4, 1.2), "blue", 0.2),
    ]
    parts = []
    for at, size, colour, turn in spec:
        parts.append(box("block", size, make(Finish("enamel", colour, rough=0.45)), at=at, bevel=0.05))
        parts[-1].rotation_euler[2] = turn
    roof = slab(
        [(-0.55, 0.0), (0.55, 0.0), (0.0, 0.55)], 0.7, make(Finish("enamel", "red", rough=0.45)), (0.3, 0.45, 2.0)
    )
    roof.rotation_euler[0] = math.pi / 2
    return [*parts, roof]


def basketball() -> Objects:
    black = make(Finish("matte", "black"))
    parts = [ball(1.2, make(Finish("leather", "#b5562a")), (0, 0, 1.2))]
    parts += [ring(1.2, 0.022, black, (0, 0, 1.2), tilt) for tilt in ((0, 0, 0), (90, 0, 20), (90, 0, 110))]
    for side in (-1, 1):
        arc = [
            (1.2 * math.cos(t) * 0.72, side * (0.62 + 0.2 * math.cos(2 * t)), 1.2 * math.sin(t))
            for t in np.linspace(0, 6.283, 60, False)
        ]
        scaled = [tuple(1.2 * np.array(p) / np.linalg.norm(p) + np.array([0, 0, 1.2])) for p in arc]
        parts.append(tube(scaled, 0.022, black, closed=True, sides=8))
    holder = join_under("ball", parts)
    holder.rotation_euler = (0.3, 0.2, 0.4)
    return [holder, *parts]


def racket() -> Objects:
    frame, grip, string = (
        make(Finish("enamel", "red")),
        make(Finish("leather", "black")),
        make(Finish("enamel", "ivory")),
    )
    hoop = [(1.65 + 1.6 * math.cos(a), 1.2 * math.sin(a), 0.14) for a in np.linspace(0, 2 * math.pi, 80, False)]
    parts = [tube(hoop[::2], 0.1, frame, closed=True, section=(1.0, 0.8))]
    for k in np.linspace(-0.85, 0.85, 13):
        reach = 1.6 * math.sqrt(1 - (k * 1.0) ** 2)
        parts.append(rod((1.65 - reach, k * 1.2, 0.14), (1.65 + reach, k * 1.2, 0.14), 0.014, string))
        up = 1.2 * math.sqrt(1 - k**2)
        parts.append(rod((1.65 + k * 1.6, -up, 0.15), (1.65 + k * 1.6, up, 0.15), 0.014, string))
    for side in (-1, 1):
        parts.append(tube([(0.35, side * 0.7, 0.14), (-0.4, side * 0.2, 0.14), (-1.0, side * 0.08, 0.14)], 0.1, frame))
    parts.append(rod((-0.9, 0, 0.15), (-2.9, 0, 0.15), [0.16, 0.16, 0.19], grip))
    ball_felt = make(Finish("cloth", "#c9d63a", rough=40.0))
    return [*parts, ball(0.33, ball_felt, (0.9, -1.9, 0.33))]


def skateboard() -> Objects:
    deck = [
        (
            2.9 * math.copysign(abs(math.cos(a)) ** 0.35, math.cos(a)),
            0.95 * math.copysign(abs(math.sin(a)) ** 0.8, math.sin(a)),
        )
        for a in np.linspace(0, 2 * math.pi, 80, False)
    ]
    wood, tape = make(Finish("enamel", "teal")), make(Finish("concrete", "black"))
    steel, wheel = make(Finish("metal", "steel")), make(Finish("enamel", "ivory"))
    parts = [
        slab(deck, 0.12, wood, (0, 0, 0.8)),
        slab([(x * 0.985, y * 0.97) for x, y in deck], 0.03, tape, (0, 0, 0.92), soft=0.0),
    ]
    for x in (-1.9, 1.9):
        parts.append(rod((x, -0.85, 0.3), (x, 0.85, 0.3), 0.07, steel))
        parts.append(box("truck", (0.5, 0.5, 0.5), steel, at=(x, 0, 0.3), bevel=0.1))
        for y in (-0.8, 0.8):
            parts.append(
                turned(
                    [(0, -0.18), (0.26, -0.18), (0.3, -0.1), (0.3, 0.1), (0.26, 0.18), (0, 0.18)],
                    wheel,
                    (x, y, 0.3),
                    (90, 0, 0),
                )
            )
    return parts


def guitar() -> Objects:
    """Build a small guitar lying on its back."""
    top, side_wood, dark = (
        make(Finish("wood", "#d9a760", "#c08a45", grain="x")),
        make(Finish("wood", "walnut")),
        make(Finish("wood", "ebony")),
    )
    plan = []
    for t in np.linspace(0, 2 * math.pi, 120, False):
        x = 1.75 * math.cos(t)
        waist = 1.0 - 0.34 * math.exp(-(((x - 0.15) / 0.55) ** 2)) + (-0.12 if x > 0 else 0.04) * abs(x)
        plan.append((x, 1.28 * math.copysign(abs(math.sin(t)) ** 0.75, math.sin(t)) * waist))
    steel = make(Finish("metal", "steel"))
    parts = [
        slab(plan, 0.62, side_wood),
        slab([(x * 0.985, y * 0.98) for x, y in plan], 0.03, top, (0, 0, 0.62), soft=0.0),
    ]
    parts.append(
        turned([(0, 0.0), (0.38, 0.0), (0.38, 0.012), (0, 0.012)], make(Finish("matte", "black")), (0.45, 0, 0.65))
    )
    parts.append(ring(0.42, 0.03, dark, (0.45, 0, 0.65)))
    parts.append(box("bridge", (0.22, 0.95, 0.1), dark, at=(-0.85, 0, 0.65), bevel=0.02))
    parts.append(box("neck", (3.0, 0.44, 0.2), dark, at=(2.6, 0, 0.6), bevel=0.05))
    parts.append(box("head", (0.95, 0.62, 0.14), side_wood, at=(4.5, 0, 0.55), bevel=0.04))
    for k in range(10):
        parts.append(box("fret", (0.03, 0.44, 0.03), steel, at=(1.3 + 0.29 * k, 0, 0.795), bevel=0.0))
    for k in range(4):
        y = -0.15 + 0.1 * k
        parts.append(rod((-0.85, y, 0.76), (4.1, y * 0.9, 0.84), 0.009, steel))
        side = 1 if k % 2 else -1
        parts.append(
            rod(
                (4.3 + 0.3 * (k // 2), side * 0.3, 0.62),
                (4.3 + 0.3 * (k // 2), side * 0.55, 0.62),
                [0.05, 0.1],
                make(Finish("enamel", "ivory")),
            )
        )
    return parts


def train() -> Objects:
    """Build a wooden engine."""
    red, blue, black = (make(Finish("enamel", c, rough=0.4)) for c in ("red", "blue", "charcoal"))
    wood = make(Finish("wood", "beech"))
    parts = [
        box("chassis", (2.6, 0.9, 0.25), wood, at=(0, 0, 0.35), bevel=0.05),
        turned(
            [(0, -0.75), (0.42, -0.75), (0.42, -0.7), (0.42, 0.7), (0.42, 0.75), (0, 0.75)],
            red,
            (-0.45, 0, 1.0),
            (0, 90, 0),
        ),
        box("cab", (0.85, 0.9, 1.15), blue, at=(0.78, 0, 0.6), bevel=0.06),
        box("roof", (1.05, 1.1, 0.14), red, at=(0.78, 0, 1.75), bevel=0.06),
        turned([(0.13, 0), (0.13, 0.35), (0.2, 0.55), (0.2, 0.6), (0, 0.6)], black, (-0.85, 0, 1.36)),
        ball(0.16, make(Finish("metal", "brass")), (-0.3, 0, 1.42)),
        box("window", (0.4, 0.92, 0.4), black, at=(0.78, 0, 1.15), bevel=0.03),
    ]
    for x in (-0.9, -0.1, 0.8):
        for y in (-0.5, 0.5):
            parts.append(
                turned([(0, -0.08), (0.3, -0.08), (0.33, 0), (0.3, 0.08), (0, 0.08)], black, (x, y, 0.33), (90, 0, 0))
            )
    return parts


def rubber_duck() -> Objects:
    yellow, beak, black = (
        make(Finish("enamel", "lemon")),
        make(Finish("enamel", "#d9681c")),
        make(Finish("enamel", "black")),
    )
    parts = [
        ball(0.75, yellow, (0, 0, 0.55), (1.25, 0.95, 0.75)),
        ball(0.5, yellow, (-0.55, 0, 1.35)),
        ball(0.2, beak, (-1.05, 0, 1.28), (1.2, 1.1, 0.45)),
        ball(0.3, yellow, (0.9, 0, 0.85), (1.0, 0.6, 0.7)),
    ]
    parts[-1].rotation_euler[1] = -0.7
    for side in (-1, 1):
        parts.append(ball(0.075, black, (-0.92, side * 0.23, 1.5)))
        parts.append(ball(0.4, yellow, (0.2, side * 0.62, 0.7), (1.2, 0.35, 0.7)))
    return parts


def dice() -> Objects:
    white, black = make(Finish("enamel", "ivory")), make(Finish("enamel", "black"))
    faces = {
        1: [(0, 0)],
        2: [(-1, -1), (1, 1)],
        3: [(-1, -1), (0, 0), (1, 1)],
        5: [(-1, -1), (1, 1), (0, 0), (-1, 1), (1, -1)],
    }
    parts: Objects = []
    for at, turn in (((0, 0, 0), 0.5), ((1.3, 0.5, 0), -0.2)):
        die = [box("die", (0.9, 0.9, 0.9), white, bevel=0.12, segments=6)]
        for a, b in faces[5]:
            die.append(ball(0.08, black, (a * 0.24, b * 0.24, 0.9), (1, 1, 0.25)))
        for a, b in faces[3]:
            die.append(ball(0.08, black, (a * 0.24, -0.45, 0.45 + b * 0.24), (1, 0.25, 1)))
        for a, b in faces[2]:
            die.append(ball(0.08, black, (0.45, a * 0.24, 0.45 + b * 0.24), (0.25, 1, 1)))
        holder = join_under("die", die)
        holder.location, holder.rotation_euler[2] = at, turn
        parts += [holder, *die]
    return parts


def puzzle_cube() -> Objects:
    colours = [make(Finish("enamel", c)) for c in ("red", "blue", "lemon", "green", "white", "#d9681c")]
    parts = [box("cube", (1.7, 1.7, 1.7), make(Finish("enamel", "black")), bevel=0.06)]
    rng = np.random.default_rng(8)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            a, b = 0.56 * i, 0.56 * j
            spots = (
                ((a, b, 1.68), (0.5, 0.5, 0.04)),
                ((a, -0.85, 0.6 + b), (0.5, 0.04, 0.5)),
                ((0.85, a, 0.6 + b), (0.04, 0.5, 0.5)),
                ((-0.85, a, 0.6 + b), (0.04, 0.5, 0.5)),
            )
            for at, size in spots:
                parts.append(box("sticker", size, colours[int(rng.integers(6))], at=at, bevel=0.015))
    return parts


def maracas() -> Objects:
    parts: Objects = []
    for x, colour, turn in ((-0.5, "red", 70), (0.6, "mustard", 115)):
        shell = make(Finish("enamel", colour, "ivory", ("bands", 4.0, 0.75)))
        grip = make(Finish("wood", "beech"))
        body = [
            turned([(0, 0.0), (0.25, 0.05), (0.5, 0.45), (0.42, 0.9), (0.15, 1.1), (0, 1.12)], shell),
            turned([(0, -1.35), (0.1, -1.33), (0.13, -1.2), (0.09, -0.9), (0.08, 0.1), (0, 0.1)], grip),
        ]
        holder = join_under("maraca", body)
        holder.rotation_euler, holder.location = (math.radians(84), 0, math.radians(turn)), (x, 0, 0.5)
        parts += [holder, *body]
    return parts


def skittles() -> Objects:
    points = [
        (0, 0),
        (0.3, 0),
        (0.33, 0.05),
        (0.5, 0.7),
        (0.42, 1.2),
        (0.2, 1.75),
        (0.2, 1.95),
        (0.3, 2.25),
        (0.24, 2.5),
        (0, 2.6),
    ]
    white = make(Finish("enamel", "ivory", "red", ("line", 0.71, 0.018)))
    parts = [turned(points, white, (x, y, 0)) for x, y in ((0, 0), (-1.3, 0.5), (1.2, 0.7))]
    fallen = turned(points, white, (-0.7, -1.3, 0.46), (88, 0, 75))
    return [*parts, fallen]


def shuttlecock() -> Objects:
    cork, feather = make(Finish("leather", "ivory")), make(Finish("matte", "white"))
    parts = [ball(0.26, cork, (0, 0, 0), (1, 1, 0.9)), ring(0.27, 0.03, make(Finish("enamel", "green")), (0, 0, 0.05))]
    for k in range(14):
        a = 2 * math.pi * k / 14
        way = np.array([math.cos(a), math.sin(a), 0])
        path = [tuple(way * r + np.array([0, 0, z])) for r, z in ((0.2, 0.1), (0.38, 0.6), (0.62, 1.25))]
        parts.append(
            tube(
                path,
                [0.015, 0.05, 0.15, 0.1],
                feather,
                section=(1.0, 0.12),
                up=(-math.sin(a), math.cos(a), 0),
                sides=10,
            )
        )
    holder = join_under("shuttle", parts)
    holder.rotation_euler[0] = math.radians(112)
    return [holder, *parts]


PLAY: dict[str, Callable[[], Objects]] = {
    "teddy bear": teddy,
    "building blocks": blocks,
    "basketball": basketball,
    "tennis racket": racket,
    "skateboard": skateboard,
    "guitar": guitar,
    "wooden train": train,
    "rubber duck": rubber_duck,
    "dice": dice,
    "puzzle cube": puzzle_cube,
    "maracas": maracas,
    "skittles": skittles,
    "shuttlecock": shuttlecock,
}

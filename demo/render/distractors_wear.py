"""Distractors: clothes, bags and some odds and ends."""

import math
from collections.abc import Callable

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import box, join_under
from demo.render.materials import make
from demo.render.solids import ball, lump, ring, rod, slab, tube, turned
from demo.render.vessels import Objects


def _shoe(cloth: str, side: int) -> Objects:
    upper, sole, lace = (
        make(Finish("cloth", cloth, rough=40.0)),
        make(Finish("matte", "white")),
        make(Finish("matte", "ivory")),
    )
    dark = make(Finish("matte", "charcoal"))

    def body(turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
        x = 1.35 * np.cos(turn) * np.cos(rise) ** 0.45
        y = 0.47 * np.sin(turn) * np.cos(rise) ** 0.45 * (1 + 0.12 * np.cos(turn))
        heel = np.clip((-x + 0.15) / 0.8, 0, 1)
        top = 0.42 + 0.72 * heel**0.7
        return np.stack(
            [x, y * (1 - 0.25 * np.maximum(np.sin(rise), 0) * heel), 0.22 + np.maximum(np.sin(rise), -0.05) * top],
            axis=2,
        )

    plan = [
        (1.42 * math.cos(a), 0.53 * math.sin(a) * (1 + 0.12 * math.cos(a)))
        for a in np.linspace(0, 2 * math.pi, 60, False)
    ]
    parts = [lump(body, upper), slab(plan, 0.24, sole, soft=0.06)]
    opening = [
        (-0.72 + 0.48 * math.cos(a), 0.25 * math.sin(a), 1.1 - 0.22 * math.cos(a))
        for a in np.linspace(0, 2 * math.pi, 40, False)
    ]
    parts.append(tube(opening[::2], 0.07, lace, closed=True))
    parts.append(ball(0.36, dark, (-0.72, 0, 1.06), (1.25, 0.62, 0.25)))
    parts[-1].rotation_euler[1] = 0.42
    for k in range(4):
        x, z = -0.08 + 0.2 * k, 0.98 - 0.095 * k
        parts.append(tube([(x, -0.24, z - 0.1), (x + 0.03, 0, z + 0.02), (x, 0.24, z - 0.1)], 0.04, lace, sides=8))
    for part in parts:
        part.scale.y *= side
    return parts


def sneakers() -> Objects:
    parts: Objects = []
    for at, turn, side in (((0, -0.65, 0), 4, 1), ((0.3, 0.75, 0), -14, -1)):
        shoe = _shoe("red", side)
        holder = join_under("shoe", shoe)
        holder.location, holder.rotation_euler[2] = at, math.radians(turn)
        parts += [holder, *shoe]
    return parts


def boots() -> Objects:
    """Build a pair of rubber boots."""
    rubber, sole = make(Finish("enamel", "forest", rough=0.3)), make(Finish("matte", "tan"))
    parts: Objects = []
    for y, turn in ((-0.7, 5), (0.7, -8)):
        leg = turned(
            [(0.5, 0.3), (0.48, 0.8), (0.46, 1.4), (0.56, 2.6), (0.58, 3.0), (0.54, 3.0), (0.5, 2.5), (0.4, 1.0)],
            rubber,
        )
        foot = ball(0.52, rubber, (0.55, 0, 0.42), (2.0, 0.95, 0.78))
        plan = [(0.5 + 1.15 * math.cos(a), 0.53 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 50, False)]
        band = ring(0.58, 0.045, sole, (0, 0, 2.95))
        boot = [leg, foot, slab(plan, 0.2, sole, soft=0.04), band]
        holder = join_under("boot", boot)
        holder.location, holder.rotation_euler[2] = (0, y, 0), math.radians(turn)
        parts += [holder, *boot]
    return parts


def straw_hat() -> Objects:
    straw = make(Finish("wicker", "straw"))
    points = [(2.3, 0.1), (1.9, 0.02), (1.15, 0.1), (1.02, 0.2), (0.95, 0.8), (0.8, 1.1), (0.3, 1.05), (0, 1.0)]
    hat = turned(points, straw, segments=128)
    band = turned([(1.06, 0.16), (1.04, 0.5)], make(Finish("cloth", "navy", rough=60.0)))
    return [hat, band]


def backpack() -> Objects:
    cloth, dark, strap = (
        make(Finish("cloth", "mustard", rough=120.0)),
        make(Finish("cloth", "#8a6a1c", rough=120.0)),
        make(Finish("leather", "chocolate")),
    )
    parts = [
        box("bag", (2.6, 1.3, 3.6), cloth, bevel=0.55, segments=8),
        box("pocket", (2.0, 0.6, 1.5), dark, at=(0, -0.75, 0.25), bevel=0.25, segments=6),
        box("flap", (2.65, 1.5, 0.9), dark, at=(0, -0.05, 2.9), bevel=0.35, segments=6),
    ]
    for x in (-0.7, 0.7):
        parts.append(box("belt", (0.28, 0.06, 2.0), strap, at=(x, -0.82, 1.4), bevel=0.02))
        parts.append(box("buckle", (0.4, 0.1, 0.3), make(Finish("metal", "brass")), at=(x, -0.85, 1.9), bevel=0.03))
        parts.append(
            tube(
                [(x, 0.6, 3.5), (x * 1.2, 1.3, 2.6), (x * 1.3, 1.2, 1.0), (x * 1.2, 0.6, 0.3)],
                0.16,
                strap,
                section=(0.3, 1.2),
                up=(1, 0, 0),
            )
        )
    return [*parts, tube([(-0.35, 0.3, 3.7), (0, 0.3, 4.15), (0.35, 0.3, 3.7)], 0.09, strap, up=(0, 1, 0))]


def wrist_watch() -> Objects:
    steel, strap = make(Finish("metal", "steel", rough=0.12)), make(Finish("leather", "chocolate"))
    black = make(Finish("matte", "black"))
    parts = [
        turned(
            [(0, 0.0), (0.36, 0), (0.4, 0.06), (0.4, 0.14), (0.35, 0.18), (0.33, 0.15), (0, 0.15)], steel, (0, 0, 0.08)
        )
    ]
    parts.append(turned([(0, 0), (0.33, 0), (0.33, 0.01), (0, 0.01)], make(Finish("enamel", "navy")), (0, 0, 0.225)))
    for turn, long in ((40, 0.17), (160, 0.26)):
        hand = box("hand", (0.03, long, 0.01), make(Finish("metal", "steel")), at=(0, 0, 0.24), bevel=0.0)
        hand.rotation_euler[2] = math.radians(turn)
        parts.append(hand)
    for side in (-1, 1):
        parts.append(
            tube(
                [(0, side * 0.38, 0.14), (0, side * 0.9, 0.16), (0, side * 1.6, 0.08), (0, side * 1.9, 0.05)],
                [0.24, 0.22, 0.19, 0.17],
                strap,
                section=(0.16, 1.0),
            )
        )
    for k in range(5):
        parts.append(ball(0.03, black, (0, -1.1 - 0.15 * k, 0.17), (1, 1, 0.4)))
    return [*parts, rod((0.38, 0, 0.16), (0.5, 0, 0.16), 0.06, steel)]


def spectacles() -> Objects:
    frame, glass = make(Finish("enamel", "chocolate", rough=0.1)), make(Finish("glass", "clear"))
    parts: Objects = []
    for side in (-1, 1):
        rim = [
            (side * 0.36 + 0.3 * math.cos(a), 0, 0.27 + 0.25 * math.sin(a))
            for a in np.linspace(0, 2 * math.pi, 40, False)
        ]
        parts.append(tube(rim[::2], 0.035, frame, closed=True, up=(0, 1, 0)))
        parts.append(turned([(0, 0), (0.28, 0), (0.28, 0.01), (0, 0.01)], glass, (side * 0.36, 0, 0.27), (90, 0, 0)))
        parts.append(
            tube(
                [(side * 0.66, 0, 0.34), (side * 0.68, 0.8, 0.33), (side * 0.64, 1.2, 0.2), (side * 0.6, 1.4, 0.04)],
                0.032,
                frame,
            )
        )
    return [*parts, tube([(-0.1, 0, 0.32), (0, -0.03, 0.36), (0.1, 0, 0.32)], 0.035, frame)]


def open_book() -> Objects:
    paper, ink = make(Finish("matte", "ivory")), make(Finish("matte", "charcoal"))
    parts: Objects = [box("cover", (3.1, 2.1, 0.06), make(Finish("matte", "rust")), bevel=0.02)]
    for side in (-1, 1):
        xs = np.linspace(0, 1.45, 16)
        rise = [0.1 + 0.26 * math.sin(min(x / 0.5, 1) * math.pi / 2) * (1 - 0.5 * x / 1.45) for x in xs]
        outline = [(float(x), z) for x, z in zip(xs, rise, strict=True)] + [(1.45, 0.05), (0.0, 0.05)]
        page = slab([(side * x, z) for x, z in outline][:: side or 1], 2.0, paper, soft=0.0)
        page.rotation_euler[0], page.location = math.pi / 2, (0, 1.0, 0)
        parts.append(page)
        for line in range(13):
            y, long = 0.78 - 0.125 * line, 1.0 if line % 5 != 4 else 0.6
            for k in range(6):
                x = 0.25 + k * long / 6 + long / 12
                z = float(np.interp(x, xs, rise)) + 0.004
                parts.append(box("line", (long / 6.4, 0.035, 0.004), ink, at=(side * x, y, z), bevel=0.0))
                slope = (np.interp(x + 0.05, xs, rise) - np.interp(x - 0.05, xs, rise)) / 0.1
                parts[-1].rotation_euler[1] = -side * math.atan(float(slope))
    return parts


def cactus() -> Objects:
    """Build a column cactus in a nursery pot of thin plastic."""
    skin, plastic = (
        make(Finish("matte", "#4f7a45", "#7fa06a", ("stripes", 14.0, 0.2))),
        make(Finish("enamel", "#3a3a3c", rough=0.6)),
    )

    def ribbed(at: tuple[float, float, float], radius: float, tall: float) -> Objects:
        def shape(turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
            r = radius * np.cos(rise) ** 0.3 * (1 + 0.1 * np.cos(14 * turn))
            return np.stack([r * np.cos(turn), r * np.sin(turn), tall * (np.sin(rise) + 1) / 2], axis=2)

        trunk = lump(shape, skin, points=168)
        trunk.location = at
        rng, spines = np.random.default_rng(2), []
        needle = make(Finish("matte", "ivory"))
        for _ in range(70):
            a, z = 2 * math.pi * int(rng.integers(14)) / 14, float(rng.uniform(0.1, 0.95)) * tall
            r = radius * (1 - (2 * z / tall - 1) ** 2) ** 0.15 * 1.1
            tip = (at[0] + (r + 0.12) * math.cos(a), at[1] + (r + 0.12) * math.sin(a), at[2] + z + 0.05)
            spines.append(
                rod(
                    (at[0] + r * 0.95 * math.cos(a), at[1] + r * 0.95 * math.sin(a), at[2] + z),
                    tip,
                    [0.012, 0.004],
                    needle,
                )
            )
        return [trunk, *spines]

    pot = turned(
        [(0, 0), (0.6, 0), (0.6, 0.02), (0.8, 1.0), (0.86, 1.0), (0.86, 1.16), (0.8, 1.16), (0.76, 0.95), (0, 0.95)],
        plastic,
    )
    return [pot, *ribbed((0, 0, 0.8), 0.5, 2.6), *ribbed((0.5, 0.1, 0.85), 0.26, 1.1)]


def paper_rolls() -> Objects:
    paper, card = make(Finish("terracotta", "white")), make(Finish("matte", "tan"))
    parts: Objects = []
    for at, tilt in (
        ((0, 0, 0), (0, 0, 0)),
        ((1.35, 0.3, 0), (0, 0, 0)),
        ((0.6, 0.1, 1.0), (0, 0, 0)),
        ((-1.5, -0.4, 0.56), (90, 0, 50)),
    ):
        parts.append(
            turned([(0.22, 0), (0.56, 0), (0.56, 0.02), (0.56, 0.98), (0.56, 1.0), (0.22, 1.0)], paper, at, tilt)
        )
        parts.append(turned([(0.215, 0.0), (0.215, 1.0)], card, at, tilt))
    return parts


def sunflower() -> Objects:
    yellow, brown, green = (
        make(Finish("matte", "#e0a81c")),
        make(Finish("terracotta", "#3d2413")),
        make(Finish("enamel", "fern", rough=0.6)),
    )
    head: Objects = [ball(0.75, brown, (0, 0, 0.08), (1, 1, 0.25))]
    for layer, (count, r) in enumerate(((20, 1.5), (20, 1.35))):
        for k in range(count):
            a = 2 * math.pi * (k + 0.5 * layer) / count
            path = [
                (t * math.cos(a), t * math.sin(a), 0.04 + 0.06 * layer + 0.12 * (t - 0.6)) for t in (0.55, 0.9, 1.2, r)
            ]
            head.append(tube(path, [0.1, 0.2, 0.19, 0.03], yellow, section=(0.15, 1.0), sides=10))
    stem = tube([(0, 0, 0), (0.3, -1.4, -0.5), (0.4, -3.2, -0.35)], 0.11, green)
    leaf = tube(
        [(0.3, -1.8, -0.4), (1.0, -2.1, -0.1), (1.7, -2.2, -0.3)], [0.08, 0.5, 0.5, 0.05], green, section=(0.1, 1.0)
    )
    holder = join_under("head", head)
    holder.rotation_euler[0] = math.radians(20)
    return [holder, *head, stem, leaf]


def shell() -> Objects:
    """Build a spiral sea shell."""
    skin = make(Finish("glaze", "ivory", "clay", ("bands", 30.0, 0.7)))
    path, radii = [], []
    for t in np.linspace(0, 1, 200):
        a, s = t * 2 * math.pi * 4.2, 0.04 + 0.96 * t**1.9
        path.append((0.5 * s * math.cos(a), 0.5 * s * math.sin(a), -1.9 * s))
        radii.append(0.62 * s)
    spiral = tube(path[::2], radii, skin, sides=32, domed=False)
    holder = join_under("shell", [spiral])
    holder.rotation_euler = (math.radians(75), 0, math.radians(30))
    return [holder, spiral]


WEAR: dict[str, Callable[[], Objects]] = {
    "sneakers": sneakers,
    "rubber boots": boots,
    "straw hat": straw_hat,
    "backpack": backpack,
    "wrist watch": wrist_watch,
    "spectacles": spectacles,
    "open book": open_book,
    "cactus": cactus,
    "toilet rolls": paper_rolls,
    "sunflower": sunflower,
    "sea shell": shell,
}

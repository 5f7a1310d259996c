"""Everyday clutter for customer photos, and its placement around the subject."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demo.render import outdoors
from demo.render.distractors import DISTRACTORS
from demo.render.finish import Finish
from demo.render.geometry import box, join_under, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.surroundings import THINGS, leaves

Circle = tuple[float, float, float]


def keys(x: float, y: float, seed: int) -> None:
    steel = make(Finish("metal", "steel"))
    ring = [(x + 0.22 * math.cos(a), y + 0.22 * math.sin(a), 0.05) for a in np.linspace(0, 2 * math.pi, 30, False)]
    sweep("ring", ring, 0.025, steel, up=(0, 0, 1), closed=True)
    for k, colour in enumerate(("steel", "brass", "steel")):
        a = seed + 0.6 * k
        way = (math.cos(a), math.sin(a))
        stuff = make(Finish("metal", colour))
        for start, long, wide in ((0.25, 0.3, 0.28), (0.5, 0.42, 0.11)):
            at = (x + way[0] * (start + long / 2), y + way[1] * (start + long / 2), 0.02 + 0.02 * k)
            box("key", (long, wide, 0.03), stuff, at=at, bevel=0.01).rotation_euler[2] = a


def glasses(x: float, y: float, seed: int) -> None:
    frame = make(Finish("enamel", ["black", "chocolate", "navy"][seed % 3]))
    for side in (-1, 1):
        rim = [
            (x + side * 0.34 + 0.27 * math.cos(a), y, 0.27 + 0.22 * math.sin(a))
            for a in np.linspace(0, 6.283, 30, False)
        ]
        sweep("rim", rim, 0.03, frame, closed=True)
        sweep("bow", [(x + side * 0.62, y, 0.36), (x + side * 0.6, y + 1.3, 0.1)], 0.028, frame, up=(0, 0, 1))
    sweep("bridge", [(x - 0.1, y, 0.32), (x + 0.1, y, 0.32)], 0.03, frame, up=(0, 0, 1))


def paper(x: float, y: float, seed: int) -> None:
    """Lay a magazine across letters."""
    for k, colour in enumerate(("white", ["sky", "coral", "mustard", "sage"][seed % 4])):
        finish = Finish("matte", colour, "charcoal", ("bands", 14.0, 0.82)) if k == 0 else Finish("enamel", colour)
        sheet = box(
            "sheet", (1.5, 2.1, 0.02 + 0.03 * k), make(finish), at=(x + 0.3 * k, y - 0.1 * k, 0.022 * k), bevel=0.0
        )
        sheet.rotation_euler[2] = 0.5 * k - 0.35 + 0.21 * seed


def pen(x: float, y: float, seed: int) -> None:
    a = seed * 1.3
    path = [(x + t * math.cos(a), y + t * math.sin(a), 0.05) for t in (-0.7, 0.4, 0.6, 0.7)]
    sweep(
        "pen",
        path,
        [0.05, 0.05, 0.045, 0.015],
        make(Finish("enamel", ["blue", "black", "red"][seed % 3])),
        up=(0, 0, 1),
    )


def remote(x: float, y: float, seed: int) -> None:
    turn = 0.3 + seed
    parts = [box("remote", (0.48, 1.8, 0.18), make(Finish("enamel", "charcoal", rough=0.5)), bevel=0.07)]
    for row in range(6):
        for column in range(3):
            colour = "red" if (row, column) == (5, 0) else "stone"
            parts.append(
                box(
                    "button",
                    (0.08, 0.1, 0.03),
                    make(Finish("matte", colour)),
                    at=(-0.13 + 0.13 * column, -0.6 + 0.24 * row, 0.17),
                    bevel=0.01,
                )
            )
    holder = join_under("remote", parts)
    holder.location, holder.rotation_euler[2] = (x, y, 0), turn


def can(x: float, y: float, seed: int) -> None:
    steel = make(Finish("metal", "steel"))
    label = make(Finish("enamel", ["red", "green", "mustard", "sky"][seed % 4], "white", ("line", 0.55, 0.12)))
    lathe("label", [(0.375, 0.08), (0.375, 1.0)], [label], segments=64).location = (x, y, 0)
    tin = [(0, 0), (0.35, 0), (0.37, 0.04), (0.37, 1.04), (0.38, 1.08), (0.35, 1.08), (0.33, 1.03), (0, 1.03)]
    lathe("tin", tin, [steel], segments=64).location = (x, y, 0)


def carton(x: float, y: float, seed: int) -> None:
    """Build a milk or juice carton with a gable."""
    colour = ["sky", "mustard", "red", "fern"][seed % 4]
    card = make(Finish("enamel", colour, "white", ("dip", 0.55, 0.0)))
    parts = [
        box("carton", (0.72, 0.72, 1.75), card, bevel=0.02),
        box("gable", (0.72, 0.72, 0.42), make(Finish("enamel", "white")), at=(0, 0, 2.12), bevel=0.0),
        box("crest", (0.72, 0.05, 0.2), make(Finish("enamel", "white")), at=(0, 0, 2.1), bevel=0.0),
    ]
    for vert in parts[1].data.vertices:
        if vert.co.z > 0.2:
            vert.co.y *= 0.05
    parts[1].location.z = 1.73
    holder = join_under("carton", parts)
    holder.location, holder.rotation_euler[2] = (x, y, 0), 0.4 + seed * 0.5


def parcel(x: float, y: float, seed: int) -> None:
    card = make(Finish("matte", "#b98f5e"))
    size = (2.4, 1.7, 1.1)
    tape = make(Finish("enamel", "#c9ab7a", rough=0.3))
    holder = join_under(
        "parcel", [box("card", size, card, bevel=0.02), box("tape", (2.41, 0.4, 1.11), tape, bevel=0.0)]
    )
    holder.location, holder.rotation_euler[2] = (x, y, 0), 0.2 + seed * 0.7


def yarn(x: float, y: float, seed: int) -> None:
    wool = make(Finish("cloth", ["rust", "mustard", "teal", "rose"][seed % 4], rough=20.0))
    rng = np.random.default_rng(seed)
    for _ in range(9):
        a, b = rng.normal(size=(2, 3))
        a /= np.linalg.norm(a)
        b -= (a @ b) * a
        b /= np.linalg.norm(b)
        t = np.linspace(0, 2 * math.pi, 40, False)[:, None]
        loop = (np.cos(t) * a + np.sin(t) * b) * 0.4 + np.array([x, y, 0.46])
        sweep("strand", loop.tolist(), 0.1, wool, up=tuple(np.cross(a, b)), closed=True, sides=8)
    tail = smooth(
        [(x + 0.3, y - 0.3, 0.05), (x + 0.8, y - 0.5, 0.04), (x + 1.1, y - 0.1, 0.04), (x + 1.6, y - 0.4, 0.04)], 8
    )
    sweep("tail", tail, 0.05, wool, up=(0, 0, 1), sides=8)


def tissues(x: float, y: float, seed: int) -> None:
    carton_finish = Finish("matte", ["aqua", "rose", "sand"][seed % 3], "white", ("dots", 7.0, 4.0, 0.3, 1.0))
    box("tissues", (2.2, 1.1, 0.8), make(carton_finish), at=(x, y, 0), bevel=0.03)
    cone = smooth([(0.42, 0.78), (0.2, 1.0), (0.34, 1.35), (0.1, 1.5), (0.02, 1.55)], 8)
    lathe(
        "tissue", cone, [make(Finish("matte", "white"))], warp=lambda a, z: 1 + 0.35 * np.sin(3 * a + 4 * z)
    ).location = (x, y, 0)


def twigs(x: float, y: float, seed: int) -> None:
    """Build fallen leaves and twigs."""
    rng = np.random.default_rng(seed)
    for _ in range(7):
        cx, cy, a = x + float(rng.normal(0, 0.6)), y + float(rng.normal(0, 0.5)), float(rng.uniform(0, 6.3))
        way = np.array([math.cos(a), math.sin(a), 0.0])
        path = [
            (np.array([cx, cy, 0.05]) + way * t + np.array([0, 0, 0.12 * math.sin(t * 4)])).tolist()
            for t in np.linspace(0, 0.8, 8)
        ]
        stuff = Finish("terracotta", str(rng.choice(["ochre", "rust", "olive", "tan"])))
        sweep(
            "leaf",
            path,
            [0.03, 0.22, 0.27, 0.18, 0.02],
            make(stuff),
            section=(1.0, 0.06),
            up=(-way[1], way[0], 0),
            sides=10,
        )


def fern(x: float, y: float, seed: int) -> None:
    """Build a green plant in a plastic nursery pot."""
    pot = [(0, 0), (0.45, 0), (0.6, 0.8), (0.65, 0.8), (0.65, 0.95), (0.58, 0.95), (0.55, 0.8), (0, 0.78)]
    lathe("nursery pot", pot, [make(Finish("enamel", "charcoal", rough=0.6))], segments=48).location = (x, y, 0)
    outdoors.foliage((x, y, 1.75), (2.0, 2.0, 1.8), 260, 0.55, seed, ("fern", "leaf"))
    leaves(x, y, 0.8, 1.3, seed)


def stack(x: float, y: float, seed: int) -> None:
    """Build a tall pile of books and magazines."""
    rng, z = np.random.default_rng(seed), 0.0
    for _ in range(6):
        thick = float(rng.uniform(0.12, 0.38))
        colour = str(rng.choice(["rust", "navy", "sand", "olive", "plum", "charcoal", "sky", "cream", "teal"]))
        size = (float(rng.uniform(1.8, 2.3)), float(rng.uniform(1.3, 1.6)), thick)
        book = box("cover", size, make(Finish("matte", colour)), at=(x, y, z), bevel=0.02)
        inner = (size[0] - 0.06, size[1] - 0.02, thick - 0.07)
        pages = box("pages", inner, make(Finish("matte", "ivory")), at=(x + 0.03, y - 0.04, z + 0.035), bevel=0.0)
        book.rotation_euler[2] = pages.rotation_euler[2] = float(rng.uniform(-0.35, 0.35))
        z += thick


def stones(x: float, y: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(4):
        r = float(rng.uniform(0.18, 0.45))
        outline = [(r * math.sin(t), r * 0.6 * (1 - math.cos(t))) for t in np.linspace(0, math.pi, 14)]
        stuff = make(Finish("concrete", str(rng.choice(["stone", "grey", "sand"]))))
        squash = float(rng.uniform(0.7, 0.95))
        pebble = lathe("stone", outline, [stuff], segments=48)
        pebble.scale.y, pebble.rotation_euler[2] = squash, float(rng.uniform(0, 3))
        pebble.location = (x + float(rng.normal(0, 0.5)), y + float(rng.normal(0, 0.4)), 0)


@dataclass(frozen=True)
class Thing:
    """A kind of clutter. ``put`` builds it at x, y; ``radius`` is its size; ``low`` items may go in front."""

    put: Callable[[float, float, int], None]
    radius: float
    low: bool = False


CLUTTER: dict[str, Thing] = {
    "books": Thing(THINGS["books"], 1.35, low=True),
    "stack of books": Thing(stack, 1.3),
    "standing books": Thing(THINGS["standing books"], 1.2),
    "fruit": Thing(THINGS["fruit"], 1.15),
    "phone": Thing(THINGS["phone"], 0.85, low=True),
    "packet": Thing(THINGS["packet"], 0.9),
    "tea towel": Thing(THINGS["cloth"], 1.4, low=True),
    "spoon": Thing(lambda x, y, seed: THINGS["spoon"](x - 0.8, y, seed), 0.9, low=True),
    "keys": Thing(keys, 0.8, low=True),
    "glasses": Thing(glasses, 0.9, low=True),
    "papers": Thing(paper, 1.3, low=True),
    "pen": Thing(pen, 0.7, low=True),
    "remote": Thing(remote, 0.95, low=True),
    "can": Thing(can, 0.45),
    "carton": Thing(carton, 0.6),
    "parcel": Thing(parcel, 1.5),
    "yarn": Thing(yarn, 0.6),
    "tissues": Thing(tissues, 1.2),
    "leaves": Thing(twigs, 1.2, low=True),
    "plant": Thing(fern, 1.0),
    "stones": Thing(stones, 0.9, low=True),
}


def _distractor(name: str, x: float, y: float, seed: int) -> None:
    holder = join_under(name, DISTRACTORS[name]())
    holder.location, holder.rotation_euler[2] = (x, y, 0), seed * 1.7


def thing(name: str) -> Thing:
    """Return clutter by name. Distractors work too, as ``name`` or ``name/radius``."""
    if name in CLUTTER:
        return CLUTTER[name]
    distractor, _, radius = name.partition("/")
    return Thing(lambda x, y, seed: _distractor(distractor, x, y, seed), float(radius or 1.5))


def scatter(names: tuple[str, ...], taken: list[Circle], free: tuple[float, float, float, float], seed: int) -> None:
    """Place clutter around the objects in ``taken``: tall items behind and beside them, low items anywhere."""
    rng = np.random.default_rng(seed)
    left, right, near, far = free
    x0, y0, r0 = taken[0]
    for k, name in enumerate(names):
        item = thing(name)
        for attempt in range(60):
            way = math.radians(float(rng.uniform(-35, 215) if item.low else rng.uniform(8, 172)))
            reach = r0 + item.radius + float(rng.uniform(0.05, 0.5)) + 0.05 * attempt
            x, y = x0 + reach * math.cos(way) * 1.1, y0 + reach * math.sin(way)
            inside = left + item.radius < x < right - item.radius and near + item.radius < y < far - item.radius * 0.6
            if inside and all(math.hypot(x - a, y - b) > r + item.radius for a, b, r in taken):
                item.put(x, y, seed + k)
                taken.append((x, y, item.radius))
                break

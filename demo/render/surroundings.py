"""Other objects in customer photos: books, fruit, a phone, leaves and flowers."""

import math
from collections.abc import Callable

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Vec, box, lathe, smooth, sweep
from demo.render.materials import make

Thing = Callable[[float, float, int], None]


def books(x: float, y: float, seed: int) -> None:
    """Build a pile of books lying flat."""
    rng, z = np.random.default_rng(seed), 0.0
    for _ in range(3):
        thick = float(rng.uniform(0.2, 0.4))
        colour = str(rng.choice(["rust", "navy", "sand", "olive", "plum", "charcoal", "sky"]))
        turn = float(rng.uniform(-0.4, 0.4))
        cover = box("cover", (2.2, 1.5, thick), make(Finish("matte", colour)), at=(x, y, z), bevel=0.02)
        pages = box(
            "pages",
            (2.16, 1.44, thick - 0.07),
            make(Finish("matte", "ivory")),
            at=(x + 0.04, y - 0.05, z + 0.035),
            bevel=0.0,
        )
        for obj in (cover, pages):
            obj.rotation_euler[2] = turn
        z += thick


def standing_books(x: float, y: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(5):
        thick, tall = float(rng.uniform(0.2, 0.45)), float(rng.uniform(1.9, 2.5))
        colour = str(rng.choice(["rust", "navy", "sand", "olive", "plum", "forest", "sky", "red"]))
        box(
            "book",
            (thick, 1.5, tall),
            make(Finish("matte", colour, "ivory", ("line", 0.8, 0.04))),
            at=(x, y, 0),
            bevel=0.03,
        )
        x += thick + 0.02


def fruit(x: float, y: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    colours = ["red", "ochre", "lemon", "fern"]
    for k in range(3):
        r = float(rng.uniform(0.32, 0.42))
        outline = [
            (0.0, 0.12 * r),
            (r * 0.4, 0.02),
            (r * 0.95, r * 0.7),
            (r, r),
            (r * 0.8, r * 1.6),
            (r * 0.3, r * 1.85),
            (0.0, r * 1.7),
        ]
        apple = lathe(
            "fruit",
            smooth(outline, 8),
            [make(Finish("glaze", colours[(seed + k) % 4], "ochre", ("fade", 0.2, 0.7)))],
            segments=64,
        )
        apple.location = (x + 0.75 * math.cos(k * 2.2 + seed), y + 0.75 * math.sin(k * 2.2 + seed), 0)


def phone(x: float, y: float, seed: int) -> None:
    slab = box("phone", (0.75, 1.55, 0.08), make(Finish("enamel", "black", rough=0.08)), at=(x, y, 0), bevel=0.035)
    slab.rotation_euler[2] = seed * 0.7


def packet(x: float, y: float, seed: int) -> None:
    """Build a cardboard packet with a coloured band."""
    colour = ["mustard", "teal", "coral", "blue"][seed % 4]
    carton = box(
        "packet",
        (1.5, 0.6, 2.3),
        make(Finish("matte", colour, "white", ("bands", 1.6, 0.6))),
        at=(x, y, 0),
        bevel=0.03,
    )
    carton.rotation_euler[2] = seed * 0.3 - 0.4


def tumbler(x: float, y: float, seed: int) -> None:
    outline = [(0.0, 0.0), (0.3, 0.0), (0.32, 0.04), (0.38, 1.1), (0.36, 1.1), (0.3, 0.12), (0.0, 0.12)]
    lathe("tumbler", outline, [make(Finish("glass", "clear"))], segments=64).location = (x, y, 0)


def cloth(x: float, y: float, seed: int) -> None:
    """Build a folded tea towel."""
    for k in range(3):
        fold = box(
            "towel",
            (2.4 - 0.1 * k, 1.5, 0.09),
            make(Finish("cloth", ["white", "sky", "rose"][seed % 3], "red", ("stripes", 6.0, 0.12))),
            at=(x + 0.04 * k, y, 0.085 * k),
            bevel=0.04,
        )
        fold.rotation_euler[2] = 0.3 + seed * 0.2


def spoon(x: float, y: float, seed: int) -> None:
    path = [(x, y, 0.06), (x + 0.9, y + 0.2, 0.1), (x + 1.5, y + 0.33, 0.07)]
    sweep(
        "spoon",
        smooth(path, 6),
        [0.17, 0.2, 0.06, 0.05, 0.05, 0.07],
        make(Finish("metal", "steel", rough=0.15)),
        section=(1.0, 0.25),
    )


def pot_plant(x: float, y: float, seed: int) -> None:
    outline = smooth(
        [(0.0, 0.0), (0.55, 0.0), (0.55, 0.0), (0.7, 1.0), (0.7, 1.0), (0.62, 1.0), (0.6, 0.85), (0.0, 0.85)], 4
    )
    lathe("pot", outline, [make(Finish("matte", "white"))], segments=64).location = (x, y, 0)
    leaves(x, y, 0.85, 2.2, seed)


THINGS: dict[str, Thing] = {
    "books": books,
    "standing books": standing_books,
    "fruit": fruit,
    "phone": phone,
    "packet": packet,
    "tumbler": tumbler,
    "cloth": cloth,
    "spoon": spoon,
    "pot plant": pot_plant,
}


def leaves(x: float, y: float, z: float, tall: float, seed: int) -> list[bpy.types.Object]:
    """Build a clump of long pointed leaves."""
    rng, parts = np.random.default_rng(seed), []
    for k in range(11):
        a, lean = k * 2.4, float(rng.uniform(0.15, 0.6))
        reach = float(rng.uniform(0.75, 1.0)) * tall
        path: list[Vec] = [
            (x + 0.15 * math.cos(a), y + 0.15 * math.sin(a), z - 0.1),
            (x + (0.2 + lean * 0.5) * math.cos(a), y + (0.2 + lean * 0.5) * math.sin(a), z + reach * 0.55),
            (x + (0.25 + lean * 1.6) * math.cos(a), y + (0.25 + lean * 1.6) * math.sin(a), z + reach),
        ]
        finish = Finish("enamel", "leaf" if k % 3 else "fern", rough=0.45)
        parts.append(
            sweep(
                "leaf",
                smooth(path, 8),
                [0.08, 0.17, 0.2, 0.13, 0.02],
                make(finish),
                section=(1.0, 0.1),
                up=(-math.sin(a), math.cos(a), 0),
                sides=12,
            )
        )
    return parts


def soil(z: float, radius: float) -> bpy.types.Object:
    return lathe("soil", [(0, z + 0.05), (radius * 0.6, z + 0.03), (radius, z)], [make(Finish("terracotta", "soil"))])


def flowers(z: float, tall: float, spread: float, seed: int) -> list[bpy.types.Object]:
    """Build round yellow flower heads on thin stems."""
    rng, parts = np.random.default_rng(seed), []
    for k in range(7):
        a, out = k * 2.4, float(rng.uniform(0.3, 1.0)) * spread
        tip = (out * math.cos(a), out * math.sin(a), z + tall * float(rng.uniform(0.7, 1.0)))
        path: list[Vec] = [(0.02 * k - 0.06, 0, z * 0.3), (tip[0] * 0.15, tip[1] * 0.15, z), tip]
        parts.append(sweep("stem", smooth(path, 8), 0.022, make(Finish("enamel", "fern", rough=0.5)), sides=8))
        size = 0.05 + 0.07 * tall
        outline = [(size * math.sin(t), -size * math.cos(t)) for t in np.linspace(0, math.pi, 14)]
        head = lathe("flower", outline, [make(Finish("terracotta", ["mustard", "coral"][seed % 2]))], segments=32)
        head.location = tip
        parts.append(head)
    return parts

"""Outdoor places: garden table, lawn, patio, balcony, doorstep, window sill."""

import math

import bpy
import numpy as np

from demo.render import surfaces
from demo.render.finish import Finish
from demo.render.geometry import Vec, box, finish_mesh, sweep
from demo.render.materials import make

Spread = tuple[float, float, float, float]


def _quads(name: str, corners: np.ndarray, material: bpy.types.Material) -> bpy.types.Object:
    """Build one object from loose quads (n, 4, 3)."""
    n = len(corners)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners.reshape(-1, 3).tolist(), [], np.arange(4 * n).reshape(n, 4).tolist())
    return finish_mesh(mesh, name, [material], 10)


def foliage(at: Vec, size: Vec, count: int, leaf: float, seed: int, tone: tuple[str, str] = ("fern", "leaf")) -> None:
    """Build a bush or hedge: leaves scattered in a rounded body, denser at its surface."""
    rng = np.random.default_rng(seed)
    way = rng.normal(size=(count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    way = np.sign(way) * np.abs(way) ** 0.6
    centre = np.array(at) + way * np.array(size) / 2 * rng.uniform(0.75, 1.05, (count, 1))
    a, b = rng.normal(size=(2, count, 3))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b -= (a * b).sum(axis=1, keepdims=True) * a
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    long, wide = leaf * rng.uniform(0.6, 1.2, (count, 1)), leaf * 0.32
    corners = np.stack(
        [centre, centre + a * long * 0.5 + b * wide, centre + a * long, centre + a * long * 0.5 - b * wide], 1
    )
    _quads("foliage", corners, surfaces.living(*tone))
    core = box("core", (size[0] * 0.8, size[1] * 0.8, size[2] * 0.8), make(Finish("terracotta", "#35582a")), bevel=0.0)
    core.location = (at[0], at[1], at[2] - size[2] * 0.4)


def grass(spread: Spread, count: int, seed: int, z: float = 0.0, tall: float = 0.45) -> None:
    """Build blades of grass on an earth-green ground."""
    rng = np.random.default_rng(seed)
    left, right, near, far = spread
    depth = rng.beta(1.0, 1.7, count)
    x, y = rng.uniform(left, right, count), near + (far - near) * depth
    lean, turn = rng.normal(0, 0.5, (2, count)), rng.uniform(0, 2 * math.pi, count)
    high = tall * rng.uniform(0.5, 1.2, count)
    root = np.stack([x, y, np.full(count, z - 0.02)], 1)
    side = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1) * 0.035
    tip = root + np.stack([lean[0] * high, lean[1] * high, high], 1)
    _quads(
        "grass",
        np.stack([root - side, root + side, tip + side * 0.2, tip - side * 0.2], 1),
        surfaces.living("fern", "leaf", 0.4),
    )
    ground = box("ground", (right - left + 60, far - near + 60, 0.2), surfaces.living("leaf", "moss", 3.0), bevel=0.0)
    ground.location = ((left + right) / 2, (near + far) / 2 + 20, z - 0.25)


def _garden(distance: float, floor: float, seed: int) -> None:
    """Build a hedge, trees and a fence in the distance, out of focus."""
    rng = np.random.default_rng(seed)
    for x in np.arange(-36, 37, 9.0):
        foliage(
            (float(x), distance + float(rng.uniform(-1, 2)), floor + 6),
            (11, 5, float(rng.uniform(10, 15))),
            1500,
            1.0,
            seed + int(x),
        )
    if seed % 2:
        x = float(rng.uniform(-14, 14))
        sweep(
            "trunk",
            [(x, distance - 6, floor), (x + 0.5, distance - 6, floor + 14)],
            [0.8, 0.5],
            surfaces.planks("walnut"),
        )
        foliage((x, distance - 6, floor + 17), (14, 10, 9), 1800, 1.0, seed + 99, ("fern", "leaf"))
    fence = surfaces.planks("ash", along_y=True)
    for x in np.arange(-44, 44, 1.5):
        box("pale", (1.2, 0.15, 11), fence, at=(float(x), distance + 4.5, floor), bevel=0.0)


def garden_table(tone: str, wall: str, seed: int) -> None:
    """Build a slatted table on a lawn, with a hedge behind it."""
    wood = surfaces.planks(tone, 30.0)
    for k, y in enumerate(np.arange(-4.5, 6.0, 1.0)):
        box("slat", (19, 0.9, 0.25), wood, at=(0.05 * (k % 3), float(y), -0.25), bevel=0.04)
    for x in (-7, 7):
        box("bearer", (0.8, 10.5, 0.5), wood, at=(x, 0.7, -0.75), bevel=0.03)
    grass((-26, 26, 4, 34), 14000, seed, -7.2, 0.9)
    box("garden chair", (4.5, 0.3, 5.0), make(Finish("enamel", wall)), at=(5.5, 9.0, -3.6), bevel=0.1)
    _garden(34, -7.2, seed)


def lawn(tone: str, wall: str, seed: int) -> None:
    """Build a lawn, with a blanket on it if the tone is blanket."""
    if tone == "blanket":
        cloth = Finish("cloth", wall, "cream", ("gingham", 9.0, 9.0), rough=240.0)
        blanket = box("blanket", (17, 13, 0.12), make(cloth), at=(0, 1.0, -0.12), bevel=0.04)
        blanket.rotation_euler[2] = 0.16
        grass((-24, 24, -14, 30), 42000, seed, -0.35, 0.42)
    else:
        grass((-18, 18, -9, 26), 42000, seed, -0.16, 0.34)
    _garden(32, -0.3, seed)


def patio(tone: str, wall: str, seed: int) -> None:
    """Build stone slabs in front of a brick or rendered house wall with plants at its foot."""
    box("slabs", (70, 50, 0.3), surfaces.paving(tone), at=(0, -6, -0.3), bevel=0.0)
    stuff = surfaces.bricks(wall) if wall in ("rust", "terracotta", "clay", "sand") else surfaces.plaster(wall)
    box("house", (90, 0.5, 44), stuff, at=(0, 11, -1), bevel=0.0)
    rng = np.random.default_rng(seed)
    for x in (-11, 10.5):
        foliage((x + float(rng.uniform(-2, 2)), 9.6, 1.4), (6.5, 2.2, 3.4), 700, 0.7, seed + int(x) % 7)
    pipe = make(Finish("metal", "steel", rough=0.5))
    sweep("downpipe", [(7.2, 10.5, -1), (7.2, 10.5, 40)], 0.45, pipe)


def balcony(tone: str, wall: str, seed: int) -> None:
    """Build a tiled balcony with a barred railing, and roofs and sky behind it."""
    box("deck", (40, 26, 0.3), surfaces.planks(tone, 1.4, along_y=True), at=(0, -4.5, -0.3), bevel=0.0)
    iron = make(Finish("enamel", "charcoal", rough=0.4))
    for x in np.arange(-18, 18.1, 1.15):
        box("bar", (0.14, 0.14, 9.4), iron, at=(float(x), 7.6, -0.2), bevel=0.02)
    for z in (0.5, 9.2):
        box("rail", (42, 0.35, 0.25), iron, at=(0, 7.6, z), bevel=0.04)
    rng = np.random.default_rng(seed)
    for _ in range(16):
        x, far = float(rng.uniform(-70, 70)), float(rng.uniform(45, 90))
        tall = float(rng.uniform(4, 24))
        front = surfaces.plaster(str(rng.choice(["cream", "sand", "blush", "stone", "clay", "white"])))
        box("house", (float(rng.uniform(10, 18)), 6, tall), front, at=(x, far, -14), bevel=0.0)
        box("roof", (17, 8, 2.5), make(Finish("terracotta", "rust")), at=(x, far, tall - 14), bevel=1.0, taper=1.15)
        for k in range(4):
            pane = make(Finish("enamel", "ink", rough=0.1))
            box("pane", (1.6, 0.2, 2.4), pane, at=(x - 6 + 3.6 * k, far - 3.1, tall - 18), bevel=0.0)
    foliage((-13, 30, -8), (18, 8, 14), 1500, 1.4, seed)
    if wall != "none":
        box("side wall", (0.5, 30, 40), surfaces.plaster(wall), at=(-12, -2, -1), bevel=0.0)


def doorstep(tone: str, wall: str, seed: int) -> None:
    """Build a stone step in front of a painted front door in a brick wall."""
    box("step", (17, 7, 1.5), surfaces.paving(tone), at=(0, 0.6, -1.62), bevel=0.08)
    box("path", (60, 40, 0.3), surfaces.paving("stone"), at=(0, -14, -1.8), bevel=0.0)
    box("sill", (11.5, 0.9, 0.4), make(Finish("metal", "steel", rough=0.4)), at=(0, 4.0, 0), bevel=0.08)
    door = make(Finish("enamel", wall, rough=0.3))
    box("door", (10, 0.4, 22), door, at=(0, 4.3, 0.35), bevel=0.04)
    for x in (-2.3, 2.3):
        for z, tall in ((1.8, 5.5), (9, 9)):
            box("panel", (3.4, 0.2, tall), door, at=(x, 4.05, z), bevel=0.09)
    frame = make(Finish("enamel", "white"))
    for x in (-5.6, 5.6):
        box("jamb", (1.2, 0.8, 24), frame, at=(x, 4.0, 0), bevel=0.08)
        box("house", (24, 0.8, 34), surfaces.bricks("rust"), at=(x + math.copysign(12.6, x), 4.1, -1.6), bevel=0.0)
    box("slot", (2.4, 0.12, 0.7), make(Finish("metal", "brass")), at=(0, 4.02, 7.6), bevel=0.03)
    box("mat", (9, 4.5, 0.12), surfaces.carpet("tan"), at=(0, 1.1, -0.12), bevel=0.03)
    foliage((-8.6, 2.2, 0.2), (3.0, 2.5, 3.6), 420, 0.5, seed)


def window_sill(tone: str, wall: str, seed: int) -> None:
    """Build an indoor window sill with daylight behind it."""
    frame = make(Finish("enamel", "white"))
    board = make(Finish("enamel", "white")) if tone == "white" else surfaces.tabletop(tone)
    box("sill", (26, 3.6, 0.35), board, at=(0, 0.2, -0.35), bevel=0.09)
    box("below", (60, 0.4, 12), surfaces.plaster(wall), at=(0, 1.0, -12.2), bevel=0.0)
    for x in (-20.0, 20.0):
        box("reveal", (20.2, 0.6, 30), surfaces.plaster(wall), at=(x * 1.1, 1.3, -0.2), bevel=0.05)
    for x in (-11.6, -3.9, 3.9, 11.6):
        box("upright", (0.55, 0.5, 18), frame, at=(x, 2.2, 0), bevel=0.06)
    for z in (0.0, 6.6, 13.4):
        box("transom", (24, 0.45, 0.5), frame, at=(0, 2.2, z), bevel=0.06)
    view = box("view", (160, 0.1, 70), surfaces.outside("#dfeaf5", "forest", 1.9), bevel=0.0)
    view.location = (0, 34 + seed % 5, -16)
    if seed % 2:
        curtain(-10.2, 1.2, 3.4, "cream")


def curtain(x: float, y: float, width: float, colour: str) -> None:
    """Build a hanging curtain in folds."""
    u = np.linspace(0, 1, 90)
    fold = np.sin(u * 34) * 0.35 + np.sin(u * 13 + 1) * 0.12
    from_top = np.linspace(0, 1, 10)
    points = np.stack(
        [
            np.stack(
                [x + (u - 0.5) * width * (1 + 0.08 * t), y + fold * (0.6 + 0.5 * t), np.full_like(u, 20 - 26 * t)], 1
            )
            for t in from_top
        ]
    )
    quads = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], 2).reshape(-1, 4, 3)
    obj = _quads("curtain", quads, make(Finish("shade", colour)))
    obj.data.set_sharp_from_angle(angle=math.pi)

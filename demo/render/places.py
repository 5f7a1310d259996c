"""Furnished rooms for customer photos. Each takes the surface tone, the wall colour and a seed."""

import math
from collections.abc import Callable

import bpy
import numpy as np

from demo.render import outdoors, surfaces
from demo.render.finish import Finish
from demo.render.geometry import Vec, box, lathe, pillow, smooth, sweep
from demo.render.materials import make

COVERS = ["rust", "navy", "sand", "olive", "plum", "forest", "sky", "charcoal", "cream", "teal", "blush", "stone"]


def _wall(distance: float, colour: str, floor: float = -7.4) -> None:
    box("wall", (100, 0.4, 50), surfaces.plaster(colour), at=(0, distance, floor - 2), bevel=0.0)
    box("skirting", (100, 0.25, 1.0), make(Finish("enamel", "white")), at=(0, distance - 0.3, floor), bevel=0.04)


def _poster(x: float, y: float, z: float, rng: np.random.Generator) -> None:
    w, h = float(rng.uniform(3, 5.5)), float(rng.uniform(4, 6.5))
    box("frame", (w, 0.2, h), make(Finish("wood", str(rng.choice(["ebony", "oak", "ash"])))), at=(x, y, z), bevel=0.04)
    box("mount", (w - 0.4, 0.05, h - 0.4), make(Finish("matte", "ivory")), at=(x, y - 0.12, z + 0.2), bevel=0.0)
    ink = Finish("matte", str(rng.choice(COVERS)), str(rng.choice(COVERS)), ("fade", 0.2, 0.6))
    box("print", (w - 1.5, 0.05, h - 1.8), make(ink), at=(x, y - 0.15, z + 0.9), bevel=0.0)


def _chair(x: float, y: float, turn: float, tone: str, floor: float = -7.4) -> None:
    wood = surfaces.planks(tone, 30.0)
    holder = bpy.data.objects.new("chair", None)
    bpy.context.scene.collection.objects.link(holder)
    parts = [box("seat", (4.2, 4.0, 0.4), wood, at=(0, 0, floor + 4.4), bevel=0.12)]
    for cx in (-1.8, 1.8):
        parts.append(box("leg", (0.35, 0.35, 4.5), wood, at=(cx, -1.6, floor), bevel=0.06))
        parts.append(box("post", (0.35, 0.35, 9.2), wood, at=(cx, 1.8, floor), bevel=0.06))
    for z in (6.2, 7.4, 8.5):
        parts.append(box("slat", (3.5, 0.22, 0.7), wood, at=(0, 1.8, floor + z), bevel=0.08))
    for part in parts:
        part.parent = holder
    holder.location, holder.rotation_euler[2] = (x, y, 0), turn


def row_of_books(x: float, to: float, y: float, z: float, rng: np.random.Generator, tall: float = 2.3) -> None:
    """Build books standing side by side, some leaning, some lying on others."""
    while x < to:
        thick, high, deep = (float(rng.uniform(*r)) for r in ((0.14, 0.48), (tall * 0.72, tall), (1.3, 1.9)))
        colour = str(rng.choice(COVERS))
        pattern = ("line", float(rng.uniform(0.6, 0.85)), 0.05) if rng.random() < 0.5 else None
        cover = make(Finish("matte", colour, "ivory", pattern))
        book = box("book", (thick, deep, high), cover, at=(x + thick / 2, y - deep * 0.1, z), bevel=0.02)
        if rng.random() < 0.12:
            book.rotation_euler[1] = 0.16
            x += 0.3
        x += thick + 0.015


def dining(tone: str, wall: str, seed: int) -> None:
    """Build a wooden dining table with chairs and a wall with a picture."""
    rng = np.random.default_rng(seed)
    box("table", (21, 11, 0.4), surfaces.tabletop(tone), at=(0, 1.6, -0.4), bevel=0.07)
    box("apron", (19, 0.3, 0.9), surfaces.planks(tone, 30.0), at=(0, 6.5, -1.3), bevel=0.02)
    _wall(19, wall)
    box("boards", (90, 60, 0.3), surfaces.planks("oak", 1.4), at=(0, 0, -7.7), bevel=0.0)
    for k, x in enumerate((-6.2, 0.8, 7.5)):
        if (seed + k) % 3:
            _chair(
                x + float(rng.uniform(-1, 1)), 9.2, float(rng.uniform(-0.3, 0.3)), ["walnut", "ash", "ebony"][seed % 3]
            )
    for x in (-11, -3.5, 6):
        if rng.random() < 0.7:
            _poster(x, 18.7, float(rng.uniform(2, 4)), rng)
    if seed % 2:
        outdoors.curtain(13.0, 18.0, 5.0, "cream")


def kitchen(tone: str, wall: str, seed: int) -> None:
    """Build a worktop with tiles, a rail with utensils, a socket and the edge of a hob."""
    rng = np.random.default_rng(seed)
    top = make(Finish("marble", "white", "grey")) if tone == "marble" else None
    top = top or (make(Finish("terrazzo", "stone", "sand")) if tone == "stone" else surfaces.tabletop(tone))
    box("worktop", (50, 7.2, 0.4), top, at=(0, 0.8, -0.4), bevel=0.06)
    front = make(Finish("enamel", ["white", "sage", "navy"][seed % 3], rough=0.4))
    for left in range(-18, 19, 6):
        box("cupboard", (5.9, 0.3, 8), front, at=(left, -2.5, -8.6), bevel=0.05)
    size = [(1.5, 1.5), (2.2, 1.1), (1.0, 1.0)][seed % 3]
    box("tiles", (60, 0.4, 30), surfaces.tiles(wall, "stone", size, brick=seed % 3 == 1), at=(0, 4.6, -1), bevel=0.0)
    steel = make(Finish("metal", "steel"))
    sweep("rail", [(-14, 4.1, 5.6), (14, 4.1, 5.6)], 0.09, steel, up=(0, 0, 1))
    for _ in range(5):
        x, long = float(rng.uniform(-9, 9)), float(rng.uniform(2.2, 3.2))
        stuff = steel if rng.random() < 0.5 else make(Finish("wood", "beech"))
        sweep("handle", [(x, 3.95, 5.5), (x, 3.95, 5.5 - long)], 0.09, stuff, section=(1.6, 0.5))
        sweep("blade", [(x, 3.95, 5.5 - long), (x, 3.95, 4.6 - long)], [0.2, 0.42, 0.4], stuff, section=(1.0, 0.25))
    box("socket", (0.9, 0.12, 0.9), make(Finish("enamel", "white")), at=(-6.5, 4.38, 2.0), bevel=0.06)
    side = 10.5 if seed % 2 else -10.5
    box("hob", (6, 5.4, 0.08), make(Finish("enamel", "black", rough=0.06)), at=(side, 0.6, 0.0), bevel=0.03)
    box("cupboard above", (60, 3.4, 10), front, at=(0, 3.2, 8.2), bevel=0.05)


def desk(tone: str, wall: str, seed: int) -> None:
    """Build a desk with a screen, a keyboard at the edge and notes on the wall."""
    rng = np.random.default_rng(seed)
    box("desk", (26, 9, 0.35), surfaces.tabletop(tone), at=(0, 1.4, -0.35), bevel=0.05)
    _wall(6.4, wall)
    dark = make(Finish("enamel", "black", rough=0.3))
    side = 7.4 if seed % 2 else -7.4
    box("screen", (8.4, 0.35, 5.2), dark, at=(side, 4.3, 1.5), bevel=0.08)
    box(
        "picture",
        (8.1, 0.05, 4.8),
        surfaces.glow(["sky", "white", "teal"][seed % 3], 0.8),
        at=(side, 4.1, 1.7),
        bevel=0.0,
    )
    box("foot", (3, 2, 0.15), dark, at=(side, 4.2, 0), bevel=0.05)
    box("neck", (0.8, 0.3, 2), dark, at=(side, 4.5, 0), bevel=0.05)
    for k in range(7):
        note = make(Finish("matte", ["lemon", "coral", "aqua", "white"][k % 4]))
        x, z = float(rng.uniform(-8, 8)), float(rng.uniform(3.2, 8.5))
        sheet = box("note", (0.9, 0.03, 0.9), note, at=(x, 6.15, z), bevel=0.0)
        sheet.rotation_euler[1] = float(rng.uniform(-0.15, 0.15))
    cable = smooth([(side, 5.4, 0.1), (side * 0.7, 5.0, 0.06), (side * 0.5, 5.6, 0.06), (side * 0.2, 6.0, -2)], 8)
    sweep("cable", cable, 0.045, dark, up=(0.1, 0.2, 1))


def sofa(tone: str, wall: str, seed: int) -> None:
    """Build the seat, back and arm of a sofa, sometimes with a knitted throw over them."""
    cover = surfaces.upholstery(tone)
    for x in (-7.1, 0.0, 7.1):
        box("seat", (7.0, 7.0, 1.9), cover, at=(x, 0.0, -1.9), bevel=0.45, segments=6)
        box("rest", (7.0, 2.0, 6.2), cover, at=(x, 4.1, -0.6), bevel=0.7, segments=6)
    box("frame", (26, 9, 2.6), cover, at=(0, 1.0, -4.4), bevel=0.25)
    side = 11.6 if seed % 2 else -11.6
    box("arm", (2.0, 9, 6.6), cover, at=(side, 0.6, -4.4), bevel=0.6, segments=6)
    _wall(8.0, wall)
    _poster(-5 if seed % 2 else 4, 7.7, 7.0, np.random.default_rng(seed))
    if seed % 3 == 0:
        throw = make(
            Finish("cloth", ["cream", "mustard", "rose"][seed % 3], "stone", ("stripes", 14.0, 0.3), rough=60.0)
        )
        box("throw", (5.2, 2.5, 0.25), throw, at=(-side * 0.55, 4.1, 5.5), bevel=0.12, segments=5)
        box("fall", (5.2, 0.25, 4.0), throw, at=(-side * 0.55, 2.95, 1.7), bevel=0.12, segments=5)


def bookcase(tone: str, wall: str, seed: int) -> None:
    """Build a full bookcase with a gap for the subject."""
    rng = np.random.default_rng(seed)
    wood = surfaces.planks(tone, 30.0)
    levels = (-7.2, -3.7, 0.0, 5.0 if seed % 2 else 3.9, 9.2)
    for z in levels:
        box("shelf", (30, 3.6, 0.3), wood, at=(0, 0.4, z - 0.3), bevel=0.03)
    for x in (-9.5, 9.5):
        box("side", (0.35, 3.6, 30), wood, at=(x, 0.4, -10), bevel=0.03)
    box("back", (34, 0.2, 30), surfaces.plaster(wall), at=(0, 2.3, -10), bevel=0.0)
    for z in levels:
        if z == 0.0:
            row_of_books(-9.2, -3.7, 0.7, z, rng, 2.9)
            row_of_books(3.9, 9.2, 0.7, z, rng, 2.9)
        else:
            row_of_books(-9.2, 9.2, 0.7, z, rng, 2.8)


def bathroom(tone: str, wall: str, seed: int) -> None:
    """Build a shelf over a basin, with small tiles, a towel on its ring and the edge of a mirror."""
    top = make(Finish("marble", "white", "grey")) if tone == "marble" else surfaces.tabletop(tone)
    box("ledge", (30, 4.4, 0.4), top, at=(0, 0.4, -0.4), bevel=0.08)
    box("tiles", (60, 0.4, 40), surfaces.tiles(wall, "white", (0.8, 0.8)), at=(0, 2.7, -12), bevel=0.0)
    mirror = make(Finish("metal", "steel", rough=0.04))
    box("mirror", (9, 0.12, 12), mirror, at=(-7.5 if seed % 2 else 8.2, 2.45, 3.4), bevel=0.04)
    side = 6.5 if seed % 2 else -6.5
    towel = make(
        Finish("cloth", ["white", "sky", "sage", "blush"][seed % 4], "stone", ("line", 0.2, 0.03), rough=120.0)
    )
    box("towel", (3.4, 0.45, 5.5), towel, at=(side, 2.15, 0.9), bevel=0.2, segments=5)
    sweep(
        "bar",
        [(side - 2.3, 2.2, 6.2), (side + 2.3, 2.2, 6.2)],
        0.13,
        make(Finish("metal", "steel", rough=0.1)),
        up=(0, 0, 1),
    )


def bedside(tone: str, wall: str, seed: int) -> None:
    """Build a bedside chest."""
    wood = surfaces.tabletop(tone)
    box("chest", (7.5, 5.4, 0.35), wood, at=(0, 0.3, -0.35), bevel=0.08)
    box("body", (7.1, 5.0, 5), surfaces.planks(tone, 30.0), at=(0, 0.4, -5.4), bevel=0.05)
    box("drawer", (6.5, 0.15, 2.0), wood, at=(0, -2.15, -2.8), bevel=0.05)
    _wall(3.6, wall)
    side = 9.4 if seed % 2 else -9.4
    sheet, cover = make(Finish("cloth", "white", rough=260.0)), surfaces.upholstery(["sky", "rust", "sage"][seed % 3])
    box("mattress", (11, 24, 2.4), sheet, at=(side * 1.02, -8.5, -3.4), bevel=0.5, segments=6)
    box("blanket", (11.4, 16, 1.0), cover, at=(side * 1.02, -13, -1.6), bevel=0.45, segments=6)
    box("headboard", (12, 0.6, 9), wood, at=(side * 1.02, 3.0, -6), bevel=0.15)
    pillow("nightpillow", 7.5, 5.0, 2.0, sheet, seed=seed)
    for obj in bpy.context.scene.objects:
        if obj.name.startswith("nightpillow"):
            obj.rotation_euler = (math.radians(-50), 0, math.radians(6))
            obj.location = (side, 0.8, 0.6)


def corner(tone: str, wall: str, seed: int) -> None:
    """Build a floor in front of a wall with a radiator, a door frame or a trailing cable."""
    rng = np.random.default_rng(seed)
    floors: dict[str, Callable[[], bpy.types.Material]] = {
        "carpet": lambda: surfaces.carpet(["oatmeal", "grey", "olive"][seed % 3]),
        "tiles": lambda: surfaces.tiles("stone", "charcoal", (3.0, 3.0), upright=False),
    }
    stuff = floors[tone]() if tone in floors else surfaces.planks(tone, 1.3, along_y=seed % 2 == 0)
    box("floor", (90, 70, 0.3), stuff, at=(0, -8, -0.3), bevel=0.0)
    _wall(10, wall, 0.0)
    white = make(Finish("enamel", "white"))
    if seed % 3 == 0:
        for x in np.arange(-6.5, 6.6, 0.9):
            box("rib", (0.65, 0.9, 6.4), white, at=(float(x) + 1.5, 9.0, 1.5), bevel=0.25)
    elif seed % 3 == 1:
        side = float(rng.choice([-1, 1])) * 9
        box("door", (8.5, 0.3, 30), surfaces.planks("beech", 30.0, along_y=True), at=(side, 9.7, 0), bevel=0.03)
        for x in (-4.7, 4.7):
            box("post", (0.9, 0.5, 30), white, at=(side + x, 9.6, 0), bevel=0.08)
    else:
        box("socket", (1.6, 0.14, 0.85), white, at=(-4.5, 9.7, 2.6), bevel=0.06)
        flex = smooth([(-4.5, 9.5, 3.0), (-4.6, 8.9, 0.6), (-5.5, 7.5, 0.08), (-8.0, 7.8, 0.08), (-12, 5, 0.08)], 10)
        sweep("flex", flex, 0.06, make(Finish("enamel", "white")), up=(0.1, 0.2, 1))
        _poster(float(rng.uniform(1, 6)), 9.6, 6.0, rng)


def rug(tone: str, wall: str, seed: int) -> None:
    """Build a patterned rug on floorboards, with the foot of a sofa behind it."""
    patterns = [("checks", 9.0, 6.0), ("bands", 11.0, 0.4), ("stripes", 16.0, 0.5), ("chevron", 9.0, 9.0, 1.0)]
    weave = Finish("cloth", tone, ["cream", "charcoal", "rust", "navy"][seed % 4], patterns[seed % 4], rough=170.0)
    box("floor", (80, 60, 0.3), surfaces.planks("walnut" if seed % 2 else "oak", 1.2), at=(0, -6, -0.42), bevel=0.0)
    box("rug", (22, 15, 0.12), make(weave), at=(0, 0.5, -0.12), bevel=0.05).rotation_euler[2] = 0.1 * (seed % 3 - 1)
    cover = surfaces.upholstery(["stone", "teal", "charcoal"][seed % 3])
    box("sofa", (24, 8, 3.6), cover, at=(3 if seed % 2 else -4, 12.5, 1.2), bevel=0.4, segments=5)
    box("sofa back", (24, 2, 9), cover, at=(3 if seed % 2 else -4, 15.5, 1.2), bevel=0.5, segments=5)
    _wall(17.2, wall, 0.0)


def mantel(tone: str, wall: str, seed: int) -> None:
    """Build a mantelpiece under a large mirror or picture."""
    top = make(Finish("marble", "white", "grey")) if tone == "marble" else surfaces.tabletop(tone)
    box("mantel", (24, 3.2, 0.5), top, at=(0, 0.2, -0.5), bevel=0.1)
    box("breast", (21, 1.2, 3.0), make(Finish("enamel", "white")), at=(0, 0.9, -3.5), bevel=0.12)
    box("opening", (12, 1.0, 9), make(Finish("matte", "black")), at=(0, 0.95, -12.5), bevel=0.0)
    box("wall", (90, 0.4, 50), surfaces.plaster(wall), at=(0, 2.0, -16), bevel=0.0)
    _poster(-3.2 if seed % 2 else 3.0, 1.75, 1.8, np.random.default_rng(seed + 1))


def stairs(tone: str, wall: str, seed: int) -> None:
    """Build a stair with the next steps rising behind it."""
    wood, riser = surfaces.tabletop(tone), make(Finish("enamel", "white"))
    for k in range(-2, 6):
        box("tread", (24, 3.3, 0.4), wood, at=(0, 0.4 + 2.8 * k, 1.9 * k - 0.4), bevel=0.12)
        box("riser", (24, 0.2, 1.9), riser, at=(0, 1.9 + 2.8 * k, 1.9 * k), bevel=0.0)
        for x in (9.6,):
            box("baluster", (0.3, 0.3, 9), riser, at=(x, 0.4 + 2.8 * k, 1.9 * k), bevel=0.06)
    box("wall", (0.5, 60, 60), surfaces.plaster(wall), at=(-9.5, 6, -20), bevel=0.0)
    box("far", (60, 0.5, 70), surfaces.plaster(wall), at=(0, 18, -20), bevel=0.0)


def cafe(tone: str, wall: str, seed: int) -> None:
    """Build a small round table, with other tables and their lamps out of focus."""
    disc = [(0, -0.35), (4.6, -0.35), (4.75, -0.3), (4.75, -0.05), (4.65, 0.0), (0, 0.0)]
    top = make(Finish("marble", "white", "grey")) if tone == "marble" else surfaces.tabletop(tone)
    lathe("table", disc, [top])
    sweep("post", [(0, 0, -0.3), (0, 0, -7.3)], 0.3, make(Finish("metal", "iron")), up=(0, 1, 0))
    box(
        "floor",
        (90, 80, 0.3),
        surfaces.tiles("stone", "charcoal", (2.0, 2.0), upright=False),
        at=(0, 10, -7.6),
        bevel=0.0,
    )
    _wall(30, wall)
    rng = np.random.default_rng(seed)
    for x, y in ((-9, 13), (8, 15), (0, 22)):
        lathe("next", disc, [surfaces.tabletop(tone if tone != "marble" else "walnut")]).location = (x, y, -0.2)
        _chair(x + 3, y + 3.2, float(rng.uniform(-1, 1)), "ebony")
        orb: list[Vec] = [(0.9 * math.sin(t), 0, -0.9 * math.cos(t)) for t in np.linspace(0, math.pi, 20)]
        lathe("globe", [(p[0], p[2]) for p in orb], [surfaces.glow("#ffd9a0", 5.0)]).location = (x, y, 8.5)
    _chair(-1.5, 6.2, 0.2, "ebony")


def hallway(tone: str, wall: str, seed: int) -> None:
    """Build a wall at y = 0 to hang things on, with a sideboard, hooks with a coat, and the room behind the camera."""
    box("wall", (100, 0.4, 60), surfaces.plaster(wall), at=(0, 0.2, -20), bevel=0.0)
    box("sideboard", (15, 4.2, 0.4), surfaces.tabletop(tone), at=(-2.5, -2.3, -3.0), bevel=0.06)
    box("body", (14.4, 3.8, 8), surfaces.planks(tone, 30.0), at=(-2.5, -2.1, -11), bevel=0.05)
    row_of_books(-7.5, -4.0, -1.4, -2.6, np.random.default_rng(seed), 2.2)
    box("switch", (0.85, 0.12, 0.85), make(Finish("enamel", "white")), at=(7.4, -0.05, -1.5), bevel=0.06)
    rack = 11.5 if seed % 2 else -11.5
    box("rack", (6, 0.2, 0.8), surfaces.planks("oak", 30.0), at=(rack, -0.1, 3.6), bevel=0.06)
    coat = surfaces.upholstery(["navy", "olive", "rust"][seed % 3])
    box("coat", (2.6, 1.0, 9.5), coat, at=(rack, -0.7, -5.6), bevel=0.45, segments=6, taper=1.25)
    box("floor", (100, 70, 0.3), surfaces.planks("oak", 1.3), at=(0, -30, -11.3), bevel=0.0)
    box("opposite", (100, 0.4, 60), surfaces.plaster("cream"), at=(0, -42, -20), bevel=0.0)
    box("window", (9, 0.2, 13), surfaces.glow("#dceaf8", 2.2), at=(-9, -41.7, -1), bevel=0.0)
    box("door", (8, 0.3, 20), surfaces.planks("walnut", 30.0, along_y=True), at=(8, -41.7, -11), bevel=0.0)


PLACES: dict[str, Callable[[str, str, int], None]] = {
    "dining table": dining,
    "worktop": kitchen,
    "desk": desk,
    "sofa": sofa,
    "bookcase": bookcase,
    "bathroom": bathroom,
    "bedside": bedside,
    "corner": corner,
    "rug": rug,
    "mantelpiece": mantel,
    "stairs": stairs,
    "café table": cafe,
    "hallway": hallway,
    "garden table": outdoors.garden_table,
    "lawn": outdoors.lawn,
    "patio": outdoors.patio,
    "balcony": outdoors.balcony,
    "doorstep": outdoors.doorstep,
    "window sill": outdoors.window_sill,
}

# where other things may stand: left, right, near, far
FREE: dict[str, tuple[float, float, float, float]] = {
    "dining table": (-9, 9, -3.2, 6),
    "worktop": (-9, 9, -2.2, 3.4),
    "desk": (-10, 10, -2.6, 3.4),
    "sofa": (-9, 9, -2.5, 2.2),
    "bookcase": (-3.6, 3.8, -0.8, 1.2),
    "bathroom": (-8, 8, -1.5, 1.9),
    "bedside": (-3.5, 3.5, -2, 2.6),
    "corner": (-14, 14, -8, 8),
    "rug": (-10, 10, -6, 7),
    "mantelpiece": (-10, 10, -1.0, 1.4),
    "stairs": (-8, 8, -1.0, 1.6),
    "café table": (-4.2, 4.2, -4.2, 4.2),
    "garden table": (-8.5, 8.5, -4, 5),
    "lawn": (-8, 8, -5, 7),
    "patio": (-12, 12, -7, 8),
    "balcony": (-10, 10, -6, 6),
    "doorstep": (-5, 5, -1.8, 2.8),
    "window sill": (-10, 10, -1.2, 1.5),
}

"""Built shapes: table lamps, stools, cushions, clocks, boxes, candle holders, trays and baskets."""

import math

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Point, Vec, box, finish_mesh, lathe, pillow, smooth, sweep
from demo.render.outlines import LAMP_FEET
from demo.render.vessels import Finishes, Objects, Params, pick, warp_of

SHADES: dict[str, tuple[float, float, float]] = {  # lower radius, upper radius, height
    "drum": (1.15, 1.1, 1.3),
    "cone": (1.35, 0.7, 1.35),
    "empire": (1.25, 0.95, 1.25),
    "tall": (0.95, 0.85, 1.7),
    "wide": (1.65, 1.1, 1.0),
}


def _lamp_shade(params: Params, finishes: Finishes, top: float) -> Objects:
    lower, upper, height = SHADES[params.get("shade", "drum")]
    start = top - 0.12
    wall: list[Point] = [(lower + (upper - lower) * t, start + height * t) for t in np.linspace(0, 1, 14)]
    warp = warp_of({"flutes": params["pleats"], "flute_range": (-9.0, 99.0)}) if "pleats" in params else None
    parts = [lathe("shade", wall, [pick(finishes, "shade")], warp=warp, segments=240 if warp else 128)]
    for r, z in ((lower, start), (upper, start + height)):
        hoop = [(r * math.cos(a), r * math.sin(a), z) for a in np.linspace(0, 2 * math.pi, 96, False)]
        parts.append(sweep("hoop", hoop, 0.022, pick(finishes, "trim", "shade"), up=(0, 0, 1), sides=8, closed=True))
    spokes = start + height - 0.12
    parts.append(sweep("rod", [(0, 0, top - 0.1), (0, 0, spokes)], 0.04, pick(finishes, "fitting")))
    for k in range(3):
        a = 2.1 * k
        parts.append(
            sweep(
                "spoke",
                [(0, 0, spokes), (upper * math.cos(a), upper * math.sin(a), spokes + 0.05)],
                0.02,
                pick(finishes, "fitting"),
                up=(0, 0, 1),
            )
        )
    bulb = bpy.data.lights.new("bulb", "POINT")
    bulb.energy, bulb.color, bulb.shadow_soft_size = params.get("glow", 26.0), (1.0, 0.76, 0.48), 0.35
    lamp = bpy.data.objects.new("bulb", bulb)
    bpy.context.scene.collection.objects.link(lamp)
    lamp.location = (0, 0, start + height * 0.42)
    return [*parts, lamp]


def lamp(params: Params, finishes: Finishes) -> Objects:
    foot = params.get("foot", "gourd")
    fitting = Finish("metal", "brass")
    finishes = {"fitting": fitting, **finishes}
    if foot == "tripod":
        top, parts = 2.3, []
        for k in range(3):
            a = 2 * math.pi * k / 3 + 0.4
            path: list[Vec] = [
                (0.95 * math.cos(a), 0.95 * math.sin(a), 0.05),
                (0.12 * math.cos(a), 0.12 * math.sin(a), 2.15),
            ]
            parts.append(sweep("leg", path, [0.07, 0.09], pick(finishes, "body"), up=(0, 0, 1)))
        parts.append(
            lathe(
                "hub",
                smooth([(0, 2.0), (0.24, 2.0), (0.24, 2.0), (0.24, 2.25), (0.24, 2.25), (0, 2.25)], 3),
                [pick(finishes, "fitting")],
                segments=48,
            )
        )
    elif foot == "block":
        top = 1.45
        parts = [box("block", (1.0, 1.0, 1.3), pick(finishes, "body"), bevel=0.06)]
        parts.append(
            lathe("neck", [(0, 1.2), (0.1, 1.2), (0.1, 1.5), (0, 1.5)], [pick(finishes, "fitting")], segments=32)
        )
    else:
        outline = LAMP_FEET[foot]
        top = outline[-1][1]
        body = [(float(r), float(z)) for r, z in smooth(outline, 10)]
        parts = [lathe("foot", body, [pick(finishes, "body")], warp=warp_of(params), segments=192)]
        parts.append(
            lathe(
                "collar",
                [(0, top - 0.02), (0.15, top - 0.02), (0.15, top + 0.05), (0.1, top + 0.2), (0, top + 0.2)],
                [pick(finishes, "fitting")],
                segments=48,
            )
        )
        top += 0.2
    return [*parts, *_lamp_shade(params, finishes, top)]


def _seat(params: Params, finishes: Finishes, height: float) -> Objects:
    thick = params.get("thick", 0.32)
    r = params.get("radius", 1.6)
    z = height - thick
    if params.get("seat", "round") == "square":
        return [
            box(
                "seat",
                (2 * r, 1.7 * r, thick),
                pick(finishes, "seat"),
                at=(0, 0, z),
                bevel=params.get("soft", 0.1),
                segments=6,
            )
        ]
    soft = params.get("soft", 0.1)
    outline: list[Point] = [
        (0, z),
        (r - soft, z),
        (r - soft * 0.3, z + soft * 0.3),
        (r, z + soft),
        (r, height - soft),
        (r - soft * 0.3, height - soft * 0.3),
        (r - soft, height),
        (r * 0.6, height - params.get("dish", 0.05)),
        (0, height - params.get("dish", 0.05)),
    ]
    return [lathe("seat", smooth(outline, 6), [pick(finishes, "seat")])]


def stool(params: Params, finishes: Finishes) -> Objects:
    height, count = params.get("height", 4.5), params.get("legs", 3)
    r = params.get("radius", 1.6)
    objects = _seat(params, finishes, height)
    if params.get("drum"):
        body = smooth(
            [
                (0, 0),
                (r * 0.8, 0),
                (r * 0.8, 0),
                (r * 0.84, 0.1),
                (r * 0.9, 0.3),
                (r * params["drum"], height * 0.5),
                (r * 0.84, height - 0.4),
                (r * 0.8, height - 0.3),
                (0, height - 0.3),
            ],
            10,
        )
        return [*objects, lathe("drum", body, [pick(finishes, "legs")], warp=warp_of(params), segments=192)]
    inset, splay, thick = r * 0.66, r * params.get("splay", 1.0), params.get("leg", 0.15)
    leg, feet = pick(finishes, "legs"), []
    for k in range(count):
        a = 2 * math.pi * k / count + (math.pi / 4 if count == 4 else 0.5)
        wide = 1.3 if params.get("seat") == "square" else 1.0
        head: Vec = (inset * wide * math.cos(a), inset * math.sin(a) * (wide - 0.1 if wide > 1 else 1), height - 0.25)
        foot: Vec = (splay * wide * math.cos(a), splay * math.sin(a) * (wide - 0.1 if wide > 1 else 1), 0.06)
        feet.append((head, foot))
        objects.append(sweep("leg", [head, foot], [thick, thick * params.get("leg_taper", 0.7)], leg, up=(0, 0.1, 1)))
    level = params.get("ring")
    if level:
        points = [tuple(np.array(f) + (np.array(h) - np.array(f)) * level) for h, f in feet]
        if params.get("hoop"):
            rr = math.hypot(points[0][0], points[0][1])
            loop = [(rr * math.cos(a), rr * math.sin(a), points[0][2]) for a in np.linspace(0, 2 * math.pi, 80, False)]
            objects.append(sweep("hoop", loop, thick * 0.6, leg, up=(0, 0, 1), closed=True))
        else:
            for a, b in zip(points, points[1:] + points[:1], strict=True):
                objects.append(sweep("rung", [a, b], thick * 0.62, pick(finishes, "rungs", "legs"), up=(0, 0, 1)))
    return objects


def cushion(params: Params, finishes: Finishes) -> Objects:
    w, h, t = params.get("width", 4.5), params.get("height", 4.5), params.get("thick", 1.7)
    cloth = pick(finishes, "body")
    shape = params.get("shape", "square")
    if shape in ("round", "bolster"):
        return _round_cushion(params, finishes)
    face = pillow("cushion", w, h, t, cloth, seed=params.get("seed", 1))
    objects = [o for o in bpy.context.scene.objects if o.name.startswith("cushion-")]
    rim: list[Vec] = [(x, y, z) for x, y, z in np.array(bpy.context.scene["pillow_rim"]).reshape(-1, 3).tolist()]
    if params.get("piping", True):
        objects.append(sweep("piping", rim, 0.05, pick(finishes, "piping"), up=(0, 1, 0), sides=8, closed=True))
    if params.get("tassels"):
        for x in (-1, 1):
            for z in (-1, 1):
                hang = 0.25 if z > 0 else 0.0
                path = [
                    (x * w * 0.49, 0, z * h * 0.49),
                    (x * (w * 0.5 + 0.16), 0, z * h * 0.49),
                    (x * (w * 0.5 + 0.5), -0.04, z * h * 0.49 - hang),
                ]
                objects.append(
                    sweep("tassel", smooth(path, 5), [0.05, 0.13, 0.08, 0.1, 0.13], pick(finishes, "piping"), sides=12)
                )
    lean = params.get("lean", -14)
    for obj in objects:
        obj.rotation_euler[0] = math.radians(lean)
        obj.location.z = h / 2 * math.cos(math.radians(lean)) - 0.02 + (0.1 if params.get("tassels") else 0)
    del face
    return objects


def _bolster(params: Params, finishes: Finishes) -> Objects:
    length, r = params.get("width", 4.6), params.get("thick", 1.5) / 2
    outline = [
        (0.0, -length / 2 + 0.05),
        (0.1, -length / 2 + 0.02),
        (r * 0.8, -length / 2 - 0.06),
        (r, -length / 2 + 0.12),
        (r * 1.02, 0),
        (r, length / 2 - 0.12),
        (r * 0.8, length / 2 + 0.06),
        (0.1, length / 2 - 0.02),
        (0.0, length / 2 - 0.05),
    ]
    roll = lathe("bolster", smooth(outline, 8), [pick(finishes, "body")])
    ends = [
        sweep(
            "piping",
            [(r * 0.93 * math.cos(a), r * 0.93 * math.sin(a), z) for a in np.linspace(0, 2 * math.pi, 64, False)],
            0.05,
            pick(finishes, "piping"),
            up=(0, 0, 1),
            sides=8,
            closed=True,
        )
        for z in (-length / 2, length / 2)
    ]
    for obj in (roll, *ends):
        obj.rotation_euler[1] = math.pi / 2
        obj.location.z = r
    return [roll, *ends]


def _round_cushion(params: Params, finishes: Finishes) -> Objects:
    if params["shape"] == "bolster":
        return _bolster(params, finishes)
    r, t = params.get("width", 4.2) / 2, params.get("thick", 1.3)
    outline = [
        (0.0, -t * 0.36),
        (0.12, -t * 0.4),
        (r * 0.5, -t * 0.5),
        (r * 0.86, -t * 0.4),
        (r, 0.0),
        (r * 0.86, t * 0.4),
        (r * 0.5, t * 0.5),
        (0.12, t * 0.4),
        (0.0, t * 0.33),
    ]
    disc = lathe(
        "disc",
        smooth(outline, 10),
        [pick(finishes, "body")],
        warp=lambda a, z: 1 + 0.006 * np.sin(a * 24) * np.cos(z),
        segments=192,
    )
    button = lathe(
        "button",
        smooth([(0.0, t * 0.3), (0.2, t * 0.36), (0.22, t * 0.42), (0.0, t * 0.47)], 6),
        [pick(finishes, "piping")],
        segments=48,
    )
    for obj in (disc, button):
        obj.location.z = t * 0.5
    return [disc, button]


def clock_face(params: Params, finishes: Finishes, r: float) -> Objects:
    """Build the dial, marks and hands in the xz plane around the origin, facing -y."""
    ink = pick(finishes, "hands")
    parts = [
        lathe("dial", smooth([(0, 0), (r, 0), (r, 0), (r, 0.03), (r, 0.03), (0, 0.03)], 2), [pick(finishes, "dial")])
    ]
    parts[0].rotation_euler[0] = math.pi / 2
    for k in range(12):
        major = k % 3 == 0
        if params.get("marks") == "quarters" and not major:
            continue
        a = k * math.pi / 6
        size = (0.09 if major else 0.05, 0.03, 0.26 if major else 0.16)
        if params.get("marks") == "dots":
            mark = lathe(
                "mark",
                [(0, 0), (0.07 if major else 0.045, 0), (0.06 if major else 0.04, 0.025), (0, 0.025)],
                [ink],
                segments=24,
            )
            mark.rotation_euler[0] = math.pi / 2
        else:
            mark = box("mark", (size[0] * r, size[1], size[2] * r), ink, bevel=0.004)
            mark.rotation_euler[1] = a
        reach = r * (0.84 if params.get("marks") == "dots" else 0.66 if major else 0.74)
        mark.location = (math.sin(a) * reach, -0.035, math.cos(a) * reach)
        parts.append(mark)
    for length, width, turn, y in ((0.5, 0.08, 305, -0.07), (0.76, 0.055, 54, -0.1)):
        hand = box("hand", (width * r, 0.02, length * r), ink, bevel=0.008)
        hand.rotation_euler[1] = math.radians(turn)
        hand.location = (0, y, 0)
        parts.append(hand)
    boss = lathe(
        "boss",
        smooth([(0, 0), (0.07 * r, 0), (0.07 * r, 0.06), (0, 0.08)], 3),
        [pick(finishes, "boss", "hands")],
        segments=24,
    )
    boss.rotation_euler[0], boss.location.y = math.pi / 2, -0.06
    return [*parts, boss]


def clock(params: Params, finishes: Finishes) -> Objects:
    r, deep, case = params.get("radius", 1.0), params.get("deep", 0.5), params.get("case", "round")
    body = pick(finishes, "body")
    lift = params.get("lift", r + 0.06)
    if case == "block":
        w, h = params.get("width", 2.6), params.get("height", 2.6)
        lift = h / 2
        parts = [box("case", (w, deep, h), body, at=(0, deep / 2, -h / 2), bevel=params.get("soft", 0.1), segments=6)]
    elif case == "arch":
        lift = r + 0.45
        arch: list[Vec] = [
            (-r - 0.25, 0, -lift),
            *[(-(r + 0.25) * math.cos(a), 0, (r + 0.25) * math.sin(a)) for a in np.linspace(0, math.pi, 40)],
            (r + 0.25, 0, -lift),
        ]
        parts = [
            extrude(arch, deep, body),
            box("plinth", (2 * r + 0.9, deep + 0.2, 0.16), body, at=(0, deep / 2, -lift - 0.02), bevel=0.03),
        ]
        lift += 0.02
    else:
        ring = [
            (0, deep),
            (r + 0.06, deep),
            (r + 0.14, deep - 0.06),
            (r + 0.16, deep * 0.5),
            (r + 0.15, -0.1),
            (r + 0.08, -0.14),
            (r + 0.02, -0.1),
            (r - 0.02, 0.02),
        ]
        parts = [lathe("case", smooth(ring, 6), [body])]
        parts[0].rotation_euler[0] = math.pi / 2
        parts[0].location.y = 0
        parts[0].scale.z = -1
        lift = r + 0.18
    parts += clock_face(params, finishes, r)
    parts += _clock_extras(params, finishes, r, lift, deep)
    for part in parts:
        part.location.z += lift + params.get("feet", 0.0)
    return parts


def extrude(outline: list[Vec], deep: float, material: bpy.types.Material) -> bpy.types.Object:
    """Build a slab whose front is the outline (xz plane, open below)."""
    front = [(x, 0.0, z) for x, _, z in outline]
    back = [(x, deep, z) for x, _, z in outline]
    n = len(front)
    faces = [tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1))]
    faces += [(i, i + n, (i + 1) % n + n, (i + 1) % n) for i in range(n)]
    mesh = bpy.data.meshes.new("slab")
    mesh.from_pydata([*front, *back], [], faces)
    obj = finish_mesh(mesh, "slab", [material], 40)
    obj.modifiers.new("edge", "BEVEL").width = 0.05
    return obj


def _clock_extras(params: Params, finishes: Finishes, r: float, lift: float, deep: float) -> Objects:
    parts: Objects = []
    trim = pick(finishes, "trim")
    if params.get("bells"):
        for side in (-1, 1):
            bell = lathe(
                "bell",
                smooth([(0.36, 0), (0.36, 0.02), (0.3, 0.16), (0.16, 0.26), (0.0, 0.28)], 6),
                [trim],
                segments=64,
            )
            bell.location = (side * 0.58 * r, deep * 0.4, r * 0.98)
            bell.rotation_euler[1] = side * 0.55
            parts.append(bell)
        arc = [(0.5 * r * math.cos(a), deep * 0.4, r * 1.15 + 0.42 * math.sin(a)) for a in np.linspace(0, math.pi, 24)]
        parts.append(sweep("carry", arc, 0.035, trim))
    if params.get("feet"):
        for side in (-1, 1):
            path: list[Vec] = [
                (side * r * 0.5, deep * 0.5, -r * 0.9),
                (side * r * 0.78, deep * 0.5, -lift - params["feet"] + 0.03),
            ]
            parts.append(sweep("foot", path, [0.08, 0.06], trim, up=(0, 1, 0)))
    if params.get("stand"):
        parts.append(box("stand", (r * 1.3, deep + 0.35, 0.3), trim, at=(0, deep / 2 - 0.02, -lift), bevel=0.05))
    return parts

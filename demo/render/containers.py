"""Containers: boxes, baskets, trays and candle holders."""

import math

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Point, Vec, box, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.outlines import STICKS
from demo.render.vessels import Finishes, Objects, Params, pick, vessel, warp_of


def chest(params: Params, finishes: Finishes) -> Objects:
    """Build a lidded box, square or round, with the fittings of the product."""
    return _round_box(params, finishes) if params.get("shape") == "round" else _square_box(params, finishes)


def _round_box(params: Params, finishes: Finishes) -> Objects:
    r, h, top = params.get("width", 2.4) / 2, params.get("height", 1.1), params.get("lid", 0.3)
    base: list[Point] = [(0, 0.0), (r - 0.05, 0), (r - 0.05, 0), (r, 0.05), (r, 0.05), (r, h), (r, h), (0, h)]
    rr = r + params.get("overhang", 0.05)
    cap: list[Point] = [
        (0, h - top * 0.4),
        (rr, h - top * 0.4),
        (rr, h - top * 0.4),
        (rr, h + top * 0.5),
        (rr, h + top * 0.5),
        (rr - 0.05, h + top * 0.6),
        (rr * 0.6, h + top * params.get("dome", 0.6)),
        (0, h + top * params.get("dome", 0.6)),
    ]
    parts = [
        lathe("base", smooth(base, 4), [pick(finishes, "body")], warp=warp_of(params), segments=192),
        lathe("lid", smooth(cap, 5), [pick(finishes, "lid")], warp=warp_of(params), segments=192),
    ]
    for part in parts:
        part.scale.y = params.get("oval", 1.0)
    z = h + top * params.get("dome", 0.6)
    return [*parts, *_knob(z, finishes)] if params.get("knob") else parts


def _knob(z: float, finishes: Finishes) -> Objects:
    outline = [(0.06, z - 0.01), (0.06, z + 0.08), (0.13, z + 0.13), (0.13, z + 0.2), (0.06, z + 0.24), (0, z + 0.24)]
    return [lathe("knob", smooth(outline, 6), [pick(finishes, "trim")], segments=48)]


def _square_box(params: Params, finishes: Finishes) -> Objects:
    w, d, h = params.get("width", 2.4), params.get("depth", 1.6), params.get("height", 1.1)
    top = params.get("lid", 0.3)
    soft = params.get("soft", 0.06)
    out = params.get("overhang", 0.0)
    parts = [
        box("base", (w, d, h - 0.015), pick(finishes, "body"), bevel=soft, segments=5),
        box("gap", (w - 0.06, d - 0.06, 0.1), make(Finish("matte", "black")), at=(0, 0, h - 0.05), bevel=0.0),
        box("lid", (w + out, d + out, top), pick(finishes, "lid"), at=(0, 0, h + 0.015), bevel=soft, segments=5),
    ]
    if params.get("clasp"):
        parts += [
            box("clasp", (0.3, 0.05, 0.3), pick(finishes, "trim"), at=(0, -d / 2 - 0.01, h - 0.18), bevel=0.02),
            lathe("pin", [(0, 0), (0.06, 0), (0.05, 0.06), (0, 0.07)], [pick(finishes, "trim")], segments=24),
        ]
        parts[-1].rotation_euler[0] = math.pi / 2
        parts[-1].location = (0, -d / 2 - 0.03, h - 0.08)
    if params.get("corners"):
        for x in (-1, 1):
            for y in (-1, 1):
                for z0, tall in ((-0.01, 0.3), (h + top - 0.27, 0.3)):
                    parts.append(
                        box(
                            "corner",
                            (0.3, 0.3, tall),
                            pick(finishes, "trim"),
                            at=(x * (w / 2 - 0.14), y * (d / 2 - 0.14), z0),
                            bevel=0.04,
                        )
                    )
    if params.get("strap"):
        for x in (-w * 0.28, w * 0.28):
            parts.append(
                box("strap", (0.22, d + 0.05, h + top + 0.05), pick(finishes, "trim"), at=(x, 0, 0.0), bevel=0.05)
            )
    return [*parts, *_drawers(params, finishes, w, d, h)]


def _drawers(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    parts: Objects = []
    rows, columns = params.get("drawers", (0, 0))
    for row in range(rows):
        for column in range(columns):
            dw, dh = (w - 0.12) / columns, (h - 0.1) / rows
            x, z = -w / 2 + 0.06 + dw * (column + 0.5), 0.05 + dh * row
            parts.append(
                box(
                    "front",
                    (dw - 0.05, 0.08, dh - 0.05),
                    pick(finishes, "front"),
                    at=(x, -d / 2 - 0.02, z + 0.025),
                    bevel=0.02,
                )
            )
            pull = lathe(
                "pull",
                smooth([(0.03, 0), (0.03, 0.06), (0.07, 0.1), (0.05, 0.15), (0, 0.16)], 5),
                [pick(finishes, "trim")],
                segments=32,
            )
            pull.rotation_euler[0] = math.pi / 2
            pull.location = (x, -d / 2 - 0.05, z + dh / 2)
            parts.append(pull)
    return parts


def candle(r: float, z: float, tall: float, colour: str) -> Objects:
    body = smooth(
        [
            (0, z),
            (r, z),
            (r, z),
            (r, z + tall - 0.05),
            (r * 0.85, z + tall),
            (r * 0.3, z + tall - 0.03),
            (0, z + tall - 0.03),
        ],
        5,
    )
    wick = sweep(
        "wick", [(0, 0, z + tall - 0.05), (0.01, 0, z + tall + 0.08)], 0.014, make(Finish("matte", "black")), sides=8
    )
    return [lathe("candle", body, [make(Finish("wax", colour))], segments=64), wick]


def _chamberstick(body: bpy.types.Material, wax: str) -> Objects:
    dish = smooth(
        [
            (0, 0),
            (0.7, 0),
            (0.7, 0),
            (0.85, 0.05),
            (0.95, 0.18),
            (0.95, 0.18),
            (0.91, 0.19),
            (0.8, 0.08),
            (0.2, 0.07),
            (0.2, 0.07),
            (0.2, 0.4),
            (0.2, 0.4),
            (0, 0.4),
        ],
        5,
    )
    ring = [(1.17 + 0.27 * math.cos(a), 0, 0.33 + 0.27 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 40, False)]
    return [
        lathe("dish", dish, [body]),
        sweep("ring", ring, 0.045, body, closed=True, section=(1.5, 0.7)),
        *candle(0.13, 0.3, 1.1, wax),
    ]


def _candelabra(body: bpy.types.Material, wax: str) -> Objects:
    stem = smooth([(0, 0), (0.65, 0), (0.65, 0), (0.65, 0.06), (0.12, 0.14), (0.07, 0.3), (0.07, 1.3), (0, 1.3)], 6)
    parts = [lathe("stem", stem, [body])]
    for x in (-1.0, 0.0, 1.0):
        cup = [(0, 1.24), (0.06, 1.24), (0.17, 1.36), (0.18, 1.52), (0.18, 1.52), (0, 1.52)]
        members = [lathe("cup", smooth(cup, 5), [body], segments=64), *candle(0.115, 1.46, 1.2, wax)]
        for part in members:
            part.location.x = x
        parts += members
    arc = [(x, 0, 0.62 + 0.66 * abs(x) ** 2.6) for x in np.linspace(-1, 1, 41)]
    return [*parts, sweep("arms", arc, 0.05, body)]


def candle_holder(params: Params, finishes: Finishes) -> Objects:
    style, wax = params["style"], params.get("candle", "ivory")
    body = pick(finishes, "body")
    if style == "chamber":
        return _chamberstick(body, wax)
    if style == "arms":
        return _candelabra(body, wax)
    if style == "tumbler":
        outline: list[Point] = [(0.4, 0), (0.46, 0.05), (0.5, 0.5), (0.5, 1.0)]
        return [
            vessel("glass", outline, {"wall": 0.05, **params}, finishes, 0.05, 0.12),
            *candle(0.36, 0.13, 0.42, wax),
        ]
    outline = STICKS[style]
    top = outline[-1][1]
    stick = [(float(r), float(z)) for r, z in smooth(outline, 8)]
    return [
        lathe("stick", stick, [body]),
        *candle(params.get("wax", 0.115), top - 0.06, params.get("tall", 1.05), wax),
    ]


def lantern(params: Params, finishes: Finishes) -> Objects:
    w, h = params.get("width", 1.5), params.get("height", 2.4)
    frame = pick(finishes, "body")
    parts = [
        box("foot", (w, w, 0.12), frame, bevel=0.03),
        box("roof", (w, w, 0.1), frame, at=(0, 0, h), bevel=0.03),
        box("cap", (w * 0.8, w * 0.8, 0.35), frame, at=(0, 0, h + 0.08), bevel=0.12, segments=5),
    ]
    for x in (-1, 1):
        for y in (-1, 1):
            parts.append(
                box("post", (0.11, 0.11, h), frame, at=(x * (w / 2 - 0.08), y * (w / 2 - 0.08), 0.05), bevel=0.02)
            )
    arc = [(0.42 * math.cos(a), 0, h + 0.4 + 0.5 * math.sin(a)) for a in np.linspace(0, math.pi, 30)]
    return [
        *parts,
        sweep("carry", arc, 0.035, pick(finishes, "trim")),
        *candle(0.34, 0.12, 1.0, params.get("candle", "ivory")),
    ]


def tray(params: Params, finishes: Finishes) -> Objects:
    if params.get("shape", "round") == "board":
        return _board(params, finishes)
    if params.get("shape") == "rect":
        w, d, rim, t = params.get("width", 4.2), params.get("depth", 2.8), params.get("rim", 0.4), 0.1
        wall = pick(finishes, "rim")
        parts = [box("floor", (w - 0.05, d - 0.05, 0.1), pick(finishes, "body"), bevel=0.02)]
        for y in (-1, 1):
            parts.append(box("side", (w, t, rim), wall, at=(0, y * d / 2, 0), bevel=0.035))
        for x in (-1, 1):
            parts.append(box("end", (t, d, rim * 1.0), wall, at=(x * w / 2, 0, 0), bevel=0.035))
            if params.get("grips"):
                arc = [
                    (x * w / 2, 0.55 * math.cos(a), rim - 0.04 + 0.3 * math.sin(a))
                    for a in np.linspace(0, math.pi, 24)
                ]
                parts.append(sweep("grip", arc, 0.055, pick(finishes, "grip", "rim"), up=(1, 0, 0)))
        return parts
    r, rim = params.get("radius", 1.9), params.get("rim", 0.25)
    outline: list[Point] = [
        (0, 0.0),
        (r - 0.06, 0),
        (r - 0.06, 0),
        (r, 0.06),
        (r + params.get("flare", 0.03), rim),
        (r + params.get("flare", 0.03), rim),
        (r - 0.08 + params.get("flare", 0.03), rim),
        (r - 0.08 + params.get("flare", 0.03), rim),
        (r - 0.1, 0.12),
        (r - 0.14, 0.1),
        (r - 0.14, 0.1),
        (0, 0.1),
    ]
    profile = [(float(a), float(b)) for a, b in smooth(outline, 5)]
    split = min(range(len(profile)), key=lambda i: abs(profile[i][0] - (r - 0.14)) + abs(profile[i][1] - 0.1))
    parts = [
        lathe("tray", profile, [pick(finishes, "rim"), pick(finishes, "body")], inner_from=split, warp=warp_of(params))
    ]
    if params.get("grips"):
        for x in (-1, 1):
            arc = [
                (x * (r - 0.02), 0.5 * math.cos(a), rim - 0.06 + 0.36 * math.sin(a))
                for a in np.linspace(0, math.pi, 24)
            ]
            parts.append(sweep("grip", arc, 0.05, pick(finishes, "grip", "rim"), up=(1, 0, 0)))
    return parts


def _board(params: Params, finishes: Finishes) -> Objects:
    """Build a flat serving board with a handle, and a dark inset with a cord that looks like a hole."""
    w, d, t = params.get("width", 3.6), params.get("depth", 2.0), 0.2
    wood = pick(finishes, "body")
    parts = [
        box("board", (w, d, t), wood, bevel=0.09, segments=6),
        box("neck", (1.3, 0.5, t * 0.98), wood, at=(w / 2 + 0.5, 0, 0.002), bevel=0.09, segments=6),
    ]
    loop = [
        (w / 2 + 1.0 + 0.16 * math.cos(a), 0.1 * math.sin(a), t * 0.95 + 0.14 * math.sin(a))
        for a in np.linspace(0, 2 * math.pi, 30, False)
    ]
    return [*parts, sweep("cord", loop, 0.03, pick(finishes, "trim"), closed=True, sides=8)]


def basket(params: Params, finishes: Finishes) -> Objects:
    """Build a woven basket: rows of strands that pass in front of and behind the uprights."""
    low, high, tall = params.get("base", 1.3), params.get("top", 1.55), params.get("height", 1.8)
    belly, rows = params.get("belly", 0.1), params.get("rows", 20)
    uprights, per_row = params.get("uprights", 28), 6
    profile: list[Point] = []
    for i in range(rows * per_row + 1):
        t = i / (rows * per_row)
        swell = math.sin(math.pi * t) * belly
        profile.append(
            (low + (high - low) * t + swell + 0.05 * math.sqrt(abs(math.sin(math.pi * i / per_row))), tall * t)
        )

    def weave(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
        row = np.floor(np.clip(z / tall, 0, 0.9999) * rows)
        return 1 + params.get("weave", 0.028) * np.sin(theta * uprights / 2 + math.pi * row)

    bottom: list[Point] = [(0, 0.02), (low, 0.02)]
    inside: list[Point] = [(low - 0.08, 0.12), (low - 0.08 + belly * 0.9, tall * 0.5), (high - 0.1, tall)]
    lining = pick(finishes, "lining", "body")
    parts = [
        lathe("weave", profile, [pick(finishes, "body")], warp=weave, segments=uprights * 10, angle=60),
        lathe("bottom", bottom, [pick(finishes, "body")]),
        lathe("lining", [(0, 0.12), *smooth(inside, 8)], [lining]),
    ]
    rim = [(high * math.cos(a), high * math.sin(a), tall) for a in np.linspace(0, 2 * math.pi, 120, False)]
    parts.append(sweep("rim", rim, params.get("rim", 0.1), pick(finishes, "rim"), up=(0, 0, 1), closed=True))
    parts += _basket_extras(params, finishes, high, tall)
    for part in parts:
        part.scale.y *= params.get("oval", 1.0)
    return parts


def _basket_extras(params: Params, finishes: Finishes, high: float, tall: float) -> Objects:
    parts: Objects = []
    grip = pick(finishes, "grip", "rim")
    if params.get("handles") == "ears":
        for x in (-1, 1):
            arc: list[Vec] = [
                (x * (high + 0.1 * math.sin(a)), 0.55 * math.cos(a), tall - 0.05 + 0.48 * math.sin(a))
                for a in np.linspace(0, math.pi, 24)
            ]
            parts.append(sweep("ear", arc, 0.075, grip, up=(1, 0, 0)))
    if params.get("handles") == "hoop":
        hoop: list[Vec] = [
            (high * math.cos(a), 0, tall - 0.05 + params.get("hoop", 1.7) * math.sin(a))
            for a in np.linspace(0, math.pi, 40)
        ]
        parts.append(sweep("hoop", hoop, 0.09, grip))
    if params.get("lid"):
        cap = smooth(
            [
                (0, tall + 0.05),
                (high + 0.08, tall + 0.05),
                (high + 0.08, tall + 0.05),
                (high + 0.1, tall + 0.16),
                (high * 0.7, tall + 0.3),
                (0, tall + 0.38),
            ],
            12,
        )
        ripple = [(r * (1 + 0.012 * math.sin(k * 1.3)), z + 0.02 * math.sin(k * 1.6)) for k, (r, z) in enumerate(cap)]
        parts.append(
            lathe(
                "lid",
                ripple,
                [pick(finishes, "body")],
                warp=lambda a, z: 1 + 0.012 * np.sin(a * 30 + z * 60),
                segments=240,
            )
        )
        parts.append(
            lathe(
                "knob",
                smooth([(0.08, tall + 0.36), (0.16, tall + 0.5), (0.1, tall + 0.62), (0, tall + 0.64)], 6),
                [grip],
                segments=48,
            )
        )
    return parts

"""More containers: domed chests, wire baskets, slatted crates, troughs; and paddle boards."""

import math

import numpy as np

from demo.render.finish import Finish
from demo.render.furnishings import extrude
from demo.render.geometry import Vec, box, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.vessels import Finishes, Objects, Params, pick


def domed_chest(params: Params, finishes: Finishes) -> Objects:
    """Build a chest with a barrel lid, bands and a lock."""
    w, d, h, rise = (
        params.get("width", 3.0),
        params.get("depth", 1.8),
        params.get("height", 1.2),
        params.get("rise", 0.7),
    )
    arc = [(d / 2 * math.cos(a), 0.0, rise * math.sin(a)) for a in np.linspace(0, math.pi, 40)]
    lid = extrude(arc, w, pick(finishes, "lid", "body"))
    lid.rotation_euler[2], lid.location = math.pi / 2, (w / 2, 0, h + 0.03)
    parts = [
        box("base", (w, d, h), pick(finishes, "body"), bevel=0.05),
        box("gap", (w - 0.06, d - 0.06, 0.1), make(Finish("matte", "black")), at=(0, 0, h - 0.05), bevel=0.0),
        lid,
        box("lock", (0.34, 0.06, 0.4), pick(finishes, "trim"), at=(0, -d / 2 - 0.02, h - 0.24), bevel=0.03),
    ]
    for x in np.linspace(-1, 1, params.get("bands", 2)) * (w / 2 - 0.3):
        strip = extrude([(p[0] * 1.02, 0.0, p[2] * 1.04) for p in arc], 0.22, pick(finishes, "trim"))
        strip.rotation_euler[2], strip.location = math.pi / 2, (x + 0.11, 0, h + 0.03)
        parts += [strip, box("band", (0.22, d + 0.05, h), pick(finishes, "trim"), at=(x, 0, 0.005), bevel=0.02)]
    return parts


def _loop(wide: float, deep: float, z: float, power: float = 4.0) -> list[Vec]:
    """Return a rounded rectangle at one height."""
    points: list[Vec] = []
    for a in np.linspace(0, 2 * math.pi, 96, endpoint=False):
        c, s = math.cos(a), math.sin(a)
        points.append(
            (wide * math.copysign(abs(c) ** (2 / power), c), deep * math.copysign(abs(s) ** (2 / power), s), z)
        )
    return points


def wire_basket(params: Params, finishes: Finishes) -> Objects:
    """Build a basket from wire uprights and rings, round (power 2) or nearly square."""
    w, d, h = params.get("width", 2.2), params.get("depth", 1.6), params.get("height", 1.6)
    power, count, slope = params.get("power", 4.0), params.get("uprights", 32), params.get("slope", 0.86)
    wire, parts = pick(finishes, "body"), []
    low, high = _loop(w * slope, d * slope, 0.04, power), _loop(w, d, h, power)
    for level in np.linspace(0, 1, params.get("rings", 4)):
        ring = [tuple(np.array(a) + (np.array(b) - np.array(a)) * level) for a, b in zip(low, high, strict=True)]
        parts.append(sweep("ring", ring, 0.06 if level == 1 else 0.035, wire, up=(0, 0, 1), sides=10, closed=True))
    for k in range(0, 96, 96 // count):
        parts.append(sweep("wire", [low[k], high[k]], 0.028, wire, up=(0.3, 0.5, 0.1), sides=8))
    for k in range(0, 48, 96 // count):
        parts.append(sweep("wire", [low[k], low[(96 - k) % 96]], 0.028, wire, up=(0, 0, 1), sides=8))
    if params.get("grips"):
        for x in (-1, 1):
            arc: list[Vec] = [(x * w, 0.5 * math.cos(a), h + 0.42 * math.sin(a)) for a in np.linspace(0, math.pi, 24)]
            parts.append(sweep("grip", arc, 0.075, pick(finishes, "grip", "body"), up=(1, 0, 0)))
    return parts


def crate(params: Params, finishes: Finishes) -> Objects:
    """Build a crate from slats on four corner posts."""
    w, d, h, rows = (
        params.get("width", 3.6),
        params.get("depth", 2.4),
        params.get("height", 1.7),
        params.get("slats", 3),
    )
    slat, post, parts = pick(finishes, "body"), pick(finishes, "posts", "body"), []
    gap = h / rows
    for k in range(rows):
        z = gap * k + 0.04
        for y in (-1, 1):
            parts.append(box("slat", (w, 0.12, gap * 0.74), slat, at=(0, y * d / 2, z), bevel=0.03))
        for x in (-1, 1):
            parts.append(box("end", (0.12, d - 0.1, gap * 0.74), slat, at=(x * (w / 2 - 0.06), 0, z), bevel=0.03))
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (w / 2 - 0.2), y * (d / 2 - 0.14), 0)
            parts.append(box("post", (0.22, 0.22, h), post, at=at, bevel=0.03))
    for k in range(5):
        y = (k - 2) * (d - 0.3) / 5
        parts.append(box("floor", (w - 0.2, (d - 0.3) / 5 - 0.06, 0.1), slat, at=(0, y, 0.06), bevel=0.02))
    if params.get("rope"):
        for x in (-1, 1):
            arc = [(x * w / 2, 0.5, h * 0.8), (x * (w / 2 + 0.3), 0.3, h * 0.66), (x * (w / 2 + 0.3), -0.3, h * 0.66)]
            path = smooth([*arc, (x * w / 2, -0.5, h * 0.8)], 8)
            parts.append(sweep("rope", path, 0.07, pick(finishes, "rope"), up=(0, 0, 1)))
    return parts


def trough(params: Params, finishes: Finishes) -> Objects:
    """Build a long box for plants, optionally on legs."""
    w, d, h, t = (
        params.get("width", 4.6),
        params.get("depth", 1.7),
        params.get("height", 1.6),
        params.get("wall", 0.16),
    )
    body, lift = pick(finishes, "body"), params.get("lift", 0.0)
    parts = [box("floor", (w - 0.1, d - 0.1, 0.2), body, at=(0, 0, lift + 0.05), bevel=0.02)]
    for y in (-1, 1):
        parts.append(box("side", (w, t, h), body, at=(0, y * (d - t) / 2, lift), bevel=0.05))
    for x in (-1, 1):
        parts.append(box("end", (t, d - 2 * t + 0.08, h), body, at=(x * (w - t) / 2, 0, lift), bevel=0.05))
    parts.append(
        box("soil", (w - 2 * t, d - 2 * t, 0.1), make(Finish("terracotta", "soil")), at=(0, 0, lift + h - 0.4))
    )
    if lift:
        for x in (-1, 1):
            for y in (-1, 1):
                leg = [
                    (x * (w / 2 - 0.3), y * (d / 2 - 0.25), lift + 0.2),
                    (x * (w / 2 - 0.15), y * (d / 2 - 0.2), 0.03),
                ]
                parts.append(sweep("leg", leg, [0.1, 0.07], pick(finishes, "legs"), up=(0, 1, 0.1), domed=False))
    if params.get("rail"):
        parts += [
            box("rail", (w + 0.1, 0.24, 0.14), pick(finishes, "rail"), at=(0, y * (d - t) / 2, lift + h))
            for y in (-1, 1)
        ]
    return parts


def paddle(params: Params, finishes: Finishes) -> Objects:
    """Build a round or long board with a handle and a hanging loop."""
    r, t = params.get("radius", 1.7), 0.2
    wood, long = pick(finishes, "body"), params.get("long", 1.0)
    edge = [(0, 0), (r - 0.07, 0), (r, 0.07), (r, t - 0.07), (r - 0.07, t), (0, t)]
    disc = lathe("disc", smooth(edge, 6), [wood], segments=160)
    disc.scale.x = long
    end = r * long
    neck = [(end - 0.2, 0, t / 2), (end + 0.3, 0, t / 2), (end + 1.1, 0, t / 2), (end + 1.25, 0, t / 2)]
    parts = [disc, sweep("neck", smooth(neck, 6), [0.34, 0.24, 0.3], wood, section=(1.0, 0.3), up=(0, 1, 0), sides=32)]
    loop = [
        (end + 1.12 + 0.18 * math.cos(a), 0.05 * math.sin(a), t * 0.85 + 0.17 * math.sin(a))
        for a in np.linspace(0, 2 * math.pi, 30, False)
    ]
    return [*parts, sweep("cord", loop, 0.03, pick(finishes, "trim"), closed=True, sides=8)]

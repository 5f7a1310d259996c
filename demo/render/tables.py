"""Side tables: legs, pedestals, drums, trays on crossed legs and boxes with a shelf."""

import math

import numpy as np

from demo.render.geometry import Point, Vec, box, lathe, smooth, sweep
from demo.render.outlines import TABLE_FEET
from demo.render.vessels import Finishes, Objects, Params, pick, warp_of


def side_table(params: Params, finishes: Finishes) -> Objects:
    styles = {
        "legs": _legged,
        "pedestal": _pedestal,
        "drum": _drum,
        "tray": _tray_table,
        "cube": _cube,
        "hairpin": _hairpin,
    }
    return styles[params.get("style", "legs")](params, finishes)


def _top(params: Params, finishes: Finishes, z: float, scale: float = 1.0, part: str = "top") -> Objects:
    """Build a round, oval, lobed or square board whose upper side is at z."""
    r, thick = params.get("radius", 2.3) * scale, params.get("thick", 0.2)
    material = pick(finishes, part, "top", "body")
    if params.get("shape") == "square":
        return [box(part, (2 * r, 2 * r * params.get("long", 1.0), thick), material, at=(0, 0, z - thick), bevel=0.06)]
    soft = thick * params.get("soft", 0.4)
    edge: list[Point] = [
        (0, z - thick),
        (r - soft, z - thick),
        (r, z - thick + soft),
        (r, z - soft),
        (r - soft, z),
        (0, z),
    ]
    return [lathe(part, smooth(edge, 6), [material], warp=warp_of(params), segments=192)]


def _lip(params: Params, finishes: Finishes, z: float) -> Objects:
    r = params.get("radius", 2.3)
    high = params["lip"]
    rim: list[Point] = [
        (r, z - 0.1),
        (r, z + high),
        (r, z + high),
        (r - 0.07, z + high),
        (r - 0.07, z + high),
        (r - 0.07, z - 0.1),
    ]
    return [lathe("lip", smooth(rim, 4), [pick(finishes, "rim", "top", "body")], warp=warp_of(params), segments=192)]


def _legged(params: Params, finishes: Finishes) -> Objects:
    h, count, r = params.get("height", 5.0), params.get("legs", 3), params.get("radius", 2.3)
    parts, legs = _top(params, finishes, h), pick(finishes, "legs", "body")
    head, foot, thick = r * params.get("head", 0.6), r * params.get("splay", 0.85), params.get("leg", 0.15)
    for k in range(count):
        a = 2 * math.pi * k / count + (math.pi / 4 if count == 4 else 0.5)
        c, s = math.cos(a), math.sin(a)
        if params.get("shape") == "square":
            c, s = math.copysign(1, c), math.copysign(params.get("long", 1.0), s)
        path: list[Vec] = [(c * head, s * head, h - 0.15), (c * foot, s * foot, 0.03)]
        parts.append(sweep("leg", path, [thick, thick * params.get("taper", 0.7)], legs, up=(0, 0.1, 1), domed=False))
    if "shelf" in params:
        level = params["shelf"]
        reach = (foot + (head - foot) * level) / r
        parts += _top(params, finishes, h * level, reach + 0.1, "shelf")
    return parts + (_lip(params, finishes, h) if "lip" in params else [])


def _pedestal(params: Params, finishes: Finishes) -> Objects:
    h = params.get("height", 5.0)
    outline = TABLE_FEET[params.get("foot", "tulip")]
    tall = (h - 0.1) / outline[-1][1]
    foot = [(r * params.get("wide", 1.0), z * tall) for r, z in outline]
    stem = lathe(
        "foot", smooth(foot, 10), [pick(finishes, "body")], warp=warp_of({"flute_range": (0.3, h), **_flutes(params)})
    )
    parts = [*_top({**params, "flutes": (1, 0.0)}, finishes, h), stem]
    return parts + (_lip({**params, "flutes": (1, 0.0)}, finishes, h) if "lip" in params else [])


def _flutes(params: Params) -> Params:
    return {"flutes": params["flutes"]} if "flutes" in params else {}


def _drum(params: Params, finishes: Finishes) -> Objects:
    """Build a solid body, round or many-sided, straight, waisted or full."""
    r, h, waist = params.get("radius", 1.9), params.get("height", 4.4), params.get("waist", 1.0)
    side: list[Point] = [
        (0, 0),
        (r - 0.08, 0),
        (r, 0.08),
        (r, 0.1),
        (r * (1 + waist) / 2, h * 0.25),
        (r * waist, h * 0.5),
    ]
    side += [(r * (1 + waist) / 2, h * 0.75), (r, h - 0.1), (r, h - 0.08), (r - 0.08, h)]
    angle = 16 if "facets" in params else 40
    body = lathe(
        "drum", [*smooth(side, 8), (0.0, h)], [pick(finishes, "body")], warp=warp_of(params), segments=192, angle=angle
    )
    if "top" not in finishes:
        return [body]
    return [body, *_top({"radius": r + 0.12, "thick": 0.16}, finishes, h + 0.12)]


def _tray_table(params: Params, finishes: Finishes) -> Objects:
    """Build a tray with a rim on two crossed frames."""
    r, h = params.get("radius", 2.3), params.get("height", 4.8)
    parts, legs = _top(params, finishes, h), pick(finishes, "legs", "body")
    parts += _lip({"lip": 0.35, **params}, finishes, h)
    for y in (-1, 1):
        for x in (-1, 1):
            side = y * r * 0.55
            path: list[Vec] = [(x * r * 0.7, side, h - 0.15), (-x * r * 0.7, side + 0.12 * x, 0.05)]
            parts.append(sweep("leg", path, params.get("leg", 0.1), legs, up=(0, 1, 0)))
    for x in (-1, 1):
        bar: list[Vec] = [(x * r * 0.7, -r * 0.6, h - 0.2), (x * r * 0.7, r * 0.6, h - 0.2)]
        parts.append(sweep("bar", bar, params.get("leg", 0.1), legs, up=(0, 0, 1)))
        low: list[Vec] = [(x * r * 0.52, -r * 0.6, 0.65), (x * r * 0.52, r * 0.6, 0.65)]
        parts.append(sweep("bar", low, params.get("leg", 0.1) * 0.8, legs, up=(0, 0, 1)))
    return parts


def _cube(params: Params, finishes: Finishes) -> Objects:
    """Build a bedside box: open compartment above, one drawer below."""
    w, h, t = params.get("width", 4.0), params.get("height", 4.4), 0.2
    body, lift = pick(finishes, "body"), params.get("lift", 0.8)
    parts = [
        box("top", (w, w * 0.85, t), pick(finishes, "top", "body"), at=(0, 0, h - t), bevel=0.05),
        box("floor", (w - 0.1, w * 0.85, t), body, at=(0, 0, lift), bevel=0.04),
        box("back", (w - 0.1, t, h - lift - 0.1), body, at=(0, w * 0.4, lift), bevel=0.03),
    ]
    for x in (-1, 1):
        parts.append(box("side", (t, w * 0.85, h - lift - 0.1), body, at=(x * (w / 2 - t / 2), 0, lift), bevel=0.04))
        for y in (-1, 1):
            foot: list[Vec] = [
                (x * (w / 2 - 0.3), y * (w * 0.36), lift + 0.1),
                (x * (w / 2 - 0.2), y * (w * 0.38), 0.03),
            ]
            parts.append(sweep("leg", foot, [0.16, 0.1], pick(finishes, "legs", "body"), up=(0, 1, 0.1), domed=False))
    if "front" in finishes:
        high = (h - lift) * 0.42
        parts.append(box("shelf", (w - 0.3, w * 0.8, t), body, at=(0, 0, lift + high), bevel=0.03))
        parts.append(
            box(
                "front",
                (w - 0.5, 0.16, high - 0.28),
                pick(finishes, "front"),
                at=(0, -w * 0.41, lift + 0.24),
                bevel=0.03,
            )
        )
        pull = lathe(
            "pull",
            smooth([(0.05, 0), (0.05, 0.1), (0.13, 0.16), (0.1, 0.25), (0, 0.26)], 5),
            [pick(finishes, "trim")],
            segments=32,
        )
        pull.rotation_euler[0], pull.location = math.pi / 2, (0, -w * 0.41 - 0.06, lift + 0.1 + high / 2)
        parts.append(pull)
    return parts


def _hairpin(params: Params, finishes: Finishes) -> Objects:
    """Build a board on bent steel rods."""
    h, r = params.get("height", 5.0), params.get("radius", 2.2)
    parts, legs = _top(params, finishes, h), pick(finishes, "legs")
    for k in range(params.get("legs", 3)):
        a = 2 * math.pi * k / params.get("legs", 3) + (math.pi / 4 if params.get("legs") == 4 else 0.5)
        out, along = np.array([math.cos(a), math.sin(a), 0]), np.array([-math.sin(a), math.cos(a), 0])
        base = np.array([0, 0, h - 0.15])
        ends = [base + out * r * 0.62 + along * s * 0.5 for s in (-1, 1)]
        foot, lifted = out * r * 0.88, np.array([0, 0, 0.06])
        path = [
            ends[0],
            foot + along * -0.07 + 2 * lifted,
            foot + lifted,
            foot + along * 0.07 + 2 * lifted,
            ends[1],
        ]
        line = [tuple(p) for p in (*np.linspace(path[0], path[1], 8), path[2], *np.linspace(path[3], path[4], 8))]
        parts.append(sweep("hairpin", line, 0.055, legs, up=tuple(out)))
    return parts

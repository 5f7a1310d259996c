"""Turned shapes: mugs, bowls, teapots, bottles, vases, planters. Each stands on z = 0 around the z axis."""

import math
from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Point, hollow_profile, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.outlines import BOTTLES, BOWLS, MUGS, PLANTERS, TEAPOTS, VASES

Objects = list[bpy.types.Object]
Params = dict[str, Any]
Finishes = dict[str, Finish]
Warp = Callable[[np.ndarray, np.ndarray], np.ndarray]


def pick(finishes: Finishes, *names: str) -> bpy.types.Material:
    """Return the material of the first of these parts that the product defines."""
    for name in names:
        if name in finishes:
            return make(finishes[name])
    return make(finishes["body"])


def warp_of(params: Params) -> Warp | None:
    """Return the radius factor for flutes (count, depth), facets (count), petals, a rounded square or an oval."""
    if "flutes" in params:
        count, depth = params["flutes"]
        low, high = params.get("flute_range", (0.12, 99.0))

        def fluted(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
            on = np.clip((z - low) / 0.15, 0, 1) * np.clip((high - z) / 0.15, 0, 1)
            return 1 - depth * np.abs(np.sin(theta * count / 2)) ** 1.5 * on

        return fluted
    if "facets" in params:
        step = 2 * math.pi / params["facets"]
        return lambda theta, z: math.cos(step / 2) / np.cos((theta + step / 2) % step - step / 2) + 0 * z
    if "twist" in params:
        count, depth = params["twist"]
        return lambda theta, z: 1 + depth * np.sin(theta * count + z * 2.2) * np.clip((z - 0.1) / 0.4, 0, 1)
    if "petals" in params:
        count, depth, low = params["petals"]
        return lambda theta, z: 1 + depth * np.cos(theta * count) * np.clip((z - low) / 0.12, 0, 1)
    if "squircle" in params:
        power = params["squircle"]
        return lambda theta, z: (
            (np.abs(np.cos(theta)) ** power + np.abs(np.sin(theta)) ** power) ** (-1 / power) * 0.9 + 0 * z
        )
    if "squash" in params:
        squash = params["squash"]
        return lambda theta, z: 1 / np.sqrt(np.cos(theta) ** 2 + (np.sin(theta) / squash) ** 2) + 0 * z
    return None


def vessel(
    name: str,
    outline: list[Point],
    params: Params,
    finishes: Finishes,
    wall: float = 0.06,
    floor: float = 0.1,
    warp: Warp | None = None,
) -> bpy.types.Object:
    outer = [(float(p[0]), float(p[1])) for p in smooth(outline, 10)]
    profile, inner_from = hollow_profile(outer, params.get("wall", wall), params.get("floor", floor))
    return lathe(
        name,
        profile,
        [pick(finishes, "body"), pick(finishes, "inside")],
        inner_from=inner_from,
        warp=warp or warp_of(params),
        segments=192 if "flutes" in params else 128,
        angle=16 if "facets" in params else 40,
    )


def scaled(outline: list[Point], params: Params) -> list[Point]:
    """Scale the outline by the product's ``wide`` and ``high``."""
    return [(r * params.get("wide", 1.0), z * params.get("high", 1.0)) for r, z in outline]


def radius_at(outline: list[Point], z: float) -> float:
    pts = smooth(outline, 10)
    return float(np.interp(z, [p[1] for p in pts], [p[0] for p in pts]))


def _handle_curve(style: str, upper: Point, lower: Point, reach: float, out: float) -> list[Point]:
    """Return points (distance from the axis, height) from the upper to the lower end of a handle."""
    (top, high), (bottom, low) = upper, lower
    span = high - low
    if style == "square":
        return [
            (top + 0.04, high),
            (out - 0.12, high + 0.005),
            (out - 0.02, high - 0.06),
            (out, high - 0.2),
            (out, low + 0.2),
            (out - 0.03, low + 0.06),
            (out - 0.14, low),
            (bottom + 0.04, low),
        ]
    if style == "ring":
        centre, r = (high + low) / 2, span / 2
        return [
            (max(top, bottom) + 0.1 + r * math.sin(a), centre + r * math.cos(a)) for a in np.linspace(0.1, 3.04, 9)
        ]
    if style == "low":
        return [
            (top, high),
            (top + reach * 0.7, high - 0.03),
            (out, high - span * 0.45),
            (out - reach * 0.35, low + span * 0.1),
            (bottom, low - span * 0.02),
        ]
    return [
        (top + 0.05, high + 0.004),
        (top + reach * 0.6, high + span * 0.1),
        (out, high - span * 0.22),
        (out - reach * 0.18, low + span * 0.3),
        (bottom + reach * 0.3, low + span * 0.04),
        (bottom + 0.04, low),
    ]


def ear(
    outline: list[Point], low: float, high: float, reach: float, params: Params, material: bpy.types.Material
) -> bpy.types.Object:
    """Build a handle on the +x side between two heights: ear, ring or square."""
    sunk = min(0.022, params.get("wall", 0.05) * 0.5) + params.get("sunk", 0.0)
    top, bottom = radius_at(outline, high) - sunk, radius_at(outline, low) - sunk
    style, out = params.get("handle", "ear"), max(top, bottom) + reach
    points = _handle_curve(style, (top, high), (bottom, low), reach, out)
    path = [(top, 0.0, high), *((x, 0.0, z) for x, z in smooth(points, 8)), (bottom, 0.0, low)]
    thick = params.get("handle_thick", 0.075)
    return sweep(
        "handle",
        path,
        [thick * 1.35, thick, thick * 0.95, thick, thick * 1.3],
        material,
        section=(1.35, 0.8),
        domed=False,
    )


def mug(params: Params, finishes: Finishes) -> Objects:
    h, base, top = params.get("height", 0.95), params.get("base", 0.36), params.get("top", 0.42)
    belly = params.get("belly", (base + top) / 2)
    outline: list[Point] = [(base * 0.93, 0.0), (base, 0.09), (belly, h * 0.45), (top, h * 0.93), (top, h)]
    if params.get("straight"):
        outline = [(base * 0.95, 0.0), (base, 0.06), (base, 0.08), (top, h * 0.9), (top, h)]
    if "profile" in params:
        outline = scaled(MUGS[params["profile"]], params)
        h = outline[-1][1]
    elif params.get("footed"):
        outline = [
            (base * 0.8, 0.0),
            (base * 0.74, 0.1),
            (belly * 0.8, 0.2),
            (belly, h * 0.5),
            (top, h * 0.93),
            (top, h),
        ]
    objects = [vessel("mug", outline, params, finishes, 0.05, 0.2 if params.get("footed") else 0.1)]
    if params.get("handle", "ear") != "none":
        low, high = params.get("grip", (0.2, 0.8))
        objects.append(ear(outline, h * low, h * high, params.get("reach", 0.3), params, pick(finishes, "handle")))
    return objects


def bowl(params: Params, finishes: Finishes) -> Objects:
    scale = params.get("scale", 1.0)
    outline = [(r * scale, z * scale * params.get("deep", 1.0)) for r, z in BOWLS[params["profile"]]]
    floor = 0.5 * scale if params["profile"] == "footed" else 0.12
    objects = [vessel("bowl", outline, params, finishes, 0.055, floor)]
    if params.get("spout"):
        rim, h = outline[-1]
        path = [(-rim + 0.06, 0, h * 0.55), (-rim - 0.02, 0, h * 0.8), (-rim - 0.2, 0, h * 1.0)]
        objects.append(sweep("spout", smooth(path, 6), [0.16, 0.12, 0.05], pick(finishes, "body")))
    return objects


def lid(outline: list[Point], params: Params, finishes: Finishes) -> Objects:
    r, z = outline[-1]
    rise = params.get("lid_rise", 0.12)
    cap: list[Point] = [
        (r - 0.05, z - 0.05),
        (r + 0.02, z),
        (r + 0.02, z),
        (r + 0.025, z + 0.03),
        (r - 0.02, z + 0.05),
        (r * 0.55, z + rise),
        (0.09, z + rise + 0.03),
        (0.0, z + rise + 0.03),
    ]
    top = z + rise
    knobs: dict[str, list[Point]] = {
        "ball": [
            (0.05, top),
            (0.05, top + 0.05),
            (0.1, top + 0.1),
            (0.1, top + 0.17),
            (0.05, top + 0.22),
            (0, top + 0.23),
        ],
        "flat": [
            (0.06, top),
            (0.06, top + 0.07),
            (0.13, top + 0.09),
            (0.14, top + 0.12),
            (0.12, top + 0.14),
            (0, top + 0.14),
        ],
        "cone": [(0.11, top), (0.1, top + 0.08), (0.06, top + 0.2), (0.02, top + 0.27), (0, top + 0.275)],
    }
    return [
        lathe("lid", smooth(cap, 6), [pick(finishes, "lid", "body")]),
        lathe(
            "knob", smooth(knobs[params.get("knob", "ball")], 6), [pick(finishes, "knob", "lid", "body")], segments=48
        ),
    ]


def teapot(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(TEAPOTS[params["profile"]], params)
    h = outline[-1][1]
    objects = [vessel("pot", outline, params, finishes, 0.05, 0.1), *lid(outline, params, finishes)]
    z0 = h * 0.42
    r = radius_at(outline, z0) - 0.06
    reach = params.get("spout_reach", 0.55)
    tip = h * params.get("spout_tip", 0.98)
    path = smooth(
        [
            (-r, 0, z0),
            (-r - reach * 0.5, 0, z0 + (tip - z0) * 0.3),
            (-r - reach * 0.7, 0, z0 + (tip - z0) * 0.7),
            (-r - reach, 0, tip),
        ],
        8,
    )
    objects.append(sweep("spout", path, [0.17, 0.13, 0.1, 0.08], pick(finishes, "body"), sides=28))
    end = path[-1]
    mouth = [(end[0] + 0.01 - 0.012 * k, 0, end[2] - 0.02 + 0.02 * k) for k in range(4)]
    objects.append(sweep("mouth", mouth, 0.06, make(Finish("matte", "charcoal"))))
    if params.get("handle") == "bail":
        arc = [
            (-radius_at(outline, h * 0.8) * 0.96 * math.cos(a), 0, h * 0.78 + params.get("bail", 0.95) * math.sin(a))
            for a in np.linspace(0.0, math.pi, 30)
        ]
        objects.append(sweep("bail", arc, 0.06, pick(finishes, "handle")))
    elif params.get("handle") == "side":
        r = radius_at(outline, h * 0.55) - 0.05
        bar = [(0, -r, h * 0.55), (0, -r - 0.3, h * 0.62), (0, -r - 0.75, h * 0.78)]
        objects.append(sweep("bar", smooth(bar, 6), [0.09, 0.08, 0.12], pick(finishes, "handle"), up=(1, 0, 0)))
    else:
        objects.append(ear(outline, h * 0.25, h * 0.82, params.get("reach", 0.42), params, pick(finishes, "handle")))
    return objects


def bottle(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(BOTTLES[params["profile"]], params)
    glass = dict(params)
    objects = [vessel("bottle", outline, glass, finishes, params.get("wall", 0.035), 0.07)]
    r, h = outline[-1]
    stop = params.get("stopper")
    if stop == "cork":
        plug: list[Point] = [
            (0, h - 0.2),
            (r * 0.72, h - 0.2),
            (r * 0.72, h - 0.2),
            (r * 0.9, h + 0.16),
            (r * 0.9, h + 0.16),
            (r * 0.86, h + 0.2),
            (0, h + 0.2),
        ]
        objects.append(lathe("cork", smooth(plug, 5), [pick(finishes, "stopper")], segments=48))
    elif stop == "ball":
        ball: list[Point] = [(0, h - 0.12), (r * 0.6, h - 0.12), (r * 0.7, h + 0.02), (r * 0.7, h + 0.03)]
        ball += [(0.27 * math.sin(a), h + 0.26 - 0.27 * math.cos(a)) for a in np.linspace(0.6, math.pi, 14)]
        objects.append(lathe("ball", ball, [pick(finishes, "stopper")], segments=64))
    if params.get("handle"):
        objects.append(ear(outline, h * 0.42, h * 0.88, 0.32, params, pick(finishes, "handle")))
    return objects


def vase(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(VASES[params["profile"]], params)
    objects = [vessel("vase", outline, params, finishes, 0.055, 0.12)]
    h = outline[-1][1]
    if params.get("handles"):
        for sign in (1, -1)[: params["handles"]]:
            grip = ear(
                outline,
                h * params.get("grip", (0.55, 0.9))[0],
                h * params.get("grip", (0.55, 0.9))[1],
                params.get("reach", 0.2),
                params,
                pick(finishes, "handle"),
            )
            grip.rotation_euler[2] = 0 if sign == 1 else math.pi
            objects.append(grip)
    return objects


def planter(params: Params, finishes: Finishes) -> Objects:
    lift = params.get("legs", 0.0)
    outline = scaled(PLANTERS[params["profile"]], params)
    pot = vessel("pot", outline, params, finishes, 0.09, 0.15)
    pot.location.z = lift or (0.08 if params.get("saucer") else 0.0)
    objects = [pot]
    if params.get("saucer"):
        r = outline[0][0] + 0.28
        dish: list[Point] = [
            (0, 0),
            (r - 0.1, 0.0),
            (r - 0.1, 0.0),
            (r - 0.04, 0.03),
            (r, 0.17),
            (r, 0.17),
            (r - 0.05, 0.17),
            (r - 0.05, 0.17),
            (r - 0.1, 0.08),
            (r - 0.1, 0.08),
            (0, 0.075),
        ]
        objects.append(lathe("saucer", smooth(dish, 5), [pick(finishes, "saucer")]))
    if lift:
        ring = radius_at(outline, 0.35)
        for k in range(params.get("leg_count", 3)):
            a = 2 * math.pi * k / params.get("leg_count", 3) + 0.5
            top, foot = ring + 0.05, ring + 0.12
            path = [
                (top * math.cos(a), top * math.sin(a), lift + params.get("leg_top", 0.7)),
                (foot * math.cos(a), foot * math.sin(a), 0.04),
            ]
            objects.append(sweep("leg", path, [0.065, 0.05], pick(finishes, "legs"), up=(0.1, 0.2, 1)))
        hoop = [
            (ring * math.cos(a) * 1.02, ring * math.sin(a) * 1.02, lift + 0.33)
            for a in np.linspace(0, 2 * math.pi, 64, False)
        ]
        objects.append(sweep("hoop", hoop, 0.045, pick(finishes, "legs"), up=(0, 0, 1), closed=True))
    return objects

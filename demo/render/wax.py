"""Candles, and candle holders other than candlesticks."""

import math

import numpy as np

from demo.render.containers import candle
from demo.render.finish import Finish
from demo.render.geometry import Point, box, lathe, smooth, sweep
from demo.render.lighting import ball
from demo.render.materials import make
from demo.render.vessels import Finishes, Objects, Params, Warp, pick, vessel, warp_of


def wick(z: float, x: float = 0.0, y: float = 0.0) -> Objects:
    path = [(x, y, z - 0.05), (x + 0.01, y, z + 0.12)]
    return [sweep("wick", path, 0.014, make(Finish("matte", "black")), sides=8)]


def wax_candle(params: Params, finishes: Finishes) -> Objects:
    """Build a free-standing candle: pillar, ball, bubbles, a twisted pair, or one in a pot."""
    styles = {"pillar": _pillar, "ball": _ball, "bubbles": _bubbles, "pair": _pair, "pot": _pot, "tree": _tree}
    return styles[params["style"]](params, finishes)


def _pillar(params: Params, finishes: Finishes) -> Objects:
    r, h = params.get("radius", 0.36), params.get("height", 1.5)
    body: list[Point] = [(0, 0), (r, 0), (r, 0), (r, h * 0.3), (r, h * 0.6), (r, h - 0.04), (r * 0.86, h)]
    body += [(r * 0.4, h - 0.05), (0, h - 0.05)]
    return [lathe("wax", smooth(body, 12), [pick(finishes, "body")], warp=warp_of(params), segments=192), *wick(h)]


def _ball(params: Params, finishes: Finishes) -> Objects:
    r = params.get("radius", 0.5)
    sphere = ball("wax", r, r * 0.97, pick(finishes, "body"))
    return [sphere, *wick(2 * r - 0.03)]


def _bubbles(params: Params, finishes: Finishes) -> Objects:
    """Build a cube of little spheres."""
    wax, count, r = pick(finishes, "body"), params.get("count", 3), 0.2
    step, parts = r * 1.62, []
    for i in range(count**3):
        bubble = ball("bubble", r, r, wax)
        across = (i % count - (count - 1) / 2, i // count % count - (count - 1) / 2)
        bubble.location = (across[0] * step, across[1] * step, i // count**2 * step)
        parts.append(bubble)
    return [*parts, *wick((count - 1) * step + 2 * r)]


def _pair(params: Params, finishes: Finishes) -> Objects:
    """Build two dinner candles, one lying in front of the other, or both upright on their wide ends."""
    r, h, parts = 0.12, params.get("height", 2.5), []
    for x, part in ((-0.28, "body"), (0.28, "second")):
        turns, depth = params.get("turns", 3), params.get("depth", 0.22)
        body: list[Point] = [(0, 0), (r, 0), (r, 0), (r * 0.95, h * 0.4), (r * 0.8, h * 0.85), (r * 0.3, h), (0, h)]
        taper = lathe("wax", smooth(body, 30), [pick(finishes, part, "body")], warp=_spiral(turns, depth, h))
        taper.location.x = x
        parts += [taper, *wick(h, x)]
    return parts


def _spiral(turns: float, depth: float, high: float) -> Warp:
    def warp(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
        inside = np.clip((z - 0.35) / 0.2, 0, 1) * np.clip((high * 0.8 - z) / 0.2, 0, 1)
        return 1 + depth * np.cos(2 * theta + 2 * math.pi * turns * z / high) * inside

    return warp


def _pot(params: Params, finishes: Finishes) -> Objects:
    """Build a candle in a pot with straight walls, optionally with a band around it."""
    r, h = params.get("radius", 0.5), params.get("height", 1.0)
    outline: list[Point] = [(r * 0.93, 0), (r, 0.05), (r, h * 0.35), (r, h * 0.7), (r, h)]
    parts = [vessel("pot", outline, params, finishes, 0.05, 0.1)]
    level = h * 0.8
    fill = [(0.0, 0.11), (r - 0.06, 0.11), (r - 0.06, 0.11), (r - 0.06, level), (r - 0.06, level), (0.0, level - 0.01)]
    parts.append(lathe("wax", smooth(fill, 4), [pick(finishes, "wax")]))
    if "label" in finishes:
        band = [(r + 0.008, h * 0.25), (r + 0.008, h * 0.62)]
        parts.append(lathe("label", band, [pick(finishes, "label")]))
    return [*parts, *wick(level)]


def _tree(params: Params, finishes: Finishes) -> Objects:
    """Build a tree-shaped candle from nested cones."""
    parts, tall, r = [], 0.0, params.get("radius", 0.55)
    for k in range(params.get("tiers", 4)):
        rk, hk = r * (1 - 0.2 * k), 0.62 - 0.06 * k
        tier: list[Point] = [(0, tall), (rk, tall), (rk, tall), (rk * 0.92, tall + 0.06), (rk * 0.35, tall + hk)]
        parts.append(lathe("tier", smooth([*tier, (0, tall + hk)], 8), [pick(finishes, "body")], warp=warp_of(params)))
        tall += hk * 0.72
    return [*parts, *wick(tall + 0.14)]


def hurricane(params: Params, finishes: Finishes) -> Objects:
    """Build a glass chimney on a dish, with a thick candle inside."""
    r, h = params.get("radius", 0.72), params.get("height", 2.1)
    dish: list[Point] = [(0, 0), (r + 0.1, 0), (r + 0.1, 0), (r + 0.22, 0.06), (r + 0.24, 0.2), (r + 0.24, 0.2)]
    dish += [(r + 0.16, 0.2), (r + 0.14, 0.12), (0, 0.1)]
    bulge = params.get("bulge", 0.0)
    outer = [(r + bulge * math.sin(math.pi * t), 0.12 + h * t) for t in np.linspace(0, 1, 24)]
    return [
        lathe("dish", smooth(dish, 6), [pick(finishes, "body")]),
        lathe("glass", outer, [pick(finishes, "glass")]),
        *candle(params.get("wax", 0.34), 0.1, params.get("tall", 1.1), params.get("candle", "ivory")),
    ]


def tealight(params: Params, finishes: Finishes) -> Objects:
    """Build a block, a stone or a little house front with a hollow for a small candle."""
    w, h = params.get("width", 1.0), params.get("height", 0.7)
    body = pick(finishes, "body")
    if params.get("shape") == "block":
        parts = [box("block", (w, w, h), body, bevel=params.get("soft", 0.05), segments=5)]
    else:
        r = w / 2
        stone: list[Point] = [
            (0, 0),
            (r * 0.7, 0),
            (r * 0.95, h * 0.2),
            (r, h * 0.5),
            (r * 0.8, h * 0.95),
            (0.3, h),
            (0, h),
        ]
        parts = [lathe("stone", smooth(stone, 8), [body], warp=warp_of(params), segments=192)]
    cup: list[Point] = [(0.2, h - 0.02), (0.22, h + 0.01), (0.25, h + 0.04), (0.25, h + 0.1), (0.23, h + 0.1)]
    cup += [(0.23, h + 0.05), (0, h + 0.05)]
    return [*parts, lathe("cup", cup, [pick(finishes, "trim")], segments=64), *candle(0.2, h + 0.03, 0.12, "ivory")]

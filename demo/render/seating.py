"""Chairs, poufs and steps. A chair faces -y; its back is at +y."""

import math

import bpy
import numpy as np

from demo.render.geometry import Point, Vec, box, lathe, smooth, sweep
from demo.render.vessels import Finishes, Objects, Params, pick, warp_of

Place = tuple[float, float]


def chair(params: Params, finishes: Finishes) -> Objects:
    """Build a chair, or an armchair with ``arms``, from a seat, legs and one of the backs."""
    if params.get("back") == "tub":
        return _tub_chair(params, finishes)
    w, d, h = params.get("width", 4.3), params.get("depth", 4.2), params.get("height", 4.5)
    parts = [*_chair_seat(params, finishes, w, d, h), *_chair_legs(params, finishes, w, d, h)]
    parts += BACKS[params.get("back", "ladder")](params, finishes, w, d, h)
    if params.get("arms"):
        parts += _arms(params, finishes, w, d, h)
    return parts


def _chair_seat(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    thick, seat = params.get("thick", 0.25), pick(finishes, "seat", "body")
    if params.get("seat") == "round":
        r = w / 2
        soft = min(thick * 0.45, 0.2)
        edge: list[Point] = [(0, h - thick), (r - soft, h - thick), (r, h - thick + soft), (r, h - soft)]
        edge += [(r - soft, h), (r * 0.5, h - 0.03), (0, h - 0.03)]
        return [lathe("seat", smooth(edge, 6), [seat])]
    parts = [box("seat", (w, d, thick), seat, at=(0, 0, h - thick), bevel=min(0.12, thick * 0.45), segments=6)]
    if "pad" in finishes:
        pad = (w * 0.94, d * 0.92, 0.42)
        parts.append(box("pad", pad, pick(finishes, "pad"), at=(0, -0.05, h - 0.04), bevel=0.2, segments=8))
    return parts


def _post(params: Params, w: float, d: float) -> Place:
    """Return where the +x back post meets the seat."""
    return w / 2 - params.get("inset", 0.22), d / 2 - params.get("inset", 0.22)


def _chair_legs(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    legs, thick, splay = pick(finishes, "legs", "body"), params.get("leg", 0.16), params.get("splay", 0.1)
    (x, y), low, parts = _post(params, w, d), h - params.get("thick", 0.25) * 0.5, []
    feet = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            head: Vec = (sx * x, sy * y, low)
            foot: Vec = (sx * (x + splay), sy * (y + splay), 0.03)
            feet.append((head, foot))
            taper = [thick, thick * params.get("taper", 0.75)]
            parts.append(sweep("leg", [head, foot], taper, legs, up=(0, 1, 0.1), domed=False))
    level = params.get("rungs", 0.4)
    if level:
        ends = [tuple(np.array(f) + (np.array(t) - np.array(f)) * level) for t, f in feet]
        for a, b in ((0, 1), (2, 3), (0, 2)) if not params.get("cross") else ((0, 3), (1, 2)):
            parts.append(sweep("rung", [ends[a], ends[b]], thick * 0.6, legs, up=(0, 0, 1)))
    return parts


def _posts(params: Params, finishes: Finishes, w: float, d: float, h: float, top: float) -> tuple[Objects, list[Vec]]:
    """Build the two back posts. Return them and their upper ends."""
    (x, y), lean = _post(params, w, d), params.get("lean", 0.75)
    ends: list[Vec] = [(s * x, y + lean, top) for s in (-1, 1)]
    legs = pick(finishes, "back", "legs", "body")
    parts = []
    for s, end in zip((-1, 1), ends, strict=True):
        path = smooth([(s * x, y, h - 0.3), (s * x, y + lean * 0.15, h + 1.0), end], 8)
        parts.append(sweep("post", path, params.get("leg", 0.16) * 0.85, legs, up=(1, 0, 0)))
    return parts, ends


def _rail(
    left: Vec, right: Vec, bow: float, tall: float, material: bpy.types.Material, thin: float = 0.28
) -> bpy.types.Object:
    """Build a slat between two posts, bowed backwards; ``tall`` is half its height."""
    path = []
    for t in np.linspace(0, 1, 17):
        x = left[0] + (right[0] - left[0]) * t
        path.append((x, left[1] + bow * math.sin(math.pi * t), left[2] + (right[2] - left[2]) * t))
    return sweep("rail", path, tall, material, section=(1.0, thin * 0.5 / tall), up=(0, 0, 1), domed=False)


def _on_posts(y: float, ends: list[Vec], h: float, share: float) -> tuple[Vec, Vec]:
    """Return two points at a fraction of the height of the posts."""
    points = [(e[0], y + (e[1] - y) * share**1.4, h + (e[2] - h) * share) for e in ends]
    return points[0], points[1]


def _ladder(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    top, count = params.get("top", 8.6), params.get("slats", 3)
    parts, ends = _posts(params, finishes, w, d, h, top)
    wood, y = pick(finishes, "slats", "back", "legs", "body"), _post(params, w, d)[1]
    for k in range(count):
        left, right = _on_posts(y, ends, h, 0.42 + 0.53 * (k / max(count - 1, 1) if count > 1 else 1.0))
        parts.append(_rail(left, right, 0.3, params.get("slat", 0.27), wood))
    return parts


def _panel(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    """Build one broad curved board, held by two posts."""
    top = params.get("top", 8.2)
    parts, ends = _posts(params, finishes, w, d, h, top - 0.3)
    left, right = _on_posts(_post(params, w, d)[1], ends, h, 0.82)
    wide = params.get("overhang", 0.25)
    left, right = (left[0] - wide, left[1] - 0.12, left[2]), (right[0] + wide, right[1] - 0.12, right[2])
    board = pick(finishes, "panel", "seat", "body")
    return [*parts, _rail(left, right, 0.5, params.get("panel", 0.85), board, params.get("thin", 0.3))]


def _spindles(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    """Build thin sticks under a top rail."""
    top, count = params.get("top", 8.6), params.get("count", 7)
    parts, ends = _posts(params, finishes, w, d, h, top)
    wood, y = pick(finishes, "slats", "back", "legs", "body"), _post(params, w, d)[1]
    (lx, ly, lz), (rx, _, _) = ends
    parts.append(_rail((lx - 0.2, ly, lz), (rx + 0.2, ly, lz), 0.35, 0.3, wood))
    for k in range(count):
        t = (k + 1) / (count + 1)
        x = lx + (rx - lx) * t
        stick: list[Vec] = [(x * 0.9, y, h - 0.1), (x, ly + 0.35 * math.sin(math.pi * t), lz)]
        parts.append(sweep("stick", stick, 0.075, wood, up=(1, 0, 0)))
    return parts


def _cross(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    top = params.get("top", 8.6)
    parts, ends = _posts(params, finishes, w, d, h, top)
    wood, y = pick(finishes, "slats", "back", "legs", "body"), _post(params, w, d)[1]
    low, high = _on_posts(y, ends, h, 0.22), _on_posts(y, ends, h, 0.86)
    for a, b in ((low[0], high[1]), (low[1], high[0])):
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 0.18, (a[2] + b[2]) / 2)
        parts.append(sweep("cross", smooth([a, middle, b], 8), 0.12, wood, up=(0, 1, 0), section=(0.6, 1.2)))
    left, right = ends
    return [*parts, _rail(left, right, 0.35, 0.26, wood)]


def _hoop(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    """Build a bent hoop with a smaller one inside, as on café chairs."""
    wood, parts = pick(finishes, "back", "legs", "body"), []
    (x, y), top, lean = _post(params, w, d), params.get("top", 8.8), params.get("lean", 0.7)
    for size in (1.0, 0.56) if params.get("inner", True) else (1.0,):
        high = h + (top - h) * (size if size == 1.0 else 0.72)
        path = []
        for a in np.linspace(math.pi, 0, 41):
            z = h - 0.1 + (high - h) * math.sin(a) ** 0.75
            path.append((x * size * math.cos(a), y + lean * ((z - h) / (top - h)) ** 1.3 if z > h else y, z))
        parts.append(sweep("hoop", path, 0.13 if size == 1.0 else 0.1, wood, up=(0, 1, 0)))
    return parts


def _arms(params: Params, finishes: Finishes, w: float, d: float, h: float) -> Objects:
    wood, (x, y), parts = pick(finishes, "arms", "legs", "body"), _post(params, w, d), []
    for s in (-1, 1):
        path = smooth([(s * x, y + 0.2, h + 2.0), (s * (x + 0.12), 0, h + 2.05), (s * (x + 0.12), -y, h + 1.95)], 8)
        parts.append(sweep("arm", path, [0.12, 0.17, 0.2], wood, section=(0.7, 1.3), up=(0, 0, 1)))
        parts.append(sweep("support", [(s * x, -y + 0.2, h - 0.1), (s * (x + 0.1), -y + 0.25, h + 1.9)], 0.1, wood))
    return parts


def _tub_chair(params: Params, finishes: Finishes) -> Objects:
    """Build an upholstered bucket around a thick round cushion."""
    r, h, cloth = params.get("width", 5.0) / 2, params.get("height", 4.2), pick(finishes, "seat")
    parts, sweep_by = [], params.get("wrap", 2.05)
    wall, top = params.get("wall", 0.32), params.get("top", 3.4)
    path, turns = [], np.linspace(-sweep_by, sweep_by, 60)
    for a in turns:
        path.append((r * math.sin(a), r * math.cos(a), h - 0.6 + top * 0.42))
    falls = [top * 0.5 * (1 - 0.35 * (abs(a) / sweep_by) ** 3) for a in turns]
    shell = sweep("shell", path, falls, cloth, section=(1.0, wall / (top * 0.5)), up=(0, 0, 1), sides=32)
    seat: list[Point] = [(0, h - 1.4), (r - 0.25, h - 1.4), (r - 0.05, h - 1.2), (r - 0.02, h - 0.3), (r - 0.25, h)]
    parts += [shell, lathe("seat", smooth([*seat, (0, h + 0.08)], 8), [pick(finishes, "pad", "seat")])]
    for k in range(4):
        a = math.pi / 4 + k * math.pi / 2
        x, y = math.cos(a), math.sin(a)
        leg: list[Vec] = [(x * r * 0.62, y * r * 0.62, h - 1.3), (x * r * 0.8, y * r * 0.8, 0.03)]
        parts.append(sweep("leg", leg, [0.17, 0.1], pick(finishes, "legs"), up=(0, 0.1, 1), domed=False))
    return parts


BACKS = {"ladder": _ladder, "panel": _panel, "spindles": _spindles, "cross": _cross, "hoop": _hoop}


def pouf(params: Params, finishes: Finishes) -> Objects:
    """Build a round or square footstool stuffed all the way down."""
    r, h = params.get("radius", 2.4), params.get("height", 3.4)
    if params.get("shape") == "square":
        parts = [box("pouf", (2 * r, 2 * r, h), pick(finishes, "body"), bevel=0.5, segments=8)]
        edge = r - 0.5
        turns = np.linspace(0, 2 * math.pi, 96, endpoint=False) + 0.01
        ring = [
            (
                math.copysign(edge, math.cos(a)) + 0.5 * math.cos(a),
                math.copysign(edge, math.sin(a)) + 0.5 * math.sin(a),
                h - 0.5,
            )
            for a in turns
        ]
        parts.append(sweep("seam", ring, 0.06, pick(finishes, "seam"), up=(0, 0, 1), sides=10, closed=True))
        return parts
    full = params.get("full", 0.3)
    side: list[Point] = [(0, 0), (r - full, 0), (r - full * 0.2, h * 0.12), (r, h * 0.5), (r - full * 0.2, h * 0.88)]
    side += [(r - full, h * 0.99), (r * 0.4, h), (0, h - params.get("dip", 0.05))]
    line = smooth(side, 10)
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    body = pick(finishes, "body")
    parts = [lathe("pouf", line, [body], warp=warp_of(params), segments=240, v_values=run / run[-1])]
    for z in params.get("seams", ()):
        rr = float(np.interp(z * h, [p[1] for p in side[1:6]], [p[0] for p in side[1:6]]))
        path = [(rr * math.cos(a), rr * math.sin(a), z * h) for a in np.linspace(0, 2 * math.pi, 100, False)]
        parts.append(sweep("seam", path, 0.06, pick(finishes, "seam"), up=(0, 0, 1), sides=10, closed=True))
    if params.get("button"):
        cap = [(0.3, h - 0.06), (0.26, h + 0.02), (0, h + 0.06)]
        parts.append(lathe("button", smooth(cap, 5), [pick(finishes, "seam")], segments=48))
    return parts


def steps(params: Params, finishes: Finishes) -> Objects:
    """Build a kitchen step stool: two treads between two cheeks."""
    w, d, h = params.get("width", 3.8), params.get("depth", 3.6), params.get("height", 4.2)
    side, tread = pick(finishes, "body"), pick(finishes, "tread", "body")
    parts = [
        box("top", (w + 0.2, d * 0.55, 0.22), tread, at=(0, d * 0.22, h - 0.22), bevel=0.06),
        box("low", (w - 0.1, d * 0.55, 0.22), tread, at=(0, -d * 0.22, h * 0.5 - 0.11), bevel=0.06),
    ]
    for x in (-1, 1):
        at = x * (w / 2 - 0.12)
        parts.append(box("cheek", (0.22, d * 0.5, h - 0.2), side, at=(at, d * 0.22, 0), bevel=0.05))
        parts.append(box("cheek", (0.22, d * 0.5, h * 0.5 - 0.1), side, at=(at, -d * 0.22, 0), bevel=0.05))
    return parts

"""Wall clocks, mirrors and bookends. They stand upright and face -y."""

import math

import bpy
import numpy as np

from demo.render.furnishings import clock_face, extrude
from demo.render.geometry import Point, Vec, box, sweep, turn
from demo.render.lighting import ball
from demo.render.vessels import Finishes, Objects, Params, pick

LEAN = -7.0


def ring_outline(shape: str, wide: float, high: float) -> list[Vec]:
    """Return a closed outline in the xz plane: round, oval, arch, square, hexagon or pebble, standing on z = 0."""
    if shape == "arch":
        top = high - wide
        arc = [(wide * math.cos(a), 0.0, top + wide * math.sin(a)) for a in np.linspace(0, math.pi, 60)]
        return [*arc, *((-wide + 2 * wide * t, 0.0, 0.0) for t in np.linspace(0, 1, 20))]
    if shape in ("square", "hexagon", "octagon"):
        count = {"square": 4, "hexagon": 6, "octagon": 8}[shape]
        offset = math.pi / count if shape != "hexagon" else 0.0
        corner = [(math.cos(a + offset), math.sin(a + offset)) for a in np.arange(count) * 2 * math.pi / count]
        reach_x, reach_z = max(c[0] for c in corner), max(c[1] for c in corner)
        points = []
        for (xa, za), (xb, zb) in zip(corner, corner[1:] + corner[:1], strict=True):
            for t in np.linspace(0, 1, 16, endpoint=False):
                x, z = xa + (xb - xa) * t, za + (zb - za) * t
                points.append((x / reach_x * wide, 0.0, (z / reach_z + 1) * high / 2))
        return points
    points = []
    for a in np.linspace(0, 2 * math.pi, 120, endpoint=False):
        r = 1 + (0.07 * math.cos(2 * a + 0.7) + 0.06 * math.cos(3 * a) if shape == "pebble" else 0.0)
        points.append((wide * r * math.cos(a), 0.0, high / 2 * (1 + r * math.sin(a))))
    low = min(z for _, _, z in points)
    return [(x, y, z - low) for x, y, z in points]


def slab(outline: list[Vec], deep: float, material: bpy.types.Material, scale: float = 1.0) -> bpy.types.Object:
    """Build the filled outline, scaled around its middle."""
    middle = (max(z for _, _, z in outline) + min(z for _, _, z in outline)) / 2
    points = [(x * scale, y, middle + (z - middle) * scale) for x, y, z in outline]
    return extrude(points[::-1], deep, material)


def mirror(params: Params, finishes: Finishes) -> Objects:
    wide, high = params.get("width", 3.0) / 2, params.get("height", 3.0)
    shape, frame = params.get("shape", "round"), params.get("frame", 0.14)
    outline = [(x, y, z + frame) for x, y, z in ring_outline(shape, wide, high)]
    back = slab(outline, 0.1, pick(finishes, "body"), 1.01)
    glass = slab(outline, 0.02, pick(finishes, "glass"), 0.97)
    glass.location.y = -0.05
    back.location.y = 0.0
    parts = [back, glass]
    if frame:
        section = params.get("section", (1.0, 1.0))
        parts.append(sweep("frame", outline, frame, pick(finishes, "body"), section=section, sides=24, closed=True))
    if params.get("rays"):
        parts += _rays(params, finishes, wide, high / 2 + frame)
    if params.get("beads"):
        for x, y, z in outline[:: params["beads"]]:
            bead = ball("bead", params.get("bead", 0.16), 0.0, pick(finishes, "beads", "body"))
            bead.location = (x, y, z)
            parts.append(bead)
    lift = -min(float((o.matrix_world @ v.co).z) for o in _placed(parts) for v in o.data.vertices)
    turn(parts, LEAN, "X", lift)
    return parts


def _placed(parts: Objects) -> Objects:
    bpy.context.view_layer.update()
    return parts


def _rays(params: Params, finishes: Finishes, r: float, middle: float) -> Objects:
    """Build thin rays of alternating length around a round mirror or clock."""
    parts, count, long = [], params["rays"], params.get("ray", 0.9)
    for k in range(count):
        a = 2 * math.pi * (k + 0.5) / count
        end = r + long * (1.0 if k % 2 else 0.62)
        path = [(math.cos(a) * s, 0.05, middle + math.sin(a) * s) for s in (r * 0.95, end)]
        parts.append(sweep("ray", path, [0.07, 0.02], pick(finishes, "rays", "body"), up=(0, 1, 0), sides=10))
    return parts


def wall_clock(params: Params, finishes: Finishes) -> Objects:
    """Build a flat clock: a round face on a slab of any outline, with a rim or rays."""
    r, shape = params.get("radius", 1.5), params.get("shape", "round")
    size = params.get("size", r * 1.08)
    outline = ring_outline(shape, size, 2 * size)
    parts = [slab(outline, 0.22, pick(finishes, "body"))]
    if params.get("rim"):
        parts.append(sweep("rim", outline, params["rim"], pick(finishes, "rim", "body"), sides=20, closed=True))
    if params.get("rays"):
        parts += _rays(params, finishes, size, size)
    face = clock_face(params, finishes, r)
    if params.get("bare"):
        face[0].hide_render = True
    for part in face:
        part.location.z += size
        part.location.y -= 0.02
    parts += face
    lift = -min(float((o.matrix_world @ v.co).z) for o in _placed(parts) for v in o.data.vertices)
    turn(parts, LEAN, "X", lift)
    return parts


def bookends(params: Params, finishes: Finishes) -> Objects:
    """Build two bookends, back to back, with room for books between them."""
    parts: Objects = []
    for side in (-1, 1):
        for part in _bookend(params, finishes):
            bpy.context.view_layer.update()
            parts.append(part)
            if side == 1:
                turn([part], 180, "Z")
            part.location.x += side * params.get("apart", 0.5)
    return parts


def _bookend(params: Params, finishes: Finishes) -> Objects:
    """Build the left bookend, whose figure is left of its upright face at x = 0."""
    style, body = params["style"], pick(finishes, "body")
    if style == "ball":
        r = params.get("radius", 0.55)
        sphere = ball("ball", r, r + 0.18, pick(finishes, "motif", "body"))
        sphere.location.x = -0.75
        return [box("plinth", (1.5, 1.0, 0.2), body, at=(-0.75, 0, 0)), _upright(1.6, 1.0, body), sphere]
    if style == "wedge":
        return [_side_slab([(0, 0), (-1.3, 0), (-1.3, 0.15), (-0.12, 1.7), (0, 1.7)], 0.9, body)]
    if style == "quarter":
        arc = [(-1.5 * math.cos(a), 1.5 * math.sin(a)) for a in np.linspace(0, math.pi / 2, 30)]
        return [_side_slab([(0, 0), *arc], 0.9, body)]
    if style == "steps":
        steps = [(1.5, 0.45), (1.0, 0.9), (0.5, 1.4)]
        return [
            box("step", (0.5, 0.9, high), pick(finishes, "motif" if k % 2 else "body"), at=(-deep + 0.25, 0, 0))
            for k, (deep, high) in enumerate(steps)
        ]
    if style == "rainbow":
        bows = []
        for k, part in enumerate(("body", "motif", "third")):
            r = 1.35 - 0.38 * k
            bow: list[Vec] = [(-r * math.sin(a), 0, r * math.cos(a)) for a in np.linspace(0, math.pi / 2, 24)]
            bows.append(sweep("bow", bow, 0.17, pick(finishes, part), section=(2.4, 1.0), up=(0, 1, 0), domed=False))
        return bows
    loop = [(-0.7 + 0.5 * math.sin(a), 0, 0.85 + 0.65 * math.cos(a)) for a in np.linspace(0, 2 * math.pi, 60, False)]
    return [
        box("plinth", (1.5, 0.9, 0.16), body, at=(-0.75, 0, 0)),
        _upright(1.5, 0.9, body),
        sweep("loop", loop, 0.12, pick(finishes, "motif", "body"), closed=True),
    ]


def _upright(high: float, deep: float, body: bpy.types.Material) -> bpy.types.Object:
    return box("upright", (0.12, deep, high), body, at=(-0.06, 0, 0))


def _side_slab(outline: list[Point], deep: float, body: bpy.types.Material) -> bpy.types.Object:
    block = extrude([(x, 0.0, z) for x, z in outline], deep, body)
    block.location.y = -deep / 2
    return block

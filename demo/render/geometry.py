"""Mesh building blocks: lathes, sweeps, bevelled boxes and pillows. One unit is ten centimetres."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

Point = tuple[float, float]
Vec = tuple[float, float, float]
P = TypeVar("P", Point, Vec)


def smooth(points: Sequence[P], steps: int = 8) -> list[P]:
    """Return a Catmull-Rom curve through the points. A point given twice makes a sharp corner."""
    pts = np.array(points, dtype=float)
    padded = np.vstack([2 * pts[0] - pts[1], pts, 2 * pts[-1] - pts[-2]])
    out: list[P] = []
    for i in range(1, len(padded) - 2):
        p0, p1, p2, p3 = padded[i - 1 : i + 3]
        if np.allclose(p1, p2):
            continue
        start, end = _limited((p2 - p0) / 2, p2 - p1), _limited((p3 - p1) / 2, p2 - p1)
        for t in np.arange(steps) / steps:
            point = (2 * t**3 - 3 * t**2 + 1) * p1 + (3 * t**2 - 2 * t**3) * p2
            point = point + (t**3 - 2 * t**2 + t) * start + (t**3 - t**2) * end
            out.append(cast(P, tuple(float(x) for x in point)))
    out.append(cast(P, tuple(float(x) for x in pts[-1])))
    return out


def _limited(tangent: np.ndarray, chord: np.ndarray) -> np.ndarray:
    """Limit the tangent, so that a short segment between long ones does not fold over itself."""
    return tangent * min(1.0, 2.5 * float(np.linalg.norm(chord)) / max(float(np.linalg.norm(tangent)), 1e-9))


def finish_mesh(
    mesh: bpy.types.Mesh, name: str, materials: Sequence[bpy.types.Material], angle: float = 38.0
) -> bpy.types.Object:
    """Shade the mesh smooth with crisp edges above the angle, give it materials, put it in the scene."""
    mesh.update()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.set_sharp_from_angle(angle=math.radians(angle))
    for material in materials:
        mesh.materials.append(material)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def grid_mesh(name: str, rings: np.ndarray, v_values: np.ndarray, closed: bool = True) -> bpy.types.Mesh:
    """Build a mesh from rings of points (ring, point, xyz), with u running along a ring and one v per ring."""
    n_rings, n_points, _ = rings.shape
    columns = n_points if closed else n_points - 1
    i = np.repeat(np.arange(n_rings - 1), columns)
    j = np.tile(np.arange(columns), n_rings - 1)
    j_next = (j + 1) % n_points
    faces = np.stack(
        [i * n_points + j, i * n_points + j_next, (i + 1) * n_points + j_next, (i + 1) * n_points + j], axis=1
    )
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(rings.reshape(-1, 3).tolist(), [], faces.tolist())
    u0, u1 = j / columns, (j + 1) / columns
    va, vb = v_values[i], v_values[i + 1]
    uv = np.stack([np.stack([u0, va], 1), np.stack([u1, va], 1), np.stack([u1, vb], 1), np.stack([u0, vb], 1)], 1)
    mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", uv.astype(np.float32).ravel())
    return mesh


def lathe(
    name: str,
    profile: Sequence[Point],
    materials: Sequence[bpy.types.Material],
    *,
    segments: int = 128,
    inner_from: int | None = None,
    warp: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    angle: float = 38.0,
    v_values: np.ndarray | None = None,
) -> bpy.types.Object:
    """Turn a profile of (radius, height) around the z axis; faces from ``inner_from`` on get the second material.

    ``warp(theta, z)`` returns a factor on the radius: flutes, ovals, facets. Patterns run up the height unless
    ``v_values`` says otherwise for each point.
    """
    pts = np.array(profile, dtype=float)
    theta = np.arange(segments) * 2 * math.pi / segments
    radius = np.maximum(pts[:, :1], 1e-4) * np.ones((1, segments))
    if warp is not None:
        radius = radius * warp(theta[None, :], pts[:, 1:2])
    rings = np.stack(
        [radius * np.cos(theta), radius * np.sin(theta), np.repeat(pts[:, 1:2], segments, axis=1)], axis=2
    )
    low, high = pts[:, 1].min(), pts[:, 1].max()
    if v_values is None:
        v_values = (pts[:, 1] - low) / max(high - low, 1e-6)
    mesh = grid_mesh(name, rings, v_values)
    if inner_from is not None and len(materials) > 1:
        index = (np.repeat(np.arange(len(pts) - 1), segments) >= inner_from).astype(np.int32)
        mesh.polygons.foreach_set("material_index", index)
    return finish_mesh(mesh, name, materials, angle)


def hollow_profile(outer: Sequence[Point], wall: float, floor: float, foot: float = 0.03) -> tuple[list[Point], int]:
    """Close an outer outline (base to rim) into a vessel with a wall.

    Return the profile and the index where its inside starts.
    """
    outline = np.array(outer, dtype=float)
    base = float(outline[0, 0])
    lip = 0.025
    start: list[Point] = [
        (0.0, foot),
        (max(base - 0.14, base * 0.6), foot),
        (max(base - 0.1, base * 0.68), 0.0),
        (base - lip, 0.0),
    ]
    body = [(float(r), float(z)) for r, z in outline]
    body[0] = (base, lip)
    body = [p for p in body if p[1] >= lip * 0.99]
    tangent = np.gradient(outline, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    inner = outline + np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * wall
    top_out, top_in = outline[-1], inner[-1]
    centre, along = (top_out + top_in) / 2, tangent[-1]
    half = (top_out - top_in) / 2
    rim = [
        centre + half * math.cos(a) + along * (wall / 2) * math.sin(a) for a in np.linspace(0.35, math.pi - 0.35, 6)
    ]
    inside, bottom = _inside_outline(inner, base, floor)
    rim_points = [(float(p[0]), float(p[1])) for p in rim]
    profile = [*start, *body, *rim_points, *inside, *bottom, (0.0, floor)]
    return profile, len(start) + len(body) + 2


def _inside_outline(inner: np.ndarray, base: float, floor: float) -> tuple[list[Point], list[Point]]:
    """Return the inner wall from the rim down, and a rounded corner above the floor where the wall is steep."""
    corner = max(min(0.25, base * 0.4), 0.02)
    at_floor, above = np.interp([floor, floor + corner], inner[:, 1], inner[:, 0])
    if above - at_floor > 0.4 * corner:
        inside = [(float(r), float(z)) for r, z in inner[::-1] if z > floor + 0.005 and r > 0.01]
        return inside, [(float(at_floor) * 0.97, floor)]
    inside = [(float(r), float(z)) for r, z in inner[::-1] if z > floor + corner and r > 0.01]
    last = inside[-1][0] if inside else base * 0.8
    inward = min(corner, last * 0.8)
    bottom = [
        (last - inward * (1 - math.cos(a)), floor + corner * (1 - math.sin(a)))
        for a in np.linspace(0.1, math.pi / 2, 7)
    ]
    return inside, bottom


def sweep(
    name: str,
    path: Sequence[Vec],
    radius: float | Sequence[float],
    material: bpy.types.Material,
    *,
    section: Point = (1.0, 1.0),
    up: Vec = (0.0, 1.0, 0.0),
    sides: int = 20,
    closed: bool = False,
    domed: bool = True,
) -> bpy.types.Object:
    """Build a tube along a path; ``section`` scales it along ``up`` and across it, ``radius`` may taper.

    ``domed`` ends bulge a little; flat ones can be set into a thin wall.
    """
    pts = np.array(path, dtype=float)
    radii = np.interp(np.linspace(0, 1, len(pts)), np.linspace(0, 1, np.size(radius)), np.atleast_1d(radius))
    tangent = np.roll(pts, -1, axis=0) - np.roll(pts, 1, axis=0) if closed else np.gradient(pts, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    first = np.array(up, dtype=float)[None, :] - (tangent @ np.array(up, dtype=float))[:, None] * tangent
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-9)
    second = np.cross(tangent, first)
    if not closed:
        pts, radii, first, second = _round_ends(pts, radii, first, second, tangent, 1.0 if domed else 0.0)
    phi = np.arange(sides) * 2 * math.pi / sides
    rings = pts[:, None, :] + radii[:, None, None] * (
        section[0] * np.cos(phi)[None, :, None] * first[:, None, :]
        + section[1] * np.sin(phi)[None, :, None] * second[:, None, :]
    )
    if closed:
        rings = np.concatenate([rings, rings[:1]])
    mesh = grid_mesh(name, rings, np.linspace(0, 1, len(rings)))
    return finish_mesh(mesh, name, [material], 50)


def _round_ends(
    pts: np.ndarray, radii: np.ndarray, first: np.ndarray, second: np.ndarray, tangent: np.ndarray, bulge: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Add shrinking rings so that a swept tube ends in a small dome."""
    steps = np.array([0.0, 0.55, 0.85])
    lift = np.array([0.35, 0.28, 0.15]) * bulge
    head = pts[0] - tangent[0] * radii[0] * lift[:, None]
    tail = (pts[-1] + tangent[-1] * radii[-1] * lift[:, None])[::-1]
    return (
        np.vstack([head, pts, tail]),
        np.concatenate([radii[0] * steps, radii, radii[-1] * steps[::-1]]),
        np.vstack([np.repeat(first[:1], 3, 0), first, np.repeat(first[-1:], 3, 0)]),
        np.vstack([np.repeat(second[:1], 3, 0), second, np.repeat(second[-1:], 3, 0)]),
    )


def box(
    name: str,
    size: Vec,
    material: bpy.types.Material,
    *,
    at: Vec = (0, 0, 0),
    bevel: float = 0.03,
    taper: float = 1.0,
    segments: int = 4,
) -> bpy.types.Object:
    """Build a bevelled box standing on ``at``; ``taper`` scales its lower end. UVs run 0 to 1 across each side."""
    bm = bmesh.new()
    bmesh.ops.create_cube(bm, size=1.0)
    for vert in bm.verts:
        scale = taper if vert.co.z < 0 else 1.0
        vert.co.x *= size[0] * scale
        vert.co.y *= size[1] * scale
        vert.co.z = (vert.co.z + 0.5) * size[2]
    if bevel > 0:
        bmesh.ops.bevel(
            bm,
            geom=list(bm.edges),
            offset=min(bevel, min(size) * 0.45),
            segments=segments,
            profile=0.5,
            affect="EDGES",
        )
    layer = bm.loops.layers.uv.new("UVMap")
    for face in bm.faces:
        axis = max(range(3), key=lambda k: abs(face.normal[k]))
        a, b = [(1, 2), (0, 2), (0, 1)][axis]
        for loop in face.loops:
            co = loop.vert.co
            centred = [co.x / size[0] + 0.5, co.y / size[1] + 0.5, co.z / size[2]]
            loop[layer].uv = (centred[a], centred[b])
    mesh = bpy.data.meshes.new(name)
    bm.to_mesh(mesh)
    bm.free()
    obj = finish_mesh(mesh, name, [material], 50)
    obj.location = at
    return obj


def pillow(
    name: str,
    width: float,
    height: float,
    thick: float,
    material: bpy.types.Material,
    *,
    power: float = 0.42,
    seed: int = 0,
    cells: int = 72,
) -> bpy.types.Object:
    """Build a stuffed cushion in the xz plane, facing -y, with pulled-in sides and a few creases."""
    axis = np.linspace(-1, 1, cells)
    x, z = np.meshgrid(axis, axis)
    dome = (np.maximum(1 - x**2, 0) * np.maximum(1 - z**2, 0)) ** power
    rng = np.random.default_rng(seed)
    creases = np.zeros_like(x)
    for _ in range(9):
        fx, fz, phase = rng.uniform(-4, 4), rng.uniform(-4, 4), rng.uniform(0, 6.28)
        creases += np.sin(fx * x + fz * z + phase) * 0.018
    edge = np.sqrt(np.abs(x) ** 8 + np.abs(z) ** 8).clip(0, 1)
    radial = np.sin(np.arctan2(z, x) * 12 + 0.6) * 0.03 * edge * (1 - edge) * 4
    depth = thick / 2 * dome * (1 + creases + radial)
    pull = 1 - 0.09 * (1 - np.minimum(np.abs(z), np.abs(x)) ** 2) * np.maximum(np.abs(x), np.abs(z)) ** 4
    px, pz = x * width / 2 * pull, z * height / 2 * pull
    front = np.stack([px, -depth, pz], axis=2)
    back = np.stack([px, depth * 0.95, pz], axis=2)[:, ::-1]
    for side, layer in (("front", front), ("back", back)):
        mesh = grid_mesh(f"{name}-{side}", layer, (axis + 1) / 2, closed=False)
        obj = finish_mesh(mesh, f"{name}-{side}", [material], 180)
    rim = np.concatenate([front[0, :-1], front[:-1, -1], front[-1, :0:-1], front[:0:-1, 0]])
    bpy.context.scene["pillow_rim"] = rim[::2].ravel().tolist()
    return obj


def turn(objects: Sequence[bpy.types.Object], degrees: float, axis: str = "X", lift: float = 0.0) -> None:
    """Turn finished objects together around an axis through the origin, then lift them."""
    bpy.context.view_layer.update()
    move = Matrix.Translation((0, 0, lift)) @ Matrix.Rotation(math.radians(degrees), 4, axis)
    for obj in objects:
        obj.matrix_world = move @ obj.matrix_world
    bpy.context.view_layer.update()


def join_under(name: str, objects: Sequence[bpy.types.Object]) -> bpy.types.Object:
    """Parent the objects to one empty so that they can be moved together."""
    empty = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(empty)
    for obj in objects:
        if obj.parent is None:
            obj.parent = empty
    return empty


def world_points(objects: Sequence[bpy.types.Object], limit: int = 4000) -> np.ndarray:
    """Return world coordinates of a sample of the vertices."""
    bpy.context.view_layer.update()
    chunks = []
    for obj in objects:
        if obj.type != "MESH":
            continue
        co = np.empty(len(obj.data.vertices) * 3, dtype=np.float32)
        obj.data.vertices.foreach_get("co", co)
        co = co.reshape(-1, 3)[:: max(1, len(co) // 3 // limit)]
        matrix = np.array(obj.matrix_world)
        chunks.append(co @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(chunks)

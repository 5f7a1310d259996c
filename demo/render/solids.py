"""Simple solids for distractors."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import bpy
import numpy as np

from demo.render.geometry import Point, Vec, finish_mesh, grid_mesh, lathe, smooth, sweep

Material: TypeAlias = bpy.types.Material


def ball(radius: float, material: Material, at: Vec = (0, 0, 0), stretch: Vec = (1, 1, 1)) -> bpy.types.Object:
    outline = [(radius * math.sin(t), -radius * math.cos(t)) for t in np.linspace(0, math.pi, 28)]
    obj = lathe("ball", outline, [material], segments=64)
    obj.location, obj.scale = at, stretch
    return obj


def turned(
    points: Sequence[Point], material: Material, at: Vec = (0, 0, 0), tilt: Vec = (0, 0, 0), segments: int = 64
) -> bpy.types.Object:
    """Build a smooth outline turned around its axis, then tilted (degrees) and moved."""
    outline = [(float(p[0]), float(p[1])) for p in smooth(points, 6)]
    obj = lathe("turned", outline, [material], segments=segments)
    obj.rotation_euler = tuple(math.radians(angle) for angle in tilt)
    obj.location = at
    return obj


def rod(start: Vec, end: Vec, radius: float | Sequence[float], material: Material) -> bpy.types.Object:
    way = np.array(end) - np.array(start)
    up = (0.0, 0.0, 1.0) if abs(way[2]) < 0.9 * np.linalg.norm(way) else (0.0, 1.0, 0.0)
    middle: Vec = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, (start[2] + end[2]) / 2)
    return sweep("rod", [start, middle, end], radius, material, up=up, sides=24)


def tube(points: Sequence[Vec], radius: float | Sequence[float], material: Material, **more: Any) -> bpy.types.Object:
    return sweep("tube", smooth(points, 8), radius, material, **{"up": (0, 0, 1), **more})


def ring(
    radius: float, thick: float, material: Material, at: Vec = (0, 0, 0), tilt: Vec = (0, 0, 0)
) -> bpy.types.Object:
    loop = [(radius * math.cos(a), radius * math.sin(a), 0) for a in np.linspace(0, 2 * math.pi, 96, False)]
    obj = sweep("ring", loop, thick, material, up=(0, 0, 1), closed=True)
    obj.rotation_euler, obj.location = tuple(math.radians(angle) for angle in tilt), at
    return obj


def slab(
    outline: Sequence[Point], thick: float, material: Material, at: Vec = (0, 0, 0), soft: float = 0.03
) -> bpy.types.Object:
    """Build a flat slab with the outline as its plan."""
    n = len(outline)
    low, high = [(x, y, 0.0) for x, y in outline], [(x, y, thick) for x, y in outline]
    faces = [
        tuple(range(n))[::-1],
        tuple(range(n, 2 * n)),
        *[(i, (i + 1) % n, (i + 1) % n + n, i + n) for i in range(n)],
    ]
    mesh = bpy.data.meshes.new("slab")
    mesh.from_pydata([*low, *high], [], faces)
    obj = finish_mesh(mesh, "slab", [material], 35)
    if soft:
        edge = obj.modifiers.new("edge", "BEVEL")
        edge.width, edge.segments = soft, 3
    obj.location = at
    return obj


def lump(
    shape: Callable[[np.ndarray, np.ndarray], np.ndarray], material: Material, *, rings: int = 60, points: int = 96
) -> bpy.types.Object:
    """Build a closed body from ``shape(turn, rise)``, which returns points (…, 3)."""
    turn, rise = np.meshgrid(np.linspace(0, 2 * math.pi, points, False), np.linspace(-math.pi / 2, math.pi / 2, rings))
    mesh = grid_mesh("lump", shape(turn, rise), np.linspace(0, 1, rings))
    return finish_mesh(mesh, "lump", [material], 60)


def superball(turn: np.ndarray, rise: np.ndarray, size: Vec, power: float) -> np.ndarray:
    """Build a rounded block; a lower power makes it more box-like."""

    def bent(value: np.ndarray) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** power

    x, y, z = bent(np.cos(rise)) * bent(np.cos(turn)), bent(np.cos(rise)) * bent(np.sin(turn)), bent(np.sin(rise))
    return np.stack([x * size[0], y * size[1], z * size[2]], axis=2)

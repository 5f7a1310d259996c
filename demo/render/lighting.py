"""Lamps beyond the shaded table lamp: pendants, glowing globes, metal domes and jointed desk lamps."""

import math

import bpy
import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Point, Vec, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.outlines import LAMP_FEET, PENDANTS
from demo.render.vessels import Finishes, Objects, Params, pick, scaled, vessel, warp_of

HANG = 2.8  # height of a pendant's lower rim above the ground


def glow(at: Vec, power: float, size: float = 0.3) -> bpy.types.Object:
    """Add a warm light without a visible lamp."""
    light = bpy.data.lights.new("bulb", "POINT")
    light.energy, light.color, light.shadow_soft_size = power, (1.0, 0.76, 0.48), size
    bulb = bpy.data.objects.new("bulb", light)
    bpy.context.scene.collection.objects.link(bulb)
    bulb.location = at
    return bulb


def ball(name: str, radius: float, middle: float, material: bpy.types.Material) -> bpy.types.Object:
    arc = [(radius * math.sin(a), middle - radius * math.cos(a)) for a in np.linspace(0, math.pi, 40)]
    return lathe(name, arc, [material])


def cord(low: float, material: bpy.types.Material) -> bpy.types.Object:
    """Build a cable that leaves the picture at the top: a curve, not a mesh, so that framing ignores it."""
    data = bpy.data.curves.new("cord", "CURVE")
    data.dimensions, data.bevel_depth, data.bevel_resolution = "3D", 0.028, 3
    line = data.splines.new("POLY")
    line.points.add(1)
    line.points[0].co, line.points[1].co = (0, 0, low, 1), (0, 0, low + 40, 1)
    data.materials.append(material)
    cable = bpy.data.objects.new("cord", data)
    bpy.context.scene.collection.objects.link(cable)
    return cable


def pendant(params: Params, finishes: Finishes) -> Objects:
    """Build a hanging lamp; its outline runs from the lower rim up to the cap."""
    outline = scaled(PENDANTS[params["profile"]], params)
    top_r, top = outline[-1]
    wall = [(float(r), float(z)) for r, z in smooth(outline, 10)]
    lining = [(max(r - 0.025, 0.01), z - 0.01) for r, z in wall[::-1]]
    around = warp_of({"flute_range": (-9.0, 99.0), **params})
    parts = [
        lathe("shade", wall, [pick(finishes, "body")], warp=around, segments=240),
        lathe("lining", lining, [pick(finishes, "inside", "body")], warp=around, segments=240),
    ]
    cap: list[Point] = [(0.0, top - 0.03), (top_r + 0.02, top - 0.03), (top_r + 0.02, top - 0.03)]
    cap += [(top_r + 0.02, top + 0.03), (0.13, top + 0.1), (0.1, top + 0.34), (0.1, top + 0.34), (0, top + 0.36)]
    parts.append(lathe("cap", smooth(cap, 5), [pick(finishes, "trim")], segments=64))
    middle = top * params.get("bulb_at", 0.35)
    if params.get("bulb", True):
        parts.append(ball("bulb", 0.26, middle, make(Finish("lit", "ivory"))))
    for part in parts:
        part.location.z += HANG
    light = glow((0, 0, HANG + middle), params.get("glow", 22.0))
    return [*parts, cord(HANG + top + 0.3, pick(finishes, "cord", "trim")), light]


def ball_lamp(params: Params, finishes: Finishes) -> Objects:
    """Build a table lamp whose light is a glass ball, or several on one stem."""
    foot = scaled(LAMP_FEET[params.get("foot", "cone")], params)
    radius, top = params.get("radius", 0.85), foot[-1][1]
    parts = [lathe("foot", smooth(foot, 10), [pick(finishes, "body")], warp=warp_of(params), segments=192)]
    middle = top + radius * 0.93
    cup = [(0, top - 0.02), (radius * 0.3, top - 0.02), (radius * 0.45, top + 0.02), (radius * 0.5, top + 0.12)]
    parts.append(lathe("cup", smooth([*cup, (0, top + 0.12)], 5), [pick(finishes, "trim", "body")]))
    return [*parts, ball("globe", radius, middle, pick(finishes, "globe")), glow((0, 0, middle), 4.0, radius)]


def dome_lamp(params: Params, finishes: Finishes) -> Objects:
    """Build a mushroom lamp: a dome of metal, glass or ceramic on a turned stem."""
    foot = scaled(LAMP_FEET[params.get("foot", "column")], params)
    top, wide, deep = foot[-1][1], params.get("dome", 1.5), params.get("deep", 0.9)
    parts = [lathe("foot", smooth(foot, 10), [pick(finishes, "body")], segments=192)]
    bend = params.get("bend", 1.0)
    arc = [(0.05 + (wide - 0.05) * math.sin(a) ** bend, deep * math.cos(a)) for a in np.linspace(0, math.pi / 2, 30)]
    under = [(r - 0.03, z - 0.03) for r, z in arc[::-1][:-2]]
    start = top - deep * 0.72
    for name, line, part in (("dome", arc, "shade"), ("under", under, "inside")):
        shell = lathe(name, line, [pick(finishes, part, "shade")])
        shell.location.z = start
        parts.append(shell)
    knob = [(0.1, top + 0.2 * deep), (0.12, top + 0.32 * deep), (0.05, top + 0.4 * deep), (0, top + 0.4 * deep)]
    parts.append(lathe("knob", smooth(knob, 5), [pick(finishes, "trim", "body")], segments=48))
    parts[-1].location.z = 0.06 * deep
    return [*parts, glow((0, 0, start + deep * 0.3), params.get("glow", 14.0))]


def desk_lamp(params: Params, finishes: Finishes) -> Objects:
    """Build a reading lamp with two arms and a cone of light."""
    body, trim = pick(finishes, "body"), pick(finishes, "trim", "body")
    foot: list[Point] = [(0, 0), (0.8, 0), (0.8, 0), (0.8, 0.1), (0.74, 0.16), (0.1, 0.2), (0.1, 0.3), (0, 0.3)]
    elbow, head = np.array(params.get("elbow", (0.75, 0.0, 2.0))), np.array(params.get("head", (-0.75, 0.0, 3.1)))
    parts = [
        lathe("foot", smooth(foot, 6), [pick(finishes, "foot", "body")]),
        sweep("arm", [(0, 0, 0.2), tuple(elbow)], 0.055, trim, up=(0, 1, 0)),
        sweep("arm", [tuple(elbow), tuple(head)], 0.055, trim, up=(0, 1, 0)),
    ]
    for at in ((0, 0, 0.3), tuple(elbow), tuple(head)):
        joint = lathe(
            "joint", smooth([(0, -0.1), (0.11, -0.1), (0.11, -0.1), (0.11, 0.1), (0.11, 0.1), (0, 0.1)], 3), [body]
        )
        joint.rotation_euler[0], joint.location = math.pi / 2, at
        parts.append(joint)
    shade = vessel(
        "shade",
        smooth(params.get("cone", [(0.22, 0), (0.26, 0.2), (0.6, 0.7), (0.64, 0.85)]), 6),
        {"wall": 0.03},
        finishes,
        0.03,
        0.06,
    )
    bulb = ball("bulb", 0.22, 0.42, make(Finish("lit", "ivory")))
    for part in (shade, bulb):
        part.rotation_euler[1] = math.radians(180 + params.get("tilt", 35))
        part.location = tuple(head + np.array((0.08, 0, 0.1)))
    return [*parts, shade, bulb, glow(tuple(head + np.array((-0.35, 0, -0.45))), 8.0)]

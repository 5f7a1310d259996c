"""The catalogue studio: backdrop, soft boxes, camera and render settings."""

import math
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image

from demo.render.geometry import finish_mesh, grid_mesh


def fresh_scene(width: int, height: int, samples: int) -> bpy.types.Scene:
    """Create an empty scene for a small, denoised CPU render."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.image_settings.file_format = "PNG"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    cycles.use_light_tree = False
    cycles.use_fast_gi, cycles.fast_gi_method, cycles.ao_bounces_render = True, "REPLACE", 2
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 10, 3, 4
    cycles.transmission_bounces, cycles.transparent_max_bounces = 8, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.exposure = 0.3
    scene.view_settings.look = "AgX - Medium High Contrast"
    return scene


def plain_material(name: str, colour: tuple[float, float, float], roughness: float = 0.9) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    return material


def world_light(colour: tuple[float, float, float], strength: float) -> None:
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs[0].default_value = (*colour, 1)
    background.inputs[1].default_value = strength


def area_light(
    at: tuple[float, float, float],
    target: tuple[float, float, float],
    size: tuple[float, float],
    power: float,
    colour: tuple[float, float, float] = (1, 1, 1),
) -> bpy.types.Object:
    data = bpy.data.lights.new("softbox", "AREA")
    data.shape = "RECTANGLE"
    data.size, data.size_y = size
    data.energy = power
    data.color = colour
    light = bpy.data.objects.new("softbox", data)
    bpy.context.scene.collection.objects.link(light)
    light.location = at
    light.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return light


def sweep_backdrop(size: float) -> None:
    """Build a floor that curves up into a wall behind the object."""
    depth, radius = 4.0 * size, 3.0 * size
    outline = [(-9 * size, 0.0)]
    outline += [(depth + radius * math.sin(a), radius * (1 - math.cos(a))) for a in np.linspace(0, math.pi / 2, 24)]
    outline += [(depth + radius, 12 * size)]
    rings = np.array([[(x, y, z) for x in (-14 * size, 14 * size)] for y, z in outline])
    mesh = grid_mesh("backdrop", rings, np.linspace(0, 1, len(outline)), closed=False)
    finish_mesh(mesh, "backdrop", [plain_material("backdrop", (0.80, 0.79, 0.775))], 60)


def set_up(points: np.ndarray) -> None:
    """Add a backdrop and lights scaled to the world points of the object."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = float(np.linalg.norm(high - low)) / 2
    middle = (0.0, 0.0, float(high[2]) * 0.45)
    sweep_backdrop(max(size, float(high[2])) * 1.05)
    world_light((0.93, 0.96, 1.0), 0.32)
    s = size
    area_light((-3.4 * s, -2.6 * s, 3.6 * s), middle, (2.6 * s, 2.6 * s), 165 * s * s, (1.0, 0.97, 0.93))
    area_light((3.8 * s, -2.0 * s, 2.0 * s), middle, (1.6 * s, 3.0 * s), 55 * s * s, (0.95, 0.97, 1.0))
    area_light((0.4 * s, 2.4 * s, 4.4 * s), middle, (3.0 * s, 1.4 * s), 85 * s * s)


def aim(
    points: np.ndarray,
    azimuth: float,
    elevation: float,
    *,
    margin: float = 1.16,
    lens: float = 70.0,
    roll: float = 0.0,
) -> bpy.types.Object:
    """Add a camera in the given direction (degrees; azimuth 0 faces the front) so that all points fit."""
    a, e = math.radians(azimuth - 90), math.radians(elevation)
    way = Vector((math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene = bpy.context.scene
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.data.lens = lens
    camera.data.clip_end = 1000
    camera.rotation_euler = way.to_track_quat("Z", "Y").to_euler()
    bpy.context.view_layer.update()
    where, _ = camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), points.astype(float).ravel().tolist())
    centre = Vector((points.min(axis=0) + points.max(axis=0)) / 2)
    camera.location = where + way * (where - centre).dot(way) * (margin - 1)
    camera.rotation_euler.rotate_axis("Z", math.radians(roll))
    bpy.context.view_layer.update()
    return camera


def shoot(target: Path, scratch: Path) -> Image.Image:
    """Render the scene and return an RGB image. Does not write the target."""
    scratch.mkdir(parents=True, exist_ok=True)
    raw = scratch / f"{target.stem}.png"
    bpy.context.scene.render.filepath = str(raw)
    bpy.ops.render.render(write_still=True)
    with Image.open(raw) as picture:
        plain = picture.convert("RGB")
    raw.unlink()
    return plain


def save_jpeg(picture: Image.Image, target: Path, quality: int = 90) -> None:
    """Write a JPEG without metadata."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(part, "JPEG", quality=quality, optimize=True)
    part.replace(target)

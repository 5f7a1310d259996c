"""Procedural materials: glazed ceramic, stoneware, glass, metals, woods, cloth, wicker, stone."""

from collections.abc import Callable
from typing import TypeAlias

import bpy

from demo.render import patterns
from demo.render.finish import Finish, rgb
from demo.render.shader_graph import ShaderGraph, Socket

Material: TypeAlias = bpy.types.Material
METALS = {
    "brass": (0.80, 0.52, 0.20),
    "steel": (0.62, 0.62, 0.61),
    "copper": (0.83, 0.42, 0.26),
    "iron": (0.045, 0.043, 0.042),
}
WOODS = {
    "oak": ("#c79b64", "#a3743f"),
    "walnut": ("#6d452a", "#3d2415"),
    "beech": ("#dcb083", "#c2915f"),
    "ash": ("#e2cda8", "#c9ab7c"),
    "ebony": ("#2b211c", "#150f0c"),
    "bamboo": ("#dfc083", "#c6a05c"),
}


def _colour(graph: ShaderGraph, finish: Finish) -> Socket:
    """Return the base colour with its pattern, before the material's own variation."""
    if finish.pattern is None:
        return rgb(finish.colour)
    return graph.mix(patterns.mask(graph, finish.pattern), rgb(finish.colour), rgb(finish.second))


def _mottle(graph: ShaderGraph, colour: Socket, scale: float, amount: float) -> Socket:
    """Vary the brightness of the colour in soft patches."""
    value = graph.math("MULTIPLY_ADD", graph.math("SUBTRACT", graph.noise(scale, 5), 0.5), amount * 2, 1.0)
    return graph.node("ShaderNodeHueSaturation", {"Value": value, "Color": colour}).outputs[0]


def glaze(finish: Finish) -> Material:
    graph = ShaderGraph("glaze")
    colour = _mottle(graph, _colour(graph, finish), 2.5, 0.12)
    edge = graph.step(graph.node("ShaderNodeNewGeometry").outputs["Pointiness"], 0.53, 0.60)
    colour = graph.mix(graph.math("MULTIPLY", edge, 0.35), colour, rgb("sand"))
    roughness = graph.math("MULTIPLY_ADD", graph.noise(5.0), 0.16, 0.10)
    normal = graph.bump(graph.noise(2.6, 2), 0.12, 0.08)
    return graph.output(
        graph.principled(Base_Color=colour, Roughness=roughness, Normal=normal, Coat_Weight=0.25, Coat_Roughness=0.08)
    )


def stoneware(finish: Finish) -> Material:
    graph = ShaderGraph("stoneware")
    colour = _mottle(graph, _colour(graph, finish), 3.0, 0.14)
    fleck = graph.math("MAXIMUM", graph.spots(22.0, 0.24, 0.5), graph.spots(46.0, 0.30, 0.5))
    colour = graph.mix(graph.math("MULTIPLY", fleck, 0.8), colour, rgb(finish.fleck))
    foot = patterns.dip(graph, 0.055, 0.0)
    colour = graph.mix(foot, colour, rgb("clay"))
    roughness = graph.mix_float(foot, graph.math("MULTIPLY_ADD", graph.noise(6.0), 0.25, 0.27), 0.9)
    normal = graph.bump(graph.noise(9.0, 4), 0.12, 0.04)
    return graph.output(graph.principled(Base_Color=colour, Roughness=roughness, Normal=normal))


def matte(finish: Finish) -> Material:
    graph = ShaderGraph("matte")
    colour = _mottle(graph, _colour(graph, finish), 2.0, 0.10)
    roughness = graph.math("MULTIPLY_ADD", graph.noise(5.0), 0.2, 0.5)
    return graph.output(
        graph.principled(Base_Color=colour, Roughness=roughness, Normal=graph.bump(graph.noise(22.0, 4), 0.10, 0.03))
    )


def terracotta(finish: Finish) -> Material:
    graph = ShaderGraph("terracotta")
    colour = _mottle(graph, _colour(graph, finish), 1.6, 0.30)
    bloom = graph.step(graph.noise(2.2, 6), 0.55, 0.8)
    colour = graph.mix(graph.math("MULTIPLY", bloom, 0.22), colour, rgb("cream"))
    return graph.output(
        graph.principled(Base_Color=colour, Roughness=0.88, Normal=graph.bump(graph.noise(26.0, 6), 0.22, 0.03))
    )


def concrete(finish: Finish) -> Material:
    graph = ShaderGraph("concrete")
    colour = _mottle(graph, _colour(graph, finish), 2.2, 0.2)
    pits = graph.spots(9.0, 0.22, 0.25)
    colour = graph.mix(graph.math("MULTIPLY", pits, 0.5), colour, rgb("charcoal"))
    height = graph.math("SUBTRACT", graph.noise(14.0, 6), pits)
    return graph.output(graph.principled(Base_Color=colour, Roughness=0.85, Normal=graph.bump(height, 0.2, 0.03)))


def terrazzo(finish: Finish) -> Material:
    graph = ShaderGraph("terrazzo")
    colour: Socket = rgb(finish.colour)
    for scale, chip in ((4.5, finish.second), (7.0, "charcoal"), (6.0, "clay")):
        cell = graph.node("ShaderNodeTexVoronoi", {"Vector": graph.object_coords((1, 1.35, 1)), "Scale": scale})
        split = graph.node("ShaderNodeSeparateColor", {0: cell.outputs["Color"]})
        size = graph.math("MULTIPLY", split.outputs[0], 0.42)
        chips = graph.math(
            "MULTIPLY",
            graph.math("LESS_THAN", cell.outputs["Distance"], size),
            graph.math("LESS_THAN", split.outputs[1], 0.6),
        )
        colour = graph.mix(chips, colour, rgb(chip))
    return graph.output(graph.principled(Base_Color=colour, Roughness=0.32))


def marble(finish: Finish) -> Material:
    graph = ShaderGraph("marble")
    ridge = graph.math("ABSOLUTE", graph.math("SUBTRACT", graph.noise(0.8, 7, None, 1.2), 0.5))
    vein = graph.math("SUBTRACT", 1.0, graph.step(ridge, 0.0, 0.07))
    colour = graph.mix(
        graph.math("MULTIPLY", vein, 0.75), _mottle(graph, rgb(finish.colour), 1.2, 0.1), rgb(finish.second)
    )
    return graph.output(graph.principled(Base_Color=colour, Roughness=0.22))


def glass(finish: Finish) -> Material:
    graph = ShaderGraph("glass")
    tint = _colour(graph, finish)
    normal = graph.bump(graph.noise(2.2, 1), 0.04, 0.08)
    body = graph.principled(
        Base_Color=tint, Roughness=finish.rough or 0.015, Transmission_Weight=1.0, IOR=1.46, Normal=normal
    )
    clear = graph.node("ShaderNodeBsdfTransparent", {"Color": tint}).outputs[0]
    shadow = graph.node("ShaderNodeLightPath").outputs["Is Shadow Ray"]
    mixed = graph.node("ShaderNodeMixShader", {0: graph.math("MULTIPLY", shadow, 0.85), 1: body, 2: clear})
    return graph.output(mixed.outputs[0])


def pane(finish: Finish) -> Material:
    """Make a thin pane of glass that light passes through undistorted."""
    graph = ShaderGraph("pane")
    edge = graph.node("ShaderNodeLayerWeight", {"Blend": 0.25}).outputs["Facing"]
    clear = graph.node("ShaderNodeBsdfTransparent", {"Color": _colour(graph, finish)}).outputs[0]
    shine = graph.node("ShaderNodeBsdfGlossy", {"Color": (0.9, 0.92, 0.93), "Roughness": 0.03}).outputs[0]
    share = graph.math("MULTIPLY_ADD", edge, 0.45, 0.04)
    return graph.output(graph.node("ShaderNodeMixShader", {0: share, 1: clear, 2: shine}).outputs[0])


def metal(finish: Finish) -> Material:
    graph = ShaderGraph("metal")
    base = METALS.get(finish.colour) or rgb(finish.colour)
    colour = _mottle(graph, base, 1.8, 0.08)
    floor = 0.42 if finish.colour == "iron" else finish.rough or 0.2
    roughness = graph.math("MULTIPLY_ADD", graph.noise(4.0, 6), 0.18, floor)
    return graph.output(
        graph.principled(
            Base_Color=colour, Roughness=roughness, Metallic=1.0, Normal=graph.bump(graph.noise(7.0, 3), 0.05, 0.03)
        )
    )


def enamel(finish: Finish) -> Material:
    """Make painted or enamelled metal: even colour, a soft sheen, slightly worn edges."""
    graph = ShaderGraph("enamel")
    colour = _mottle(graph, _colour(graph, finish), 1.5, 0.05)
    roughness = graph.math("MULTIPLY_ADD", graph.noise(4.0), 0.12, finish.rough or 0.22)
    return graph.output(
        graph.principled(
            Base_Color=colour, Roughness=roughness, Coat_Weight=0.15, Normal=graph.bump(graph.noise(9.0), 0.05, 0.03)
        )
    )


def wood(finish: Finish) -> Material:
    graph = ShaderGraph("wood")
    light, dark = WOODS.get(finish.colour, (finish.colour, finish.second))
    stretch = {"x": (0.16, 1, 1), "y": (1, 0.16, 1), "z": (1, 1, 0.16)}[finish.grain]
    vector = graph.object_coords(stretch)
    rings = graph.node(
        "ShaderNodeTexWave",
        {"Vector": vector, "Scale": 1.6, "Distortion": 7.0, "Detail": 3.0, "Detail Scale": 1.2},
        bands_direction="DIAGONAL",
    ).outputs[1]
    x, y, z = (s if s == 1 else 0.04 for s in stretch)
    fine = graph.noise(26.0, 6, graph.object_coords((x, y, z)))
    blend = graph.math("MULTIPLY_ADD", rings, 0.45, graph.math("MULTIPLY", graph.step(fine, 0.35, 0.7), 0.5))
    colour = graph.mix(blend, rgb(light), rgb(dark))
    if finish.pattern is not None:
        paint = patterns.mask(graph, finish.pattern)
        colour = graph.mix(paint, colour, _mottle(graph, rgb(finish.second), 3.0, 0.08))
    roughness = graph.math("MULTIPLY_ADD", fine, 0.2, 0.36)
    return graph.output(graph.principled(Base_Color=colour, Roughness=roughness, Normal=graph.bump(fine, 0.12, 0.02)))


def cloth(finish: Finish) -> Material:
    """Make woven cloth: linen, cotton, wool. ``rough`` is the number of threads across."""
    graph = ShaderGraph("cloth")
    u, v = graph.uv()
    threads = finish.rough or 90.0
    weft = graph.math("SINE", graph.math("MULTIPLY", u, threads * 6.2832))
    warp = graph.math("SINE", graph.math("MULTIPLY", v, threads * 6.2832))
    weave = graph.math("MULTIPLY", weft, warp)
    vector = graph.node("ShaderNodeTexCoord").outputs["UV"]
    slub_a = graph.noise(1.0, 2, graph.node("ShaderNodeMapping", {0: vector, "Scale": (7, threads * 2, 1)}).outputs[0])
    slub_b = graph.noise(1.0, 2, graph.node("ShaderNodeMapping", {0: vector, "Scale": (threads * 2, 7, 1)}).outputs[0])
    value = graph.math("MULTIPLY_ADD", graph.math("ADD", slub_a, slub_b), 0.7, 0.30)
    value = graph.math("MULTIPLY_ADD", weave, 0.07, value)
    colour = graph.node("ShaderNodeHueSaturation", {"Value": value, "Color": _colour(graph, finish)}).outputs[0]
    height = graph.math("MULTIPLY_ADD", weave, 0.5, graph.math("ADD", slub_a, slub_b))
    return graph.output(
        graph.principled(
            Base_Color=colour,
            Roughness=0.92,
            Sheen_Weight=0.25,
            Sheen_Roughness=0.5,
            Specular_IOR_Level=0.2,
            Normal=graph.bump(height, 0.45, 0.03),
        )
    )


def velvet(finish: Finish) -> Material:
    graph = ShaderGraph("velvet")
    colour = _mottle(graph, _colour(graph, finish), 1.4, 0.2)
    return graph.output(
        graph.principled(
            Base_Color=colour,
            Roughness=0.75,
            Sheen_Weight=0.9,
            Sheen_Roughness=0.3,
            Specular_IOR_Level=0.15,
            Normal=graph.bump(graph.noise(40.0), 0.15, 0.02),
        )
    )


def wicker(finish: Finish) -> Material:
    graph = ShaderGraph("wicker")
    colour = _mottle(graph, _colour(graph, finish), 6.0, 0.35)
    fibre = graph.noise(10.0, 5, graph.object_coords((1, 1, 6)))
    return graph.output(
        graph.principled(
            Base_Color=_mottle(graph, colour, 14.0, 0.18), Roughness=0.62, Normal=graph.bump(fibre, 0.35, 0.03)
        )
    )


def leather(finish: Finish) -> Material:
    graph = ShaderGraph("leather")
    cell = graph.node("ShaderNodeTexVoronoi", {"Vector": graph.object_coords(), "Scale": 28.0}).outputs["Distance"]
    return graph.output(
        graph.principled(
            Base_Color=_mottle(graph, rgb(finish.colour), 1.5, 0.15),
            Roughness=0.48,
            Normal=graph.bump(cell, 0.15, 0.03),
        )
    )


def shade(finish: Finish) -> Material:
    """Make lampshade cloth that lets the bulb glow through."""
    graph = ShaderGraph("shade")
    v = graph.uv()[1]
    slub = graph.math("MULTIPLY_ADD", graph.noise(20.0, 3, graph.object_coords((1, 1, 8))), 0.3, 0.85)
    colour = graph.node("ShaderNodeHueSaturation", {"Value": slub, "Color": _colour(graph, finish)}).outputs[0]
    diffuse = graph.node("ShaderNodeBsdfDiffuse", {"Color": colour}).outputs[0]
    through = graph.node("ShaderNodeBsdfTranslucent", {"Color": colour}).outputs[0]
    body = graph.node("ShaderNodeMixShader", {0: 0.4, 1: diffuse, 2: through}).outputs[0]
    glow = graph.math("SUBTRACT", 1.0, graph.math("ABSOLUTE", graph.math("MULTIPLY_ADD", v, 2.0, -0.9)))
    light = graph.node(
        "ShaderNodeEmission", {"Color": colour, "Strength": graph.math("MULTIPLY_ADD", glow, 0.22, 0.05)}
    )
    return graph.output(graph.node("ShaderNodeAddShader", {0: body, 1: light.outputs[0]}).outputs[0])


def wax(finish: Finish) -> Material:
    graph = ShaderGraph("wax")
    return graph.output(
        graph.principled(
            Base_Color=_mottle(graph, _colour(graph, finish), 2.0, 0.05),
            Roughness=0.42,
            Subsurface_Weight=0.25,
            Subsurface_Scale=0.1,
        )
    )


def lit(finish: Finish) -> Material:
    """Make opal glass or a bulb with the light on."""
    graph = ShaderGraph("lit")
    colour = _colour(graph, finish)
    return graph.output(
        graph.principled(
            Base_Color=colour, Roughness=0.2, Emission_Color=colour, Emission_Strength=finish.rough or 1.4
        )
    )


def mirror(finish: Finish) -> Material:
    graph = ShaderGraph("mirror")
    return graph.output(graph.principled(Base_Color=rgb(finish.colour), Roughness=0.03, Metallic=1.0))


def knit(finish: Finish) -> Material:
    """Make thick knitting: columns of stitches with two slanting strands. ``rough`` is the number of columns."""
    graph = ShaderGraph("knit")
    u, v = graph.uv()
    columns = finish.rough or 60.0
    across = graph.math("SUBTRACT", graph.math("FRACT", graph.math("MULTIPLY", u, columns)), 0.5)
    side = graph.math("ABSOLUTE", across)
    off = graph.math("MULTIPLY", graph.math("SUBTRACT", side, 0.25), 4.0)
    strand = graph.math("SUBTRACT", 1.0, graph.math("MULTIPLY", off, off))
    rows = graph.math("SUBTRACT", graph.math("MULTIPLY", v, columns * 0.45), side)
    stitch = graph.math("SINE", graph.math("MULTIPLY", graph.math("FRACT", rows), 3.1416))
    height = graph.math("MULTIPLY", graph.math("POWER", strand, 0.5), graph.math("POWER", stitch, 0.6))
    shade = graph.math("MULTIPLY_ADD", height, 0.55, 0.55)
    colour = graph.node("ShaderNodeHueSaturation", {"Value": shade, "Color": _colour(graph, finish)}).outputs[0]
    return graph.output(
        graph.principled(
            Base_Color=colour,
            Roughness=0.95,
            Sheen_Weight=0.2,
            Specular_IOR_Level=0.15,
            Normal=graph.bump(graph.math("MULTIPLY_ADD", graph.noise(30.0), 0.12, height), 0.9, 0.12),
        )
    )


def boucle(finish: Finish) -> Material:
    """Make looped wool."""
    graph = ShaderGraph("boucle")
    loops = graph.node("ShaderNodeTexVoronoi", {"Vector": graph.object_coords(), "Scale": finish.rough or 9.0})
    near = loops.outputs["Distance"]
    shade = graph.math("SUBTRACT", 1.08, graph.math("MULTIPLY", near, 0.55))
    colour = graph.node("ShaderNodeHueSaturation", {"Value": shade, "Color": _colour(graph, finish)}).outputs[0]
    height = graph.math("SUBTRACT", graph.math("SUBTRACT", 1.0, near), graph.math("MULTIPLY", graph.noise(30.0), 0.2))
    return graph.output(
        graph.principled(
            Base_Color=colour,
            Roughness=0.95,
            Sheen_Weight=0.3,
            Specular_IOR_Level=0.15,
            Normal=graph.bump(height, 0.8, 0.08),
        )
    )


MAKERS: dict[str, Callable[[Finish], Material]] = {
    "glaze": glaze,
    "stoneware": stoneware,
    "matte": matte,
    "terracotta": terracotta,
    "concrete": concrete,
    "terrazzo": terrazzo,
    "marble": marble,
    "glass": glass,
    "pane": pane,
    "metal": metal,
    "enamel": enamel,
    "wood": wood,
    "cloth": cloth,
    "velvet": velvet,
    "wicker": wicker,
    "leather": leather,
    "shade": shade,
    "wax": wax,
    "lit": lit,
    "mirror": mirror,
    "boucle": boucle,
    "knit": knit,
}


def make(finish: Finish) -> Material:
    """Return the Blender material of a finish."""
    return MAKERS[finish.maker](finish)

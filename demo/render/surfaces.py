"""Materials of the places: planks, bricks, tiles, grass, leaves, carpet, windows."""

from typing import TypeAlias

import bpy

from demo.render.finish import rgb
from demo.render.materials import WOODS
from demo.render.shader_graph import ShaderGraph, Socket

Material: TypeAlias = bpy.types.Material


def _plane(graph: ShaderGraph, upright: bool, turned: bool = False) -> Socket:
    """Return the object coordinates of a floor (x, y) or of a wall (x, z)."""
    split = graph.node("ShaderNodeSeparateXYZ", {0: graph.node("ShaderNodeTexCoord").outputs["Object"]})
    a, b = split.outputs[0], split.outputs[2 if upright else 1]
    return graph.node("ShaderNodeCombineXYZ", {0: b, 1: a} if turned else {0: a, 1: b}).outputs[0]


def _courses(
    graph: ShaderGraph,
    vector: Socket,
    colours: tuple[Socket, Socket, Socket],
    size: tuple[float, float],
    joint: float,
    offset: float = 0.5,
) -> tuple[Socket, Socket]:
    """Return the colour of bricks, planks or tiles laid in rows, and the mask of the joints."""
    inputs = {
        "Vector": vector,
        "Color1": colours[0],
        "Color2": colours[1],
        "Mortar": colours[2],
        "Scale": 1.0,
        "Mortar Size": joint,
        "Mortar Smooth": 0.1,
        "Bias": 0.0,
        "Brick Width": size[0],
        "Row Height": size[1],
    }
    node = graph.node("ShaderNodeTexBrick", inputs, offset=offset)
    return node.outputs[0], node.outputs[1]


def _shift(graph: ShaderGraph, colour: Socket, by: Socket, amount: float) -> Socket:
    value = graph.math("MULTIPLY_ADD", graph.math("SUBTRACT", by, 0.5), amount * 2, 1.0)
    return graph.node("ShaderNodeHueSaturation", {"Value": value, "Color": colour}).outputs[0]


def planks(
    tone: str, width: float = 1.1, *, along_y: bool = False, gloss: float = 0.38, gap: float = 0.016
) -> Material:
    """Make boards of one wood, each a little different, with fine grain along them."""
    graph = ShaderGraph("planks")
    light, dark = (rgb(code) for code in WOODS.get(tone, (tone, "chocolate")))
    middle = tuple(0.62 * a + 0.38 * b for a, b in zip(light, dark, strict=True))
    vector = _plane(graph, upright=False, turned=along_y)
    crack = tuple(c * (0.3 if gap > 0.01 else 0.7) for c in dark)
    colour, joint = _courses(graph, vector, (light, middle, crack), (11.0, width), gap, 0.37)
    stretched = graph.node("ShaderNodeMapping", {"Vector": vector, "Scale": (0.22, 6.0, 1)}).outputs[0]
    grain = graph.noise(2.2, 8, stretched, 0.6)
    streaks = graph.noise(9.0, 4, graph.node("ShaderNodeMapping", {"Vector": vector, "Scale": (0.1, 5, 1)}).outputs[0])
    colour = _shift(graph, colour, grain, 0.5)
    colour = _shift(graph, colour, streaks, 0.22)
    rough = graph.math("MULTIPLY_ADD", graph.noise(0.7, 5, vector), 0.3, gloss - 0.12)
    height = graph.math("SUBTRACT", graph.math("MULTIPLY", grain, 0.3), joint)
    return graph.output(graph.principled(Base_Color=colour, Roughness=rough, Normal=graph.bump(height, 0.25, 0.02)))


def tabletop(tone: str) -> Material:
    """Make planed and oiled solid wood: glued staves of uneven colour."""
    return planks(tone, 2.3, gloss=0.42, gap=0.006)


def bricks(colour: str, mortar: str = "stone") -> Material:
    graph = ShaderGraph("bricks")
    base = rgb(colour)
    pale, dark = tuple(min(1.0, c * 1.25 + 0.01) for c in base), tuple(c * 0.7 for c in base)
    shade, joint = _courses(graph, _plane(graph, upright=True), (pale, dark, rgb(mortar)), (2.1, 0.75), 0.055)
    shade = _shift(graph, shade, graph.noise(5.0, 6), 0.4)
    height = graph.math("SUBTRACT", graph.math("MULTIPLY", graph.noise(9.0, 6), 0.5), joint)
    return graph.output(graph.principled(Base_Color=shade, Roughness=0.9, Normal=graph.bump(height, 0.6, 0.08)))


def tiles(
    colour: str,
    joint: str = "grey",
    size: tuple[float, float] = (1.5, 1.5),
    *,
    upright: bool = True,
    brick: bool = False,
) -> Material:
    graph = ShaderGraph("tiles")
    base = rgb(colour)
    near = tuple(c * 0.93 for c in base)
    vector = _plane(graph, upright=upright)
    shade, gap = _courses(graph, vector, (base, near, rgb(joint)), size, 0.035, 0.5 if brick else 0.0)
    shade = _shift(graph, shade, graph.noise(0.8, 5, vector), 0.12)
    rough = graph.math("MULTIPLY_ADD", gap, 0.5, 0.18)
    return graph.output(
        graph.principled(
            Base_Color=shade, Roughness=rough, Normal=graph.bump(graph.math("SUBTRACT", 1.0, gap), 0.3, 0.03)
        )
    )


def paving(colour: str) -> Material:
    """Make stone slabs outdoors, with stains and grit."""
    graph = ShaderGraph("paving")
    base = rgb(colour)
    vector = _plane(graph, upright=False)
    dark = tuple(c * 0.78 for c in base)
    shade, gap = _courses(graph, vector, (base, dark, rgb("soil")), (4.0, 4.0), 0.07, 0.3)
    shade = _shift(graph, shade, graph.noise(0.9, 7, vector), 0.5)
    shade = _shift(graph, shade, graph.noise(24.0, 3, vector), 0.35)
    height = graph.math("SUBTRACT", graph.math("MULTIPLY", graph.noise(14.0, 6, vector), 0.4), gap)
    return graph.output(graph.principled(Base_Color=shade, Roughness=0.92, Normal=graph.bump(height, 0.5, 0.05)))


def plaster(colour: str) -> Material:
    """Make a painted wall: nearly even, with roller marks and faint stains."""
    graph = ShaderGraph("plaster")
    shade = _shift(graph, rgb(colour), graph.noise(0.25, 5), 0.12)
    height = graph.math("ADD", graph.noise(12.0, 5), graph.noise(2.0, 3))
    return graph.output(graph.principled(Base_Color=shade, Roughness=0.75, Normal=graph.bump(height, 0.12, 0.02)))


def living(colour: str, second: str, scale: float = 1.2) -> Material:
    """Make leaves and blades of grass: greens that vary between clumps and let a little light through."""
    graph = ShaderGraph("living")
    patch = graph.step(graph.noise(scale, 4), 0.3, 0.7)
    shade = graph.mix(patch, rgb(colour), rgb(second))
    shade = _shift(graph, shade, graph.noise(scale * 9, 2), 0.6)
    body = graph.principled(Base_Color=shade, Roughness=0.55, Specular_IOR_Level=0.25)
    through = graph.node("ShaderNodeBsdfTranslucent", {"Color": shade}).outputs[0]
    return graph.output(graph.node("ShaderNodeMixShader", {0: 0.25, 1: body, 2: through}).outputs[0])


def carpet(colour: str) -> Material:
    graph = ShaderGraph("carpet")
    vector = graph.object_coords()
    pile = graph.noise(16.0, 3, vector)
    shade = _shift(graph, rgb(colour), graph.math("ADD", graph.math("MULTIPLY", pile, 0.7), 0.15), 0.55)
    shade = _shift(graph, shade, graph.noise(0.35, 3, vector), 0.18)
    return graph.output(
        graph.principled(
            Base_Color=shade,
            Roughness=0.97,
            Specular_IOR_Level=0.1,
            Sheen_Weight=0.3,
            Normal=graph.bump(pile, 0.8, 0.08),
        )
    )


def upholstery(colour: str) -> Material:
    """Make a coarse woven cover in object coordinates, for sofas and chairs of any size."""
    graph = ShaderGraph("upholstery")
    fine = graph.noise(24.0, 2, graph.object_coords((1, 1, 1)))
    slub = graph.noise(3.0, 4, graph.object_coords((0.4, 4, 4)))
    shade = _shift(graph, rgb(colour), fine, 0.28)
    shade = _shift(graph, shade, slub, 0.16)
    return graph.output(
        graph.principled(Base_Color=shade, Roughness=0.95, Sheen_Weight=0.25, Normal=graph.bump(fine, 0.5, 0.03))
    )


def glow(colour: str, strength: float) -> Material:
    graph = ShaderGraph("glow")
    return graph.output(graph.node("ShaderNodeEmission", {"Color": rgb(colour), "Strength": strength}).outputs[0])


def outside(sky: str, ground: str, strength: float) -> Material:
    """Make the view from a window: bright sky above, blurred trees below."""
    graph = ShaderGraph("outside")
    split = graph.node("ShaderNodeSeparateXYZ", {0: graph.node("ShaderNodeTexCoord").outputs["Object"]})
    edge = graph.math("MULTIPLY_ADD", graph.math("SUBTRACT", graph.noise(0.22, 5), 0.5), 9.0, split.outputs[2])
    blotch = graph.mix(graph.step(graph.noise(0.6, 4), 0.35, 0.65), rgb(ground), rgb("fern"))
    shade = graph.mix(graph.step(edge, 8.0, 11.0), blotch, rgb(sky))
    level = graph.math("MULTIPLY_ADD", graph.step(edge, 8.0, 11.0), strength * 0.7, strength * 0.3)
    return graph.output(graph.node("ShaderNodeEmission", {"Color": shade, "Strength": level}).outputs[0])

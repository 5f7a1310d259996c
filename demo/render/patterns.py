"""Surface patterns as masks between 0 and 1, drawn in UV space: bands, stripes, checks, dots, dips and lines."""

from collections.abc import Callable
from typing import TypeAlias

import bpy

from demo.render.shader_graph import ShaderGraph

Mask: TypeAlias = bpy.types.NodeSocket


def _fraction(graph: ShaderGraph, value: Mask, repeats: float) -> Mask:
    return graph.math("FRACT", graph.math("MULTIPLY", value, repeats))


def _wobble(graph: ShaderGraph, value: Mask, amount: float) -> Mask:
    """Make the edge slightly uneven, as if hand-painted."""
    shift = graph.math("MULTIPLY", graph.math("SUBTRACT", graph.noise(3.0), 0.5), amount)
    return graph.math("ADD", value, shift)


def bands(graph: ShaderGraph, count: float, share: float = 0.5) -> Mask:
    v = _wobble(graph, graph.uv()[1], 0.015)
    return graph.math("LESS_THAN", _fraction(graph, v, count), share)


def stripes(graph: ShaderGraph, count: float, share: float = 0.5) -> Mask:
    u = _wobble(graph, graph.uv()[0], 0.004)
    return graph.math("LESS_THAN", _fraction(graph, u, count), share)


def checks(graph: ShaderGraph, across: float, up: float) -> Mask:
    u, v = graph.uv()
    a = graph.math("LESS_THAN", _fraction(graph, u, across), 0.5)
    b = graph.math("LESS_THAN", _fraction(graph, v, up), 0.5)
    return graph.math("ABSOLUTE", graph.math("SUBTRACT", a, b))


def gingham(graph: ShaderGraph, across: float, up: float) -> Mask:
    u, v = graph.uv()
    a = graph.math("LESS_THAN", _fraction(graph, u, across), 0.5)
    b = graph.math("LESS_THAN", _fraction(graph, v, up), 0.5)
    return graph.math("MULTIPLY", graph.math("ADD", a, b), 0.5)


def dots(graph: ShaderGraph, across: float, up: float, radius: float = 0.25, aspect: float = 1.0) -> Mask:
    u, v = graph.uv()
    rows = graph.math("MULTIPLY", v, up)
    shift = graph.math("MULTIPLY", graph.math("MODULO", graph.math("FLOOR", rows), 2.0), 0.5)
    column = graph.math("FRACT", graph.math("ADD", graph.math("MULTIPLY", u, across), shift))
    x = graph.math("MULTIPLY", graph.math("SUBTRACT", column, 0.5), aspect)
    y = graph.math("SUBTRACT", graph.math("FRACT", rows), 0.5)
    square = graph.math("ADD", graph.math("MULTIPLY", x, x), graph.math("MULTIPLY", y, y))
    return graph.math("LESS_THAN", square, radius * radius)


def chevron(graph: ShaderGraph, across: float, up: float, depth: float = 1.0) -> Mask:
    u, v = graph.uv()
    tooth = graph.math("ABSOLUTE", graph.math("SUBTRACT", _fraction(graph, u, across), 0.5))
    shifted = graph.math("ADD", graph.math("MULTIPLY", v, up), graph.math("MULTIPLY", tooth, depth))
    return graph.math("LESS_THAN", graph.math("FRACT", shifted), 0.5)


def dip(graph: ShaderGraph, level: float, wobble: float = 0.05) -> Mask:
    v = _wobble(graph, graph.uv()[1], wobble)
    return graph.math("LESS_THAN", v, level)


def fade(graph: ShaderGraph, low: float, high: float) -> Mask:
    return graph.math("SUBTRACT", 1.0, graph.step(_wobble(graph, graph.uv()[1], 0.25), low, high))


def line(graph: ShaderGraph, level: float, width: float = 0.03) -> Mask:
    v = _wobble(graph, graph.uv()[1], 0.008)
    return graph.math("LESS_THAN", graph.math("ABSOLUTE", graph.math("SUBTRACT", v, level)), width)


def lines(graph: ShaderGraph, across: float, up: float, share: float = 0.08) -> Mask:
    u, v = graph.uv()
    a = graph.math("LESS_THAN", _fraction(graph, u, across), share)
    b = graph.math("LESS_THAN", _fraction(graph, v, up), share)
    return graph.math("MAXIMUM", a, b)


def speckles(graph: ShaderGraph, scale: float = 14.0, size: float = 0.3, keep: float = 0.5) -> Mask:
    return graph.spots(scale, size, keep)


PATTERNS: dict[str, Callable[..., Mask]] = {
    "bands": bands,
    "stripes": stripes,
    "checks": checks,
    "gingham": gingham,
    "dots": dots,
    "chevron": chevron,
    "dip": dip,
    "fade": fade,
    "line": line,
    "lines": lines,
    "speckles": speckles,
}


def mask(graph: ShaderGraph, pattern: tuple[str, ...]) -> Mask:
    """Build the mask for a pattern written as (name, arguments...)."""
    return PATTERNS[pattern[0]](graph, *pattern[1:])
